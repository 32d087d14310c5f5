//! What the host calls: the functions of this folder over pointers and lengths.
//!
//! # Safety
//! Of every function: a pointer is aligned to 4 and lies at the start of as many elements as its
//! doc says, and what is written does not overlap what is read. A set of `n` elements has
//! `ceil(n / 32)` words. Results that name an element give `NONE` if there is none.

// The conditions are the same for all functions, see above; an array is two arguments.
#![allow(clippy::missing_safety_doc, clippy::too_many_arguments)]

use super::{bits, draw, hash, merge, pool, select, transpose, NONE};
use crate::random::{Key, USE_GROWTH};
use core::slice::{from_raw_parts, from_raw_parts_mut};
use wasm_bindgen::prelude::wasm_bindgen;

/// First NaN of `values[length]`.
#[wasm_bindgen]
pub unsafe fn rewire_find_nan(values: *const f32, length: usize) -> u32 {
    select::find_nan(from_raw_parts(values, length)).map_or(NONE, |i| i as u32)
}

/// Bits of the `n`-th largest magnitude of `values[length]`; `1 <= n <= length`.
#[wasm_bindgen]
pub unsafe fn rewire_kth_largest(values: *const u32, length: usize, n: usize) -> u32 {
    select::kth_largest(from_raw_parts(values, length), n).key
}

/// Adds the slots of the rows whose `wanted[rows]` is not 0 to the set `out` of `slots` elements.
#[wasm_bindgen]
pub unsafe fn rewire_rows(
    span: *const u32,
    rows: usize,
    wanted: *const u32,
    out: *mut u32,
    slots: usize,
) {
    let out = from_raw_parts_mut(out, bits::words(slots));
    let spans = from_raw_parts(span, 2 * rows).chunks_exact(2);
    for (list, &wanted) in spans.zip(from_raw_parts(wanted, rows)) {
        if wanted != 0 {
            bits::insert_range(out, list[0] as usize, list[1] as usize);
        }
    }
}

/// Elements of `set` in each row: `out[rows]`. The set has `slots` elements.
#[wasm_bindgen]
pub unsafe fn rewire_row_counts(
    span: *const u32,
    rows: usize,
    set: *const u32,
    slots: usize,
    out: *mut u32,
) {
    let set = from_raw_parts(set, bits::words(slots));
    let spans = from_raw_parts(span, 2 * rows).chunks_exact(2);
    for (list, count) in spans.zip(from_raw_parts_mut(out, rows)) {
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

/// Adds every position of a pattern to the set `out` of `rows * inputs` elements.
#[wasm_bindgen]
pub unsafe fn rewire_mark(
    span: *const u32,
    rows: usize,
    index: *const u32,
    capacity: usize,
    inputs: usize,
    out: *mut u32,
) {
    let out = from_raw_parts_mut(out, bits::words(rows * inputs));
    let (span, index) = (from_raw_parts(span, 2 * rows), from_raw_parts(index, capacity));
    bits::mark(out, span, index, inputs);
}

/// [`select::select_top`]; `eligible` and `out` are sets of `length` elements.
#[wasm_bindgen]
pub unsafe fn rewire_select_top(
    scores: *const u32,
    length: usize,
    eligible: *const u32,
    n: usize,
    out: *mut u32,
) {
    let words = bits::words(length);
    let (eligible, out) = (from_raw_parts(eligible, words), from_raw_parts_mut(out, words));
    select::select_top(from_raw_parts(scores, length), eligible, n, out);
}

/// [`select::select_rows`]; `eligible` and `out` are sets of `length` elements, `out` is empty.
#[wasm_bindgen]
pub unsafe fn rewire_select_rows(
    scores: *const u32,
    length: usize,
    span: *const u32,
    rows: usize,
    eligible: *const u32,
    counts: *const u32,
    out: *mut u32,
) {
    let words = bits::words(length);
    let (eligible, out) = (from_raw_parts(eligible, words), from_raw_parts_mut(out, words));
    let (span, counts) = (from_raw_parts(span, 2 * rows), from_raw_parts(counts, rows));
    select::select_rows(from_raw_parts(scores, length), span, eligible, counts, out);
}

/// [`draw::draw`] for growth; `total` is the sum of `counts[rows]`. Gives the first row that has
/// too few inputs.
#[wasm_bindgen]
pub unsafe fn rewire_draw(
    span: *const u32,
    rows: usize,
    index: *const u32,
    capacity: usize,
    kept: *const u32,
    inputs: usize,
    counts: *const u32,
    total: usize,
    seed_low: u32,
    seed_high: u32,
    stream: u32,
    step: u32,
    out_span: *mut u32,
    out_input: *mut u32,
) -> u32 {
    let drawn = draw::draw(
        from_raw_parts(span, 2 * rows),
        from_raw_parts(index, capacity),
        from_raw_parts(kept, bits::words(capacity)),
        inputs,
        from_raw_parts(counts, rows),
        Key { seed: [seed_low, seed_high], purpose: USE_GROWTH, stream, step },
        from_raw_parts_mut(out_span, 2 * rows),
        from_raw_parts_mut(out_input, total),
    );
    drawn.err().map_or(NONE, |row| row as u32)
}

/// [`pool::gather`]; `candidate` and `candidate_score` are `[rows * count]`, the pool's arrays have
/// room for `capacity + rows * count` entries. Gives the first row whose candidates are wrong.
#[wasm_bindgen]
pub unsafe fn rewire_pool(
    span: *const u32,
    rows: usize,
    index: *const u32,
    capacity: usize,
    gradient: *const f32,
    from: *const u32,
    inputs: usize,
    count: usize,
    candidate: *const u32,
    candidate_score: *const f32,
    out_span: *mut u32,
    out_input: *mut u32,
    out_score: *mut f32,
    out_source: *mut u32,
) -> u32 {
    let room = capacity + rows * count;
    let gathered = pool::gather(
        from_raw_parts(span, 2 * rows),
        from_raw_parts(index, capacity),
        from_raw_parts(gradient, capacity),
        from_raw_parts(from, bits::words(capacity)),
        inputs,
        count,
        from_raw_parts(candidate, rows * count),
        from_raw_parts(candidate_score, rows * count),
        pool::Pool {
            span: from_raw_parts_mut(out_span, 2 * rows),
            input: from_raw_parts_mut(out_input, room),
            score: from_raw_parts_mut(out_score, room),
            source: from_raw_parts_mut(out_source, room),
        },
    );
    gathered.err().map_or(NONE, |row| row as u32)
}

/// [`pool::count_union`] into `out[rows]`; `weights` has `capacity` elements, `gradients` `room`.
#[wasm_bindgen]
pub unsafe fn rewire_count_union(
    span: *const u32,
    rows: usize,
    weights: *const u32,
    capacity: usize,
    pool_span: *const u32,
    source: *const u32,
    gradients: *const u32,
    room: usize,
    out: *mut u32,
) {
    pool::count_union(
        from_raw_parts(span, 2 * rows),
        from_raw_parts(weights, bits::words(capacity)),
        from_raw_parts(pool_span, 2 * rows),
        from_raw_parts(source, room),
        from_raw_parts(gradients, bits::words(room)),
        from_raw_parts_mut(out, rows),
    );
}

/// [`pool::find_saturated`]; `chosen` is a set of `room` elements.
#[wasm_bindgen]
pub unsafe fn rewire_find_saturated(
    span: *const u32,
    rows: usize,
    pool_span: *const u32,
    source: *const u32,
    chosen: *const u32,
    room: usize,
    inputs: usize,
    count: usize,
) -> u32 {
    let saturated = pool::find_saturated(
        from_raw_parts(span, 2 * rows),
        from_raw_parts(pool_span, 2 * rows),
        from_raw_parts(source, room),
        from_raw_parts(chosen, bits::words(room)),
        inputs,
        count,
    );
    saturated.map_or(NONE, |row| row as u32)
}

/// [`merge::merge`]; `grown_source` and `chosen` may be null. The new arrays have `capacity`
/// elements like the old. Gives the first row that does not fit.
#[wasm_bindgen]
pub unsafe fn rewire_merge(
    span: *const u32,
    rows: usize,
    index: *const u32,
    capacity: usize,
    kept: *const u32,
    grown_span: *const u32,
    grown_input: *const u32,
    grown_source: *const u32,
    chosen: *const u32,
    room: usize,
    out_span: *mut u32,
    out_index: *mut u32,
    out_source: *mut u32,
) -> u32 {
    let optional =
        |pointer: *const u32, length| (!pointer.is_null()).then(|| from_raw_parts(pointer, length));
    let grown = merge::Grown {
        span: from_raw_parts(grown_span, 2 * rows),
        input: from_raw_parts(grown_input, room),
        source: optional(grown_source, room),
        chosen: optional(chosen, bits::words(room)),
    };
    let merged = merge::merge(
        from_raw_parts(span, 2 * rows),
        from_raw_parts(index, capacity),
        from_raw_parts(kept, bits::words(capacity)),
        grown,
        merge::Merged {
            span: from_raw_parts_mut(out_span, 2 * rows),
            index: from_raw_parts_mut(out_index, capacity),
            source: from_raw_parts_mut(out_source, capacity),
        },
    );
    merged.err().map_or(NONE, |row| row as u32)
}

/// [`merge::carry`] of arrays of `length` elements.
#[wasm_bindgen]
pub unsafe fn rewire_carry(source: *const u32, values: *const f32, length: usize, out: *mut f32) {
    let (source, values) = (from_raw_parts(source, length), from_raw_parts(values, length));
    merge::carry(source, values, from_raw_parts_mut(out, length));
}

/// [`hash::hash`] of a pattern into `out[2]`, the high half first.
#[wasm_bindgen]
pub unsafe fn rewire_hash(
    span: *const u32,
    rows: usize,
    index: *const u32,
    capacity: usize,
    inputs: u32,
    out: *mut u32,
) {
    let (span, index) = (from_raw_parts(span, 2 * rows), from_raw_parts(index, capacity));
    from_raw_parts_mut(out, 2).copy_from_slice(&hash::hash(span, index, inputs));
}

/// [`transpose::transpose`] into `column_span[2 * inputs]`, `row_of` and `slot_of` of
/// `view_capacity` elements. Gives the first column that does not fit.
#[wasm_bindgen]
pub unsafe fn rewire_transpose(
    span: *const u32,
    rows: usize,
    index: *const u32,
    capacity: usize,
    inputs: usize,
    view_capacity: usize,
    column_span: *mut u32,
    row_of: *mut u32,
    slot_of: *mut u32,
) -> u32 {
    let view = transpose::View {
        column_span: from_raw_parts_mut(column_span, 2 * inputs),
        row_of: from_raw_parts_mut(row_of, view_capacity),
        slot_of: from_raw_parts_mut(slot_of, view_capacity),
    };
    let (span, index) = (from_raw_parts(span, 2 * rows), from_raw_parts(index, capacity));
    transpose::transpose(span, index, view).err().map_or(NONE, |column| column as u32)
}
