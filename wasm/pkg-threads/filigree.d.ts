/* tslint:disable */
/* eslint-disable */

/**
 * Takes `bytes` bytes of memory that holds anything and returns the address, or 0 where they are not to be
 * had. No bytes at all have an address, too, so that a slice of length 0 may start there.
 */
export function alloc(bytes: number): number;

/**
 * Bytes taken by [`alloc`] and not given back.
 */
export function allocated(): number;

/**
 * Gives back what [`alloc`] returned for the same number of bytes.
 *
 * # Safety
 * `address` must come from `alloc(bytes)` and not have been given back yet.
 */
export function dealloc(address: number, bytes: number): void;

/**
 * Begins a sequence of first values, to be given to `draw_values` and, in the end, to `draw_end`.
 */
export function draw_begin(seed_low: number, seed_high: number, stream: number): number;

/**
 * Gives back what `draw_begin` gave.
 */
export function draw_end(normals: number): void;

/**
 * The entries of `lists` lists from `first` on, `count` distinct ones below `entries` each, ascending, into
 * `out[lists * stride]`: those of list i begin at `stride * i`, and what follows them up to the next stays as it is. A list
 * depends on its number and the key alone.
 */
export function draw_lists(seed_low: number, seed_high: number, stream: number, first: number, lists: number, entries: number, count: number, stride: number, out: number): void;

/**
 * The next first values of a sequence, into `out[length]`: run after run, from `span[2 * run]` up to `span[2 * run + 1]`, normal
 * numbers within `most` times `scale[run]`. `out` begins with the first run.
 */
export function draw_values(normals: number, span: number, scale: number, runs: number, most: number, out: number, length: number): void;

/**
 * Tells every thread that one of them failed, so that nobody waits for it any longer.
 */
export function fail(): void;

/**
 * Keeps messages from now on; called when the module is instantiated.
 */
export function keep_panic_messages(): void;

/**
 * Number of kernels.
 */
export function kernel_count(): number;

/**
 * Place of kernel `number` in the table of functions, by which `wasm/split.ts` finds it.
 */
export function kernel_entry(number: number): number;

/**
 * Address of the name of kernel `number`, in UTF-8.
 */
export function kernel_name(number: number): number;

/**
 * Bytes of the name of kernel `number`.
 */
export function kernel_name_length(number: number): number;

/**
 * Address of the last panic's message, in UTF-8; it stays until the next one.
 */
export function panic_message(): number;

/**
 * Bytes of the last panic's message; 0 where there was none.
 */
export function panic_message_length(): number;

/**
 * Has every worker return from [`worker`], each of which has to come back. Gives 1 once all did, and 0 if one failed.
 */
export function pause(threads: number): number;

/**
 * [`merge::carry`] of `area` values for each of `slots` slots.
 */
export function rewire_carry(source: number, slots: number, values: number, area: number, out: number): void;

/**
 * Elements of `set` in each cell: `out[cells]`. The set has `slots` elements.
 */
export function rewire_cell_counts(span: number, cells: number, set: number, slots: number, out: number): void;

/**
 * Number of elements of a set of `length` words.
 */
export function rewire_count(set: number, length: number): number;

/**
 * Elements of `values[length]` whose magnitude is at least `least`.
 */
export function rewire_count_at_least(values: number, length: number, least: number): number;

/**
 * Elements of `values[length]` that are not 0.
 */
export function rewire_count_nonzero(values: number, length: number): number;

/**
 * [`pool::count_union`] into `out[cells]`; `weights` has `capacity` elements, `gradients` `room`.
 */
export function rewire_count_union(span: number, cells: number, weights: number, capacity: number, pool_span: number, source: number, gradients: number, room: number, out: number): void;

/**
 * [`draw::draw`] for growth, or [`draw::draw_any`] if `repeats` is not 0; `total` is the sum of `counts[cells]`. Gives the first
 * cell that has too few entries.
 */
export function rewire_draw(span: number, cells: number, per_list: number, segment: number, entries: number, index: number, capacity: number, kept: number, counts: number, total: number, repeats: number, seed_low: number, seed_high: number, stream: number, step: number, out_span: number, out_entry: number): number;

/**
 * [`draw::draw_anywhere`] for growth, `count` entries over all lists. Gives the number of free
 * positions if they are fewer.
 */
export function rewire_draw_anywhere(span: number, lists: number, entries: number, index: number, capacity: number, kept: number, count: number, seed_low: number, seed_high: number, stream: number, step: number, out_span: number, out_entry: number): number;

/**
 * First NaN of `values[length]`.
 */
export function rewire_find_nan(values: number, length: number): number;

/**
 * [`pool::find_saturated`]; `chosen` is a set of `room` elements.
 */
export function rewire_find_saturated(span: number, cells: number, per_list: number, segment: number, entries: number, pool_span: number, source: number, chosen: number, room: number, count: number): number;

/**
 * [`hash::hash`] of a pattern into `out[2]`, the high half first.
 */
export function rewire_hash(span: number, lists: number, index: number, capacity: number, entries: number, out: number): void;

/**
 * [`inherit::inherit`] of `source[slots]` into `out[slots]`.
 */
export function rewire_inherit(old_span: number, new_span: number, lists: number, anywhere: boolean, source: number, slots: number, out: number): void;

/**
 * Bits of the `n`-th largest magnitude of `values[length]`, or `NONE` where a value is NaN;
 * `1 <= n <= length`.
 */
export function rewire_kth_largest(values: number, length: number, n: number): number;

/**
 * Adds every position of a pattern to the set `out` of `lists * entries` elements.
 */
export function rewire_mark(span: number, lists: number, index: number, capacity: number, entries: number, out: number): void;

/**
 * [`merge::merge`]; `grown_source` and `chosen` may be null. The new arrays have `capacity`
 * elements like the old; lists begin at multiples of `tile` and may repeat entries if `repeats` is not 0. Gives the first list
 * that does not fit.
 */
export function rewire_merge(span: number, lists: number, index: number, capacity: number, kept: number, grown_span: number, per_list: number, grown_input: number, grown_source: number, chosen: number, room: number, tile: number, repeats: number, out_span: number, out_index: number, out_source: number): number;

/**
 * [`norms::norms`] of `values[capacity * width * height]` into `out[capacity]`.
 */
export function rewire_norms(span: number, lists: number, index: number, capacity: number, values: number, height: number, width: number, rows: number, inputs: number, norm: number, out: number): void;

/**
 * [`pool::gather`]; `candidate` and `candidate_score` are `[cells * count]`, the pool's arrays have
 * room for `capacity + cells * count` entries. Gives the first cell whose candidates are wrong.
 */
export function rewire_pool(span: number, cells: number, per_list: number, segment: number, entries: number, index: number, capacity: number, gradient: number, from: number, count: number, candidate: number, candidate_score: number, out_span: number, out_input: number, out_score: number, out_source: number): number;

/**
 * [`select::select_cells`]; `eligible` and `out` are sets of `length` elements, `out` is empty.
 */
export function rewire_select_cells(scores: number, length: number, span: number, cells: number, eligible: number, counts: number, out: number): void;

/**
 * [`select::select_top`]; `eligible` and `out` are sets of `length` elements.
 */
export function rewire_select_top(scores: number, length: number, eligible: number, n: number, out: number): void;

/**
 * Adds the slots of the cells whose `wanted[cells]` is not 0 to the set `out` of `slots` elements.
 */
export function rewire_slots(span: number, cells: number, wanted: number, out: number, slots: number): void;

/**
 * [`transpose::transpose`] into `column_span[2 * entries]`, `row_of` and `slot_of` of
 * `view_capacity` elements; lists begin at multiples of `tile`. Gives the first column that does not
 * fit.
 */
export function rewire_transpose(span: number, lists: number, index: number, capacity: number, entries: number, tile: number, view_capacity: number, column_span: number, row_of: number, slot_of: number): number;

/**
 * [`inherit::trim`] of `values[capacity * width * height]`.
 */
export function rewire_trim(span: number, lists: number, index: number, capacity: number, height: number, width: number, rows: number, inputs: number, values: number): void;

/**
 * The elements of `set` that are not in `other`, into `other`; `length` words each.
 */
export function rewire_without(set: number, other: number, length: number): void;

/**
 * Runs a program on `threads` threads, of which the caller is number 0 and the others wait in
 * [`worker`]. Returns 1 when it is done and 0 if a worker failed.
 *
 * # Safety
 * As for `execute`; `threads - 1` workers must have entered [`worker`] or be about to.
 */
export function run(program: number, threads: number): number;

/**
 * Lets every worker return from [`worker`].
 */
export function stop(): void;

/**
 * The life of worker `thread`: runs every program that is posted, until [`stop`] or [`fail`], which 0 stands for, or until
 * [`pause`]. Then it gives what to go on with, as `seen`; it begins with 0.
 *
 * # Safety
 * Each number from 1 up is taken by one thread only.
 */
export function worker(thread: number, seen: number): number;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly alloc: (a: number) => number;
    readonly allocated: () => number;
    readonly dealloc: (a: number, b: number) => void;
    readonly draw_begin: (a: number, b: number, c: number) => number;
    readonly draw_end: (a: number) => void;
    readonly draw_lists: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number) => void;
    readonly draw_values: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => void;
    readonly fail: () => void;
    readonly keep_panic_messages: () => void;
    readonly kernel_count: () => number;
    readonly kernel_entry: (a: number) => number;
    readonly kernel_name: (a: number) => number;
    readonly kernel_name_length: (a: number) => number;
    readonly panic_message: () => number;
    readonly panic_message_length: () => number;
    readonly pause: (a: number) => number;
    readonly rewire_carry: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly rewire_cell_counts: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly rewire_count: (a: number, b: number) => number;
    readonly rewire_count_at_least: (a: number, b: number, c: number) => number;
    readonly rewire_count_nonzero: (a: number, b: number) => number;
    readonly rewire_count_union: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number) => void;
    readonly rewire_draw: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number, l: number, m: number, n: number, o: number, p: number, q: number) => number;
    readonly rewire_draw_anywhere: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number, l: number, m: number) => number;
    readonly rewire_find_nan: (a: number, b: number) => number;
    readonly rewire_find_saturated: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number) => number;
    readonly rewire_hash: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
    readonly rewire_inherit: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => void;
    readonly rewire_kth_largest: (a: number, b: number, c: number) => number;
    readonly rewire_mark: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
    readonly rewire_merge: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number, l: number, m: number, n: number, o: number, p: number) => number;
    readonly rewire_norms: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number) => void;
    readonly rewire_pool: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number, k: number, l: number, m: number, n: number, o: number, p: number) => number;
    readonly rewire_select_cells: (a: number, b: number, c: number, d: number, e: number, f: number, g: number) => void;
    readonly rewire_select_top: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly rewire_slots: (a: number, b: number, c: number, d: number, e: number) => void;
    readonly rewire_transpose: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number, j: number) => number;
    readonly rewire_trim: (a: number, b: number, c: number, d: number, e: number, f: number, g: number, h: number, i: number) => void;
    readonly rewire_without: (a: number, b: number, c: number) => void;
    readonly run: (a: number, b: number) => number;
    readonly stop: () => void;
    readonly worker: (a: number, b: number) => number;
    readonly __wbindgen_externrefs: WebAssembly.Table;
    readonly __wbindgen_thread_destroy: (a?: number, b?: number, c?: number) => void;
    readonly __wbindgen_start: (a: number) => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput, memory?: WebAssembly.Memory, thread_stack_size?: number }} module - Passing `SyncInitInput` directly is deprecated.
 * @param {WebAssembly.Memory} memory - Deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput, memory?: WebAssembly.Memory, thread_stack_size?: number } | SyncInitInput, memory?: WebAssembly.Memory): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput>, memory?: WebAssembly.Memory, thread_stack_size?: number }} module_or_path - Passing `InitInput` directly is deprecated.
 * @param {WebAssembly.Memory} memory - Deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput>, memory?: WebAssembly.Memory, thread_stack_size?: number } | InitInput | Promise<InitInput>, memory?: WebAssembly.Memory): Promise<InitOutput>;
