//! Sets of slots and of positions. See `exports.rs`.

use crate::rewire::bits;
use core::slice::{from_raw_parts, from_raw_parts_mut};
use wasm_bindgen::prelude::wasm_bindgen;

/// Adds the slots of the cells whose `wanted[cells]` is not 0 to the set `out` of `slots` elements.
#[wasm_bindgen]
pub unsafe fn rewire_slots(
    span: *const u32,
    cells: usize,
    wanted: *const u32,
    out: *mut u32,
    slots: usize,
) {
    let out = from_raw_parts_mut(out, bits::words(slots));
    let spans = from_raw_parts(span, 2 * cells).chunks_exact(2);
    for (list, &wanted) in spans.zip(from_raw_parts(wanted, cells)) {
        if wanted != 0 {
            bits::insert_range(out, list[0] as usize, list[1] as usize);
        }
    }
}

/// Elements of `set` in each cell: `out[cells]`. The set has `slots` elements.
#[wasm_bindgen]
pub unsafe fn rewire_cell_counts(
    span: *const u32,
    cells: usize,
    set: *const u32,
    slots: usize,
    out: *mut u32,
) {
    let set = from_raw_parts(set, bits::words(slots));
    let spans = from_raw_parts(span, 2 * cells).chunks_exact(2);
    for (list, count) in spans.zip(from_raw_parts_mut(out, cells)) {
        *count = bits::count_range(set, list[0] as usize, list[1] as usize) as u32;
    }
}

/// Number of elements of a set of `length` words.
#[wasm_bindgen]
pub unsafe fn rewire_count(set: *const u32, length: usize) -> usize {
    bits::count(from_raw_parts(set, length))
}

/// The elements of `set` that are not in `other`, into `other`; `length` words each.
#[wasm_bindgen]
pub unsafe fn rewire_without(set: *const u32, other: *mut u32, length: usize) {
    let set = from_raw_parts(set, length);
    for (other, set) in from_raw_parts_mut(other, length).iter_mut().zip(set) {
        *other = set & !*other;
    }
}

/// Adds every position of a pattern to the set `out` of `lists * entries` elements.
#[wasm_bindgen]
pub unsafe fn rewire_mark(
    span: *const u32,
    lists: usize,
    index: *const u32,
    capacity: usize,
    entries: usize,
    out: *mut u32,
) {
    let out = from_raw_parts_mut(out, bits::words(lists * entries));
    let (span, index) = (from_raw_parts(span, 2 * lists), from_raw_parts(index, capacity));
    bits::mark(out, span, index, entries);
}
