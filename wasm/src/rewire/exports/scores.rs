//! Scores and what has the largest. See `exports.rs`.

use crate::rewire::{bits, norms, select, NONE};
use core::slice::{from_raw_parts, from_raw_parts_mut};
use wasm_bindgen::prelude::wasm_bindgen;

/// First NaN of `values[length]`.
#[wasm_bindgen]
pub unsafe fn rewire_find_nan(values: *const f32, length: usize) -> u32 {
    select::find_nan(from_raw_parts(values, length)).map_or(NONE, |i| i as u32)
}

/// Bits of the `n`-th largest magnitude of `values[length]`, or `NONE` where a value is NaN;
/// `1 <= n <= length`.
#[wasm_bindgen]
pub unsafe fn rewire_kth_largest(values: *const u32, length: usize, n: usize) -> u32 {
    select::kth_largest_of_numbers(from_raw_parts(values, length), n).map_or(NONE, |b| b.key)
}

/// Elements of `values[length]` that are not 0.
#[wasm_bindgen]
pub unsafe fn rewire_count_nonzero(values: *const f32, length: usize) -> usize {
    from_raw_parts(values, length).iter().filter(|&&x| x != 0.0).count()
}

/// Elements of `values[length]` whose magnitude is at least `least`.
#[wasm_bindgen]
pub unsafe fn rewire_count_at_least(values: *const f32, length: usize, least: f32) -> usize {
    from_raw_parts(values, length).iter().filter(|&&x| x.abs() >= least).count()
}

/// [`norms::norms`] of `values[capacity * width * height]` into `out[capacity]`.
#[wasm_bindgen]
pub unsafe fn rewire_norms(
    span: *const u32,
    lists: usize,
    index: *const u32,
    capacity: usize,
    values: *const f32,
    height: usize,
    width: usize,
    rows: usize,
    inputs: usize,
    norm: usize,
    out: *mut f32,
) {
    let units = norms::Units { height, width, rows, inputs };
    norms::norms(
        from_raw_parts(span, 2 * lists),
        from_raw_parts(index, capacity),
        from_raw_parts(values, capacity * width * height),
        units,
        norm,
        from_raw_parts_mut(out, capacity),
    );
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

/// [`select::select_cells`]; `eligible` and `out` are sets of `length` elements, `out` is empty.
#[wasm_bindgen]
pub unsafe fn rewire_select_cells(
    scores: *const u32,
    length: usize,
    span: *const u32,
    cells: usize,
    eligible: *const u32,
    counts: *const u32,
    out: *mut u32,
) {
    let words = bits::words(length);
    let (eligible, out) = (from_raw_parts(eligible, words), from_raw_parts_mut(out, words));
    let (span, counts) = (from_raw_parts(span, 2 * cells), from_raw_parts(counts, cells));
    select::select_cells(from_raw_parts(scores, length), span, eligible, counts, out);
}
