/* @ts-self-types="./filigree.d.ts" */
import * as import1 from "math"
import * as import2 from "math"
import * as import3 from "math"


/**
 * Takes `bytes` bytes of memory that holds anything and returns the address, or 0 where they are not to be
 * had. No bytes at all have an address, too, so that a slice of length 0 may start there.
 * @param {number} bytes
 * @returns {number}
 */
export function alloc(bytes) {
    const ret = wasm.alloc(bytes);
    return ret >>> 0;
}

/**
 * Bytes taken by [`alloc`] and not given back.
 * @returns {number}
 */
export function allocated() {
    const ret = wasm.allocated();
    return ret >>> 0;
}

/**
 * Gives back what [`alloc`] returned for the same number of bytes.
 *
 * # Safety
 * `address` must come from `alloc(bytes)` and not have been given back yet.
 * @param {number} address
 * @param {number} bytes
 */
export function dealloc(address, bytes) {
    wasm.dealloc(address, bytes);
}

/**
 * Begins a sequence of first values, to be given to `draw_values` and, in the end, to `draw_end`.
 * @param {number} seed_low
 * @param {number} seed_high
 * @param {number} stream
 * @returns {number}
 */
export function draw_begin(seed_low, seed_high, stream) {
    const ret = wasm.draw_begin(seed_low, seed_high, stream);
    return ret >>> 0;
}

/**
 * Gives back what `draw_begin` gave.
 * @param {number} normals
 */
export function draw_end(normals) {
    wasm.draw_end(normals);
}

/**
 * The entries of `lists` lists from `first` on, `count` distinct ones below `entries` each, ascending, into
 * `out[lists * stride]`: those of list i begin at `stride * i`, and what follows them up to the next stays as it is. A list
 * depends on its number and the key alone.
 * @param {number} seed_low
 * @param {number} seed_high
 * @param {number} stream
 * @param {number} first
 * @param {number} lists
 * @param {number} entries
 * @param {number} count
 * @param {number} stride
 * @param {number} out
 */
export function draw_lists(seed_low, seed_high, stream, first, lists, entries, count, stride, out) {
    wasm.draw_lists(seed_low, seed_high, stream, first, lists, entries, count, stride, out);
}

/**
 * The next first values of a sequence, into `out[length]`: run after run, from `span[2 * run]` up to `span[2 * run + 1]`, normal
 * numbers within `most` times `scale[run]`. `out` begins with the first run.
 * @param {number} normals
 * @param {number} span
 * @param {number} scale
 * @param {number} runs
 * @param {number} most
 * @param {number} out
 * @param {number} length
 */
export function draw_values(normals, span, scale, runs, most, out, length) {
    wasm.draw_values(normals, span, scale, runs, most, out, length);
}

/**
 * Tells every thread that one of them failed, so that nobody waits for it any longer.
 */
export function fail() {
    wasm.fail();
}

/**
 * Keeps messages from now on; called when the module is instantiated.
 */
export function keep_panic_messages() {
    wasm.keep_panic_messages();
}

/**
 * Number of kernels.
 * @returns {number}
 */
export function kernel_count() {
    const ret = wasm.kernel_count();
    return ret >>> 0;
}

/**
 * Place of kernel `number` in the table of functions, by which `wasm/split.ts` finds it.
 * @param {number} number
 * @returns {number}
 */
export function kernel_entry(number) {
    const ret = wasm.kernel_entry(number);
    return ret >>> 0;
}

/**
 * Address of the name of kernel `number`, in UTF-8.
 * @param {number} number
 * @returns {number}
 */
export function kernel_name(number) {
    const ret = wasm.kernel_name(number);
    return ret >>> 0;
}

/**
 * Bytes of the name of kernel `number`.
 * @param {number} number
 * @returns {number}
 */
export function kernel_name_length(number) {
    const ret = wasm.kernel_name_length(number);
    return ret >>> 0;
}

/**
 * Address of the last panic's message, in UTF-8; it stays until the next one.
 * @returns {number}
 */
export function panic_message() {
    const ret = wasm.panic_message();
    return ret >>> 0;
}

/**
 * Bytes of the last panic's message; 0 where there was none.
 * @returns {number}
 */
export function panic_message_length() {
    const ret = wasm.panic_message_length();
    return ret >>> 0;
}

/**
 * Has every worker return from [`worker`], each of which has to come back. Gives 1 once all did, and 0 if one failed.
 * @param {number} threads
 * @returns {number}
 */
export function pause(threads) {
    const ret = wasm.pause(threads);
    return ret >>> 0;
}

/**
 * [`merge::carry`] of `area` values for each of `slots` slots.
 * @param {number} source
 * @param {number} slots
 * @param {number} values
 * @param {number} area
 * @param {number} out
 */
export function rewire_carry(source, slots, values, area, out) {
    wasm.rewire_carry(source, slots, values, area, out);
}

/**
 * Elements of `set` in each cell: `out[cells]`. The set has `slots` elements.
 * @param {number} span
 * @param {number} cells
 * @param {number} set
 * @param {number} slots
 * @param {number} out
 */
export function rewire_cell_counts(span, cells, set, slots, out) {
    wasm.rewire_cell_counts(span, cells, set, slots, out);
}

/**
 * Number of elements of a set of `length` words.
 * @param {number} set
 * @param {number} length
 * @returns {number}
 */
export function rewire_count(set, length) {
    const ret = wasm.rewire_count(set, length);
    return ret >>> 0;
}

/**
 * Elements of `values[length]` whose magnitude is at least `least`.
 * @param {number} values
 * @param {number} length
 * @param {number} least
 * @returns {number}
 */
export function rewire_count_at_least(values, length, least) {
    const ret = wasm.rewire_count_at_least(values, length, least);
    return ret >>> 0;
}

/**
 * Elements of `values[length]` that are not 0.
 * @param {number} values
 * @param {number} length
 * @returns {number}
 */
export function rewire_count_nonzero(values, length) {
    const ret = wasm.rewire_count_nonzero(values, length);
    return ret >>> 0;
}

/**
 * [`pool::count_union`] into `out[cells]`; `weights` has `capacity` elements, `gradients` `room`.
 * @param {number} span
 * @param {number} cells
 * @param {number} weights
 * @param {number} capacity
 * @param {number} pool_span
 * @param {number} source
 * @param {number} gradients
 * @param {number} room
 * @param {number} out
 */
export function rewire_count_union(span, cells, weights, capacity, pool_span, source, gradients, room, out) {
    wasm.rewire_count_union(span, cells, weights, capacity, pool_span, source, gradients, room, out);
}

/**
 * [`draw::draw`] for growth, or [`draw::draw_any`] if `repeats` is not 0; `total` is the sum of `counts[cells]`. Gives the first
 * cell that has too few entries.
 * @param {number} span
 * @param {number} cells
 * @param {number} per_list
 * @param {number} segment
 * @param {number} entries
 * @param {number} index
 * @param {number} capacity
 * @param {number} kept
 * @param {number} counts
 * @param {number} total
 * @param {number} repeats
 * @param {number} seed_low
 * @param {number} seed_high
 * @param {number} stream
 * @param {number} step
 * @param {number} out_span
 * @param {number} out_entry
 * @returns {number}
 */
export function rewire_draw(span, cells, per_list, segment, entries, index, capacity, kept, counts, total, repeats, seed_low, seed_high, stream, step, out_span, out_entry) {
    const ret = wasm.rewire_draw(span, cells, per_list, segment, entries, index, capacity, kept, counts, total, repeats, seed_low, seed_high, stream, step, out_span, out_entry);
    return ret >>> 0;
}

/**
 * [`draw::draw_anywhere`] for growth, `count` entries over all lists. Gives the number of free
 * positions if they are fewer.
 * @param {number} span
 * @param {number} lists
 * @param {number} entries
 * @param {number} index
 * @param {number} capacity
 * @param {number} kept
 * @param {number} count
 * @param {number} seed_low
 * @param {number} seed_high
 * @param {number} stream
 * @param {number} step
 * @param {number} out_span
 * @param {number} out_entry
 * @returns {number}
 */
export function rewire_draw_anywhere(span, lists, entries, index, capacity, kept, count, seed_low, seed_high, stream, step, out_span, out_entry) {
    const ret = wasm.rewire_draw_anywhere(span, lists, entries, index, capacity, kept, count, seed_low, seed_high, stream, step, out_span, out_entry);
    return ret >>> 0;
}

/**
 * First NaN of `values[length]`.
 * @param {number} values
 * @param {number} length
 * @returns {number}
 */
export function rewire_find_nan(values, length) {
    const ret = wasm.rewire_find_nan(values, length);
    return ret >>> 0;
}

/**
 * [`pool::find_saturated`]; `chosen` is a set of `room` elements.
 * @param {number} span
 * @param {number} cells
 * @param {number} per_list
 * @param {number} segment
 * @param {number} entries
 * @param {number} pool_span
 * @param {number} source
 * @param {number} chosen
 * @param {number} room
 * @param {number} count
 * @returns {number}
 */
export function rewire_find_saturated(span, cells, per_list, segment, entries, pool_span, source, chosen, room, count) {
    const ret = wasm.rewire_find_saturated(span, cells, per_list, segment, entries, pool_span, source, chosen, room, count);
    return ret >>> 0;
}

/**
 * [`hash::hash`] of a pattern into `out[2]`, the high half first.
 * @param {number} span
 * @param {number} lists
 * @param {number} index
 * @param {number} capacity
 * @param {number} entries
 * @param {number} out
 */
export function rewire_hash(span, lists, index, capacity, entries, out) {
    wasm.rewire_hash(span, lists, index, capacity, entries, out);
}

/**
 * [`inherit::inherit`] of `source[slots]` into `out[slots]`.
 * @param {number} old_span
 * @param {number} new_span
 * @param {number} lists
 * @param {boolean} anywhere
 * @param {number} source
 * @param {number} slots
 * @param {number} out
 */
export function rewire_inherit(old_span, new_span, lists, anywhere, source, slots, out) {
    wasm.rewire_inherit(old_span, new_span, lists, anywhere, source, slots, out);
}

/**
 * Bits of the `n`-th largest magnitude of `values[length]`, or `NONE` where a value is NaN;
 * `1 <= n <= length`.
 * @param {number} values
 * @param {number} length
 * @param {number} n
 * @returns {number}
 */
export function rewire_kth_largest(values, length, n) {
    const ret = wasm.rewire_kth_largest(values, length, n);
    return ret >>> 0;
}

/**
 * Adds every position of a pattern to the set `out` of `lists * entries` elements.
 * @param {number} span
 * @param {number} lists
 * @param {number} index
 * @param {number} capacity
 * @param {number} entries
 * @param {number} out
 */
export function rewire_mark(span, lists, index, capacity, entries, out) {
    wasm.rewire_mark(span, lists, index, capacity, entries, out);
}

/**
 * [`merge::merge`]; `grown_source` and `chosen` may be null. The new arrays have `capacity`
 * elements like the old; lists begin at multiples of `tile` and may repeat entries if `repeats` is not 0. Gives the first list
 * that does not fit.
 * @param {number} span
 * @param {number} lists
 * @param {number} index
 * @param {number} capacity
 * @param {number} kept
 * @param {number} grown_span
 * @param {number} per_list
 * @param {number} grown_input
 * @param {number} grown_source
 * @param {number} chosen
 * @param {number} room
 * @param {number} tile
 * @param {number} repeats
 * @param {number} out_span
 * @param {number} out_index
 * @param {number} out_source
 * @returns {number}
 */
export function rewire_merge(span, lists, index, capacity, kept, grown_span, per_list, grown_input, grown_source, chosen, room, tile, repeats, out_span, out_index, out_source) {
    const ret = wasm.rewire_merge(span, lists, index, capacity, kept, grown_span, per_list, grown_input, grown_source, chosen, room, tile, repeats, out_span, out_index, out_source);
    return ret >>> 0;
}

/**
 * [`norms::norms`] of `values[capacity * width * height]` into `out[capacity]`.
 * @param {number} span
 * @param {number} lists
 * @param {number} index
 * @param {number} capacity
 * @param {number} values
 * @param {number} height
 * @param {number} width
 * @param {number} rows
 * @param {number} inputs
 * @param {number} norm
 * @param {number} out
 */
export function rewire_norms(span, lists, index, capacity, values, height, width, rows, inputs, norm, out) {
    wasm.rewire_norms(span, lists, index, capacity, values, height, width, rows, inputs, norm, out);
}

/**
 * [`pool::gather`]; `candidate` and `candidate_score` are `[cells * count]`, the pool's arrays have
 * room for `capacity + cells * count` entries. Gives the first cell whose candidates are wrong.
 * @param {number} span
 * @param {number} cells
 * @param {number} per_list
 * @param {number} segment
 * @param {number} entries
 * @param {number} index
 * @param {number} capacity
 * @param {number} gradient
 * @param {number} from
 * @param {number} count
 * @param {number} candidate
 * @param {number} candidate_score
 * @param {number} out_span
 * @param {number} out_input
 * @param {number} out_score
 * @param {number} out_source
 * @returns {number}
 */
export function rewire_pool(span, cells, per_list, segment, entries, index, capacity, gradient, from, count, candidate, candidate_score, out_span, out_input, out_score, out_source) {
    const ret = wasm.rewire_pool(span, cells, per_list, segment, entries, index, capacity, gradient, from, count, candidate, candidate_score, out_span, out_input, out_score, out_source);
    return ret >>> 0;
}

/**
 * [`select::select_cells`]; `eligible` and `out` are sets of `length` elements, `out` is empty.
 * @param {number} scores
 * @param {number} length
 * @param {number} span
 * @param {number} cells
 * @param {number} eligible
 * @param {number} counts
 * @param {number} out
 */
export function rewire_select_cells(scores, length, span, cells, eligible, counts, out) {
    wasm.rewire_select_cells(scores, length, span, cells, eligible, counts, out);
}

/**
 * [`select::select_top`]; `eligible` and `out` are sets of `length` elements.
 * @param {number} scores
 * @param {number} length
 * @param {number} eligible
 * @param {number} n
 * @param {number} out
 */
export function rewire_select_top(scores, length, eligible, n, out) {
    wasm.rewire_select_top(scores, length, eligible, n, out);
}

/**
 * Adds the slots of the cells whose `wanted[cells]` is not 0 to the set `out` of `slots` elements.
 * @param {number} span
 * @param {number} cells
 * @param {number} wanted
 * @param {number} out
 * @param {number} slots
 */
export function rewire_slots(span, cells, wanted, out, slots) {
    wasm.rewire_slots(span, cells, wanted, out, slots);
}

/**
 * [`transpose::transpose`] into `column_span[2 * entries]`, `row_of` and `slot_of` of
 * `view_capacity` elements; lists begin at multiples of `tile`. Gives the first column that does not
 * fit.
 * @param {number} span
 * @param {number} lists
 * @param {number} index
 * @param {number} capacity
 * @param {number} entries
 * @param {number} tile
 * @param {number} view_capacity
 * @param {number} column_span
 * @param {number} row_of
 * @param {number} slot_of
 * @returns {number}
 */
export function rewire_transpose(span, lists, index, capacity, entries, tile, view_capacity, column_span, row_of, slot_of) {
    const ret = wasm.rewire_transpose(span, lists, index, capacity, entries, tile, view_capacity, column_span, row_of, slot_of);
    return ret >>> 0;
}

/**
 * [`inherit::trim`] of `values[capacity * width * height]`.
 * @param {number} span
 * @param {number} lists
 * @param {number} index
 * @param {number} capacity
 * @param {number} height
 * @param {number} width
 * @param {number} rows
 * @param {number} inputs
 * @param {number} values
 */
export function rewire_trim(span, lists, index, capacity, height, width, rows, inputs, values) {
    wasm.rewire_trim(span, lists, index, capacity, height, width, rows, inputs, values);
}

/**
 * The elements of `set` that are not in `other`, into `other`; `length` words each.
 * @param {number} set
 * @param {number} other
 * @param {number} length
 */
export function rewire_without(set, other, length) {
    wasm.rewire_without(set, other, length);
}

/**
 * Runs a program on `threads` threads, of which the caller is number 0 and the others wait in
 * [`worker`]. Returns 1 when it is done and 0 if a worker failed.
 *
 * # Safety
 * As for `execute`; `threads - 1` workers must have entered [`worker`] or be about to.
 * @param {number} program
 * @param {number} threads
 * @returns {number}
 */
export function run(program, threads) {
    const ret = wasm.run(program, threads);
    return ret >>> 0;
}

/**
 * Lets every worker return from [`worker`].
 */
export function stop() {
    wasm.stop();
}

/**
 * The life of worker `thread`: runs every program that is posted, until [`stop`] or [`fail`], which 0 stands for, or until
 * [`pause`]. Then it gives what to go on with, as `seen`; it begins with 0.
 *
 * # Safety
 * Each number from 1 up is taken by one thread only.
 * @param {number} thread
 * @param {number} seen
 * @returns {number}
 */
export function worker(thread, seen) {
    const ret = wasm.worker(thread, seen);
    return ret >>> 0;
}
function __wbg_get_imports(memory) {
    const import0 = {
        __proto__: null,
        __wbindgen_init_externref_table: function() {
            const table = wasm.__wbindgen_externrefs;
            table.set(0, undefined);
            table.set(1024, undefined);
            table.set(1025, null);
            table.set(1026, true);
            table.set(1027, false);
        },
        memory: memory || new WebAssembly.Memory({initial:18,maximum:65536,shared:true}),
    };
    return {
        __proto__: null,
        "./filigree_bg.js": import0,
        "math": import1,
        "math": import2,
        "math": import3,
    };
}

let wasmModule, wasmInstance, wasm;
function __wbg_finalize_init(instance, module, thread_stack_size) {
    wasmInstance = instance;
    wasm = instance.exports;
    wasmModule = module;
    if (typeof thread_stack_size !== 'undefined' && (typeof thread_stack_size !== 'number' || thread_stack_size === 0 || thread_stack_size % 65536 !== 0)) {
        throw new Error('invalid stack size');
    }

    wasm.__wbindgen_start(thread_stack_size);
    return wasm;
}

async function __wbg_load(module, imports) {
    if (typeof Response === 'function' && module instanceof Response) {
        if (!module.ok) {
            throw new Error(`failed to fetch Wasm: ${module.status} ${module.statusText} fetching '${module.url}'`);
        }

        if (typeof WebAssembly.instantiateStreaming === 'function') {
            try {
                return await WebAssembly.instantiateStreaming(module, imports);
            } catch (e) {
                const validResponse = expectedResponseType(module.type);

                if (validResponse && module.headers.get('Content-Type') !== 'application/wasm') {
                    console.warn("`WebAssembly.instantiateStreaming` failed because your server does not serve Wasm with `application/wasm` MIME type. Falling back to `WebAssembly.instantiate` which is slower. Original error:\n", e);

                } else { throw e; }
            }
        }

        const bytes = await module.arrayBuffer();
        return await WebAssembly.instantiate(bytes, imports);
    } else {
        const instance = await WebAssembly.instantiate(module, imports);

        if (instance instanceof WebAssembly.Instance) {
            return { instance, module };
        } else {
            return instance;
        }
    }

    function expectedResponseType(type) {
        switch (type) {
            case 'basic': case 'cors': case 'default': return true;
        }
        return false;
    }
}

function initSync(module, memory) {
    if (wasm !== undefined) return wasm;

    let thread_stack_size
    if (module !== undefined) {
        if (Object.getPrototypeOf(module) === Object.prototype) {
            ({module, memory, thread_stack_size} = module)
        } else {
            console.warn('using deprecated parameters for `initSync()`; pass a single object instead')
        }
    }

    const imports = __wbg_get_imports(memory);
    if (!(module instanceof WebAssembly.Module)) {
        module = new WebAssembly.Module(module);
    }
    const instance = new WebAssembly.Instance(module, imports);
    return __wbg_finalize_init(instance, module, thread_stack_size);
}

let __wbg_init_promise;
async function __wbg_init(module_or_path, memory) {
    if (wasm !== undefined) return wasm;
    if (__wbg_init_promise === undefined) {
        __wbg_init_promise = __wbg_init_once(module_or_path, memory);
        __wbg_init_promise.catch(() => { __wbg_init_promise = undefined; });
    }
    return __wbg_init_promise;
}

async function __wbg_init_once(module_or_path, memory) {
    let thread_stack_size
    if (module_or_path !== undefined) {
        if (Object.getPrototypeOf(module_or_path) === Object.prototype) {
            ({module_or_path, memory, thread_stack_size} = module_or_path)
        } else {
            console.warn('using deprecated parameters for the initialization function; pass a single object instead')
        }
    }

    if (module_or_path === undefined) {
        module_or_path = new URL('filigree_bg.wasm', import.meta.url);
    }
    const imports = __wbg_get_imports(memory);

    if (typeof module_or_path === 'string' || (typeof Request === 'function' && module_or_path instanceof Request) || (typeof URL === 'function' && module_or_path instanceof URL)) {
        module_or_path = fetch(module_or_path);
    }

    const { instance, module } = await __wbg_load(await module_or_path, imports);

    return __wbg_finalize_init(instance, module, thread_stack_size);
}

export { initSync, __wbg_init as default };
