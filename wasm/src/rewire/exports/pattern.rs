//! The new pattern, and what moves to it. See `exports.rs`.

use crate::rewire::{bits, hash, inherit, merge, norms, transpose, NONE};
use core::slice::{from_raw_parts, from_raw_parts_mut};
use wasm_bindgen::prelude::wasm_bindgen;

/// [`merge::merge`]; `grown_source` and `chosen` may be null. The new arrays have `capacity`
/// elements like the old; lists begin at multiples of `tile` and may repeat entries if `repeats` is not 0. Gives the first list
/// that does not fit.
#[wasm_bindgen]
pub unsafe fn rewire_merge(
    span: *const u32,
    lists: usize,
    index: *const u32,
    capacity: usize,
    kept: *const u32,
    grown_span: *const u32,
    per_list: usize,
    grown_input: *const u32,
    grown_source: *const u32,
    chosen: *const u32,
    room: usize,
    tile: usize,
    repeats: u32,
    out_span: *mut u32,
    out_index: *mut u32,
    out_source: *mut u32,
) -> u32 {
    let optional =
        |pointer: *const u32, length| (!pointer.is_null()).then(|| from_raw_parts(pointer, length));
    let grown = merge::Grown {
        span: from_raw_parts(grown_span, 2 * lists * per_list),
        per_list,
        input: from_raw_parts(grown_input, room),
        source: optional(grown_source, room),
        chosen: optional(chosen, bits::words(room)),
    };
    let merged = merge::merge(
        from_raw_parts(span, 2 * lists),
        from_raw_parts(index, capacity),
        from_raw_parts(kept, bits::words(capacity)),
        grown,
        tile,
        repeats != 0,
        merge::Merged {
            span: from_raw_parts_mut(out_span, 2 * lists),
            index: from_raw_parts_mut(out_index, capacity),
            source: from_raw_parts_mut(out_source, capacity),
        },
    );
    merged.err().map_or(NONE, |list| list as u32)
}

/// [`inherit::inherit`] of `source[slots]` into `out[slots]`.
#[wasm_bindgen]
pub unsafe fn rewire_inherit(
    old_span: *const u32,
    new_span: *const u32,
    lists: usize,
    anywhere: bool,
    source: *const u32,
    slots: usize,
    out: *mut u32,
) {
    inherit::inherit(
        from_raw_parts(old_span, 2 * lists),
        from_raw_parts(new_span, 2 * lists),
        anywhere,
        from_raw_parts(source, slots),
        from_raw_parts_mut(out, slots),
    );
}

/// [`inherit::trim`] of `values[capacity * width * height]`.
#[wasm_bindgen]
pub unsafe fn rewire_trim(
    span: *const u32,
    lists: usize,
    index: *const u32,
    capacity: usize,
    height: usize,
    width: usize,
    rows: usize,
    inputs: usize,
    values: *mut f32,
) {
    inherit::trim(
        from_raw_parts(span, 2 * lists),
        from_raw_parts(index, capacity),
        norms::Units { height, width, rows, inputs },
        from_raw_parts_mut(values, capacity * width * height),
    );
}

/// [`merge::carry`] of `area` values for each of `slots` slots.
#[wasm_bindgen]
pub unsafe fn rewire_carry(
    source: *const u32,
    slots: usize,
    values: *const f32,
    area: usize,
    out: *mut f32,
) {
    let (source, values) = (from_raw_parts(source, slots), from_raw_parts(values, slots * area));
    merge::carry(source, values, area, from_raw_parts_mut(out, slots * area));
}

/// [`hash::hash`] of a pattern into `out[2]`, the high half first.
#[wasm_bindgen]
pub unsafe fn rewire_hash(
    span: *const u32,
    lists: usize,
    index: *const u32,
    capacity: usize,
    entries: u32,
    out: *mut u32,
) {
    let (span, index) = (from_raw_parts(span, 2 * lists), from_raw_parts(index, capacity));
    from_raw_parts_mut(out, 2).copy_from_slice(&hash::hash(span, index, entries));
}

/// [`transpose::transpose`] into `column_span[2 * entries]`, `row_of` and `slot_of` of
/// `view_capacity` elements; lists begin at multiples of `tile`. Gives the first column that does not
/// fit.
#[wasm_bindgen]
pub unsafe fn rewire_transpose(
    span: *const u32,
    lists: usize,
    index: *const u32,
    capacity: usize,
    entries: usize,
    tile: usize,
    view_capacity: usize,
    column_span: *mut u32,
    row_of: *mut u32,
    slot_of: *mut u32,
) -> u32 {
    let view = transpose::View {
        column_span: from_raw_parts_mut(column_span, 2 * entries),
        row_of: from_raw_parts_mut(row_of, view_capacity),
        slot_of: from_raw_parts_mut(slot_of, view_capacity),
    };
    let (span, index) = (from_raw_parts(span, 2 * lists), from_raw_parts(index, capacity));
    transpose::transpose(span, index, tile, view).err().map_or(NONE, |column| column as u32)
}
