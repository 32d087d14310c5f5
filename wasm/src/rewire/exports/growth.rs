//! What grows: drawn at random, or chosen out of a pool. See `exports.rs`.

use crate::random::{Key, USE_GROWTH};
use crate::rewire::cells::Cells;
use crate::rewire::{bits, draw, pool, NONE};
use core::slice::{from_raw_parts, from_raw_parts_mut};
use wasm_bindgen::prelude::wasm_bindgen;

/// [`draw::draw`] for growth, or [`draw::draw_any`] if `repeats` is not 0; `total` is the sum of `counts[cells]`. Gives the first
/// cell that has too few entries.
#[wasm_bindgen]
pub unsafe fn rewire_draw(
    span: *const u32,
    cells: usize,
    per_list: usize,
    segment: usize,
    entries: usize,
    index: *const u32,
    capacity: usize,
    kept: *const u32,
    counts: *const u32,
    total: usize,
    repeats: u32,
    seed_low: u32,
    seed_high: u32,
    stream: u32,
    step: u32,
    out_span: *mut u32,
    out_entry: *mut u32,
) -> u32 {
    let counts = from_raw_parts(counts, cells);
    let cells = Cells { span: from_raw_parts(span, 2 * cells), per_list, segment, entries };
    let key = Key { seed: [seed_low, seed_high], purpose: USE_GROWTH, stream, step };
    let out_span = from_raw_parts_mut(out_span, cells.span.len());
    let out_entry = from_raw_parts_mut(out_entry, total);
    if repeats != 0 {
        draw::draw_any(cells, counts, key, out_span, out_entry);
        return NONE;
    }
    let index = from_raw_parts(index, capacity);
    let kept = from_raw_parts(kept, bits::words(capacity));
    let drawn = draw::draw(cells, index, kept, counts, key, out_span, out_entry);
    drawn.err().map_or(NONE, |cell| cell as u32)
}

/// [`draw::draw_anywhere`] for growth, `count` entries over all lists. Gives the number of free
/// positions if they are fewer.
#[wasm_bindgen]
pub unsafe fn rewire_draw_anywhere(
    span: *const u32,
    lists: usize,
    entries: usize,
    index: *const u32,
    capacity: usize,
    kept: *const u32,
    count: usize,
    seed_low: u32,
    seed_high: u32,
    stream: u32,
    step: u32,
    out_span: *mut u32,
    out_entry: *mut u32,
) -> u32 {
    let span = from_raw_parts(span, 2 * lists);
    let drawn = draw::draw_anywhere(
        Cells { span, per_list: 1, segment: entries, entries },
        from_raw_parts(index, capacity),
        from_raw_parts(kept, bits::words(capacity)),
        count,
        Key { seed: [seed_low, seed_high], purpose: USE_GROWTH, stream, step },
        from_raw_parts_mut(out_span, 2 * lists),
        from_raw_parts_mut(out_entry, count),
    );
    drawn.err().map_or(NONE, |free| free as u32)
}

/// [`pool::gather`]; `candidate` and `candidate_score` are `[cells * count]`, the pool's arrays have
/// room for `capacity + cells * count` entries. Gives the first cell whose candidates are wrong.
#[wasm_bindgen]
pub unsafe fn rewire_pool(
    span: *const u32,
    cells: usize,
    per_list: usize,
    segment: usize,
    entries: usize,
    index: *const u32,
    capacity: usize,
    gradient: *const f32,
    from: *const u32,
    count: usize,
    candidate: *const u32,
    candidate_score: *const f32,
    out_span: *mut u32,
    out_input: *mut u32,
    out_score: *mut f32,
    out_source: *mut u32,
) -> u32 {
    let room = capacity + cells * count;
    let gathered = pool::gather(
        Cells { span: from_raw_parts(span, 2 * cells), per_list, segment, entries },
        from_raw_parts(index, capacity),
        from_raw_parts(gradient, capacity),
        from_raw_parts(from, bits::words(capacity)),
        count,
        from_raw_parts(candidate, cells * count),
        from_raw_parts(candidate_score, cells * count),
        pool::Pool {
            span: from_raw_parts_mut(out_span, 2 * cells),
            input: from_raw_parts_mut(out_input, room),
            score: from_raw_parts_mut(out_score, room),
            source: from_raw_parts_mut(out_source, room),
        },
    );
    gathered.err().map_or(NONE, |cell| cell as u32)
}

/// [`pool::count_union`] into `out[cells]`; `weights` has `capacity` elements, `gradients` `room`.
#[wasm_bindgen]
pub unsafe fn rewire_count_union(
    span: *const u32,
    cells: usize,
    weights: *const u32,
    capacity: usize,
    pool_span: *const u32,
    source: *const u32,
    gradients: *const u32,
    room: usize,
    out: *mut u32,
) {
    pool::count_union(
        from_raw_parts(span, 2 * cells),
        from_raw_parts(weights, bits::words(capacity)),
        from_raw_parts(pool_span, 2 * cells),
        from_raw_parts(source, room),
        from_raw_parts(gradients, bits::words(room)),
        from_raw_parts_mut(out, cells),
    );
}

/// [`pool::find_saturated`]; `chosen` is a set of `room` elements.
#[wasm_bindgen]
pub unsafe fn rewire_find_saturated(
    span: *const u32,
    cells: usize,
    per_list: usize,
    segment: usize,
    entries: usize,
    pool_span: *const u32,
    source: *const u32,
    chosen: *const u32,
    room: usize,
    count: usize,
) -> u32 {
    let saturated = pool::find_saturated(
        Cells { span: from_raw_parts(span, 2 * cells), per_list, segment, entries },
        from_raw_parts(pool_span, 2 * cells),
        from_raw_parts(source, room),
        from_raw_parts(chosen, bits::words(room)),
        count,
    );
    saturated.map_or(NONE, |cell| cell as u32)
}
