/**
 * Cases of the kernels that write a part of a tensor.
 *
 * @module
 */
import fc from "fast-check";
import { type Family, family } from "./family.ts";

interface Run {
  readonly length: number;
  /** Where it begins in what is read. */
  readonly begin: number;
  /** Where it begins in what is written. */
  readonly to: number;
}

const edges: Run[] = [1, 3, 4, 31, 32, 257, 4096, 300_003].map((length, i) => ({
  length,
  begin: i % 3,
  to: i % 2 === 0 ? 0 : 5 * i,
}));

function runs(): fc.Arbitrary<Run> {
  return fc.record({
    length: fc.integer({ min: 1, max: 3000 }),
    begin: fc.nat(70),
    to: fc.nat(70),
  });
}

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  copy: family(edges, runs(), (source, { length, begin, to }) => ({
    params: { length, begin, to },
    inputs: { x: source.floats(begin + length + 2), y: source.floats(to + length + 6) },
    lengths: {},
  })),
  fill: family(edges, runs(), (source, { length, begin, to }) => ({
    params: { length, to, value: begin - 1.5 },
    inputs: { y: source.floats(to + length + 6) },
    lengths: {},
  })),
};
