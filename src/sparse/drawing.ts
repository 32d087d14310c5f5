/**
 * What weights begin with, drawn in a WASM module, whatever the device that trains: drawing is most of what a host does before a
 * first step, and code that runs once is slow in an engine that compiles what is run often. The same bits as of
 * `src/device/random.ts`.
 *
 * @module
 */
import { openModule, type WasmModule } from "../device/wasm/module.ts";
import { seedWords } from "../device/random.ts";
import type { Origin } from "../program/resource.ts";
import { Arena } from "./arena.ts";
import type { Init } from "./init.ts";
import { MOST_DRAWN, type Runs, runsOfOne } from "./runs.ts";

/** Lists that are drawn as a whole. */
export interface WholeLists {
  /** How many. */
  readonly lists: number;
  /** Entries that a list could have. */
  readonly entries: number;
  /** Entries that a list has. */
  readonly count: number;
  /** From the begin of a list to that of the next one. */
  readonly stride: number;
}

/** Draws what all values of a weight begin with; what is in no run stays 0. */
export type DrawValues = (length: number, runs: Runs) => Float32Array;

/** Draws in a WASM module. Made by {@linkcode openDrawing}. */
export class Drawing {
  readonly #module: WasmModule;

  /** Works in the memory of `module`. */
  constructor(module: WasmModule) {
    this.#module = module;
  }

  /**
   * Draws the entries of lists into `index`, every set of each equally likely: those of list i begin at `stride * i`, ascending.
   *
   * @throws {RangeError} if the seed is no integer in its range.
   */
  lists(
    { seed, stream }: Origin,
    { lists, entries, count, stride }: WholeLists,
    index: Uint32Array,
  ): void {
    const words = [...seedWords(seed), stream] as const;
    const most = Math.max(1, Math.floor(MOST_DRAWN / Math.max(1, stride)));
    for (let first = 0; first < lists; first += most) {
      using arena = new Arena(this.#module);
      const some = Math.min(most, lists - first);
      const out = arena.zeros(some * stride);
      this.#module.exports.draw_lists(...words, first, some, entries, count, stride, out.pointer);
      const at = first * stride;
      arena.readWords(out, index.subarray(at, at + out.length));
    }
  }

  /**
   * Draws values one after the other, run by run.
   *
   * @throws {RangeError} if the seed is no integer in its range.
   */
  values(
    { seed, stream }: Origin,
    init: Init,
    length: number,
    { span, scales }: Runs,
  ): Float32Array {
    const { exports } = this.#module;
    const values = new Float32Array(length);
    const [most, own] = init.kind === "he"
      ? [Infinity, scales]
      : [2, new Float64Array(scales.length).fill(init.deviation)];
    const words = new Uint32Array(own.buffer, own.byteOffset);
    const normals = exports.draw_begin(...seedWords(seed), stream);
    try {
      for (let run = 0; run < own.length;) {
        const begin = span[2 * run];
        let next = run + 1;
        while (next < own.length && span[2 * next + 1] - begin <= MOST_DRAWN) next++;
        using arena = new Arena(this.#module);
        const given = [
          arena.copy(span.subarray(2 * run, 2 * next)).pointer,
          arena.copy(words.subarray(2 * run, 2 * next)).pointer,
        ] as const;
        const out = arena.zeros(span[2 * next - 1] - begin);
        exports.draw_values(normals, ...given, next - run, most, out.pointer, out.length);
        arena.readFloats(out, values.subarray(begin, begin + out.length));
        run = next;
      }
    } finally {
      exports.draw_end(normals);
    }
    return values;
  }
}

/**
 * Normal numbers of mean 0: what an embedding begins with.
 *
 * @throws {RangeError} if the seed is no integer in its range.
 */
export async function firstNormals(
  origin: Origin,
  length: number,
  deviation: number,
): Promise<Float32Array> {
  return await firstValues(origin, { kind: "he" }, length, deviation);
}

/**
 * What the values of a dense weight begin with.
 *
 * @param scale The deviation that He's rule has for it.
 * @throws {RangeError} if the seed is no integer in its range.
 */
export async function firstValues(
  origin: Origin,
  init: Init,
  length: number,
  scale: number,
): Promise<Float32Array> {
  const drawing = await openDrawing();
  return drawing.values(origin, init, length, runsOfOne(length, scale));
}

let shared: Promise<Drawing> | undefined;

/** The drawing of this process. It has a WASM module of its own, which is asked for again where it was not to be had. */
export function openDrawing(): Promise<Drawing> {
  return shared ??= openModule("plain", ["drawing"]).then(
    (module) => new Drawing(module),
    (error) => {
      shared = undefined;
      throw error;
    },
  );
}
