/**
 * The multiply-add peak of one core through WebAssembly SIMD: what `dense/peak-share` divides by.
 *
 * @module
 */
import wabt from "wabt";
import text from "../wasm/peak.wat" with { type: "text" };

/** Floating-point operations of one iteration of each function of `peak.wat`. */
const FLOPS = { plain: 48, relaxed: 96 } as const;

/** Which instructions the peak is of: a multiplication and an addition, or the fused one. */
export type PeakKind = keyof typeof FLOPS;

type Loop = (iterations: number, one: number) => number;

/**
 * Makes a function that measures the peak once, in operations per second, for about as long as it is told: another process on
 * the core should take as much from the peak as from what is compared with it.
 */
export async function openPeak(kind: PeakKind): Promise<(milliseconds: number) => number> {
  const { parseWat } = await wabt();
  const features = { simd: true, relaxed_simd: true };
  const module = parseWat("peak.wat", text, features);
  const bytes = Uint8Array.from(module.toBinary({}).buffer);
  module.destroy();
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const loop = instance.exports[kind] as unknown as Loop;
  checkLoop(kind, loop);
  const rate = (iterations: number): number => {
    const start = performance.now();
    loop(iterations, 1);
    return FLOPS[kind] * iterations / ((performance.now() - start) / 1000);
  };
  // The second run is compiled by the optimising compiler.
  rate(1_000_000);
  const first = rate(1_000_000);
  return (milliseconds) => rate(Math.ceil(first / FLOPS[kind] * milliseconds / 1000));
}

/** The loop must really do what it is credited with: its result is known. */
function checkLoop(kind: PeakKind, loop: Loop): void {
  const iterations = 1000;
  const expected = kind === "plain" ? 15 + 15 + 6 * iterations : 66 + 12 * iterations;
  const got = loop(iterations, 1);
  if (got !== expected) {
    throw new Error(`Cannot measure the peak: ${kind} gave ${got}; expected ${expected}`);
  }
}
