/**
 * Cases of `unpack_bytes`.
 *
 * @module
 */
import fc from "fast-check";
import { columnCounts, extents } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";
import { stepBlock } from "./loss_cases.ts";

/** One row, rows that fill no word, a part that begins in the middle of a word, a program of one example. */
const EDGES = [[1, 1, 32, 32], [1, 7, 32, 9], [3, 5, 64, 33], [1, 1, 1, 1], [8, 700, 32, 31]]
  .map(([parts, part, columns, examples]) => ({ parts, part, columns, examples }));

/** The family of the kernel. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  unpack_bytes: family(
    EDGES,
    columnCounts().chain((columns) =>
      fc.record({
        parts: extents(4),
        part: extents(40),
        columns: fc.constant(columns),
        examples: fc.integer({ min: 1, max: columns }),
      })
    ),
    (source, { parts, part, columns, examples }) => ({
      params: { rows: parts * part, columns, part },
      inputs: {
        words: Uint32Array.from(
          { length: Math.ceil(parts * part / 4) * columns },
          () => source.word(),
        ),
        table: source.floats(256 * parts),
        step: stepBlock({ examples }),
      },
      lengths: { y: parts * part * columns },
    }),
  ),
};
