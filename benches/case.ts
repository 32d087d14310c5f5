/**
 * What a bench is: a name, a device, a figure.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import { openWebgpu } from "../src/device/webgpu/open.ts";
import type { Comparison, Result } from "./measure.ts";

/** Opens a backend for one bench. */
export type Opener = () => Promise<Backend>;

/** A bench. */
export interface BenchCase {
  /** Its name, stable between versions. */
  readonly name: string;
  /** What its figure is a ratio of. */
  readonly unit: string;
  /** Where it runs. */
  readonly open: Opener;
  /** Checks, then measures. */
  run(backend: Backend): Promise<Pick<Result, "ratio" | "details">>;
}

/** Plain SIMD, one thread. */
export const plain: Opener = () => openWasm({ threads: 1, build: "plain" });

/** Relaxed SIMD, one thread. */
export const relaxed: Opener = () => openWasm({ threads: 1, build: "relaxed" });

/** WebGPU, on software too. */
export const webgpu: Opener = () => openWebgpu({ software: true });

/** A comparison as the figure of a bench. */
export function comparison(found: Comparison): Pick<Result, "ratio" | "details"> {
  const { first, second, ratio, quartiles: [lower, upper] } = found;
  return {
    ratio,
    details: {
      baseMs: round(first),
      ourMs: round(second),
      lowerQuartile: round(lower),
      upperQuartile: round(upper),
    },
  };
}

/** As many digits as a figure is worth. */
export function round(x: number): number {
  return Number(x.toPrecision(4));
}
