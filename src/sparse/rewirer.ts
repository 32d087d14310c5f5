/**
 * The rewirer: a WASM module in which patterns are rewired, whatever the device that trains.
 *
 * @module
 */
import { openModule, type WasmModule } from "../device/wasm/module.ts";
import { NONE } from "../ops/kernels/constants.ts";
import { Arena } from "./arena.ts";
import { Explored, type Positions } from "./explored.ts";
import { LayerRewiring, type RewiredLayer } from "./rewiring.ts";

/**
 * Carries out selections in a WASM module. It holds no arrays itself: what {@linkcode Rewirer.open} and
 * {@linkcode Rewirer.explore} give is disposed of by whoever asked for it.
 */
export class Rewirer {
  readonly #module: WasmModule;

  /** Works in the memory of `module`. */
  constructor(module: WasmModule) {
    this.#module = module;
  }

  /** Bytes of the module's memory that are taken now. */
  get allocatedBytes(): number {
    return this.#module.allocatedBytes;
  }

  /**
   * Copies a layer in to be rewired. Dispose of the result to give its memory back.
   *
   * @param norm What scores the weights of a unit, one of `NORM`; by default what the pattern says.
   * @throws {TypeError} if an array has another length than the pattern's capacity.
   * @throws {RangeError} if a weight is NaN.
   */
  open(layer: RewiredLayer, norm?: number): LayerRewiring {
    return new LayerRewiring(this.#module, layer, norm);
  }

  /**
   * The `n`-th largest magnitude in `values`.
   *
   * @throws {RangeError} if `n` is not from 1 to the length, or a value is NaN.
   */
  kthLargest(values: Float32Array, n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= values.length)) {
      throw new RangeError(
        `Cannot select the ${n}-th largest of ${values.length} values: ` +
          `expected an integer from 1 to ${values.length}`,
      );
    }
    using arena = new Arena(this.#module);
    const { pointer, length } = arena.copy(values);
    const bits = this.#module.exports.rewire_kth_largest(pointer, length, n) >>> 0;
    if (bits === NONE) {
      const nan = this.#module.exports.rewire_find_nan(pointer, length) >>> 0;
      throw new RangeError(`Cannot select the ${n}-th largest: value ${nan} is NaN`);
    }
    return new Float32Array(Uint32Array.of(bits).buffer)[0];
  }

  /** Starts a record of the positions that the units of a layer have ever used. */
  explore(positions: Positions): Explored {
    return new Explored(this.#module, positions);
  }
}

let shared: Promise<Rewirer> | undefined;

/** The rewirer of this process. It has a WASM module of its own. */
export function openRewirer(): Promise<Rewirer> {
  return shared ??= openModule("plain", ["rewiring"]).then((module) => new Rewirer(module));
}
