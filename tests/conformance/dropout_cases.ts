/**
 * Cases of dropout.
 *
 * @module
 */
import fc from "fast-check";
import { dropping } from "../../src/ops/kernels/dropping.ts";
import { extents, type Style, styles } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";
import { stepBlock } from "./loss_cases.ts";

interface Options {
  readonly length: number;
  readonly rate: number;
  readonly seed: number;
  readonly stream: number;
  /** Steps before this one. */
  readonly step: number;
  /** Examples of the update before this batch. */
  readonly before: number;
  readonly style: Style;
}

const edges: Options[] = [
  { length: 1, rate: 0.5, seed: 1, stream: 0, step: 0, before: 0 },
  { length: 33, rate: 0.1, seed: 2 ** 53 - 1, stream: 2 ** 32 - 1, step: 2 ** 32 - 1, before: 64 },
  { length: 130, rate: 0, seed: 0, stream: 5, step: 7, before: 0 },
  { length: 64 * 32, rate: 1 - 2 ** -20, seed: 3, stream: 5, step: 7, before: 2 ** 31 },
  { length: 4099, rate: 0.9, seed: 2 ** 32, stream: 5, step: 7, before: 32 },
].map((options) => ({ ...options, style: "normal" }));

/** The family of the kernel. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  dropout: family(
    edges,
    fc.record({
      length: extents(2000),
      rate: fc.constantFrom(0.1, 0.25, 0.5, 0.75),
      seed: fc.maxSafeNat(),
      stream: fc.nat(),
      step: fc.nat(),
      before: fc.constantFrom(0, 32, 1000),
      style: styles(),
    }),
    (source, { length, rate, seed, stream, step, before, style }) => ({
      params: { length, ...dropping(rate, { seed, stream }) },
      inputs: { x: source.floats(length, style), step: stepBlock({ step, before }) },
      lengths: { y: length },
    }),
  ),
};
