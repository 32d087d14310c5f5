/**
 * Cases of the kernels of a decoder: angles of positions, and columns that are kept.
 *
 * @module
 */
import fc from "fast-check";
import { extents, type Style, styles } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";

interface RotaryCase {
  readonly heads: number;
  readonly half: number;
  readonly positions: number;
  readonly examples: number;
  readonly placed: number;
  readonly direction: number;
  readonly style: Style;
}

const TURNS: readonly RotaryCase[] = [
  { heads: 1, half: 1, positions: 1, examples: 1, placed: 0, direction: 1, style: "normal" },
  { heads: 2, half: 3, positions: 5, examples: 7, placed: 1, direction: -1, style: "normal" },
  { heads: 3, half: 16, positions: 130, examples: 32, placed: 0, direction: -1, style: "extreme" },
  { heads: 4, half: 32, positions: 1, examples: 32, placed: 1, direction: 1, style: "normal" },
];

interface PutCase {
  readonly features: number;
  readonly positions: number;
  readonly examples: number;
}

const PUTS: readonly PutCase[] = [
  { features: 1, positions: 1, examples: 1 },
  { features: 5, positions: 130, examples: 32 },
  { features: 65, positions: 7, examples: 64 },
];

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  rotary: family(
    TURNS,
    fc.record({
      ...{ heads: extents(5), half: extents(17), positions: extents(40), examples: extents(40) },
      ...{ placed: fc.nat(1), direction: fc.constantFrom(-1, 1), style: styles() },
    }),
    (source, { heads, half, positions, examples, placed, direction, style }) => {
      const angles = positions + 3;
      return {
        params: { heads, half, positions, examples, angles, placed, direction },
        inputs: {
          x: source.floats(2 * heads * half * positions * examples, style),
          table: source.floats(2 * half * angles),
          places: source.integers(positions * examples, angles),
        },
        lengths: { y: 2 * heads * half * positions * examples },
      };
    },
  ),
  put_position: family(
    PUTS,
    fc.record({ features: extents(70), positions: extents(40), examples: extents(70) }),
    (source, { features, positions, examples }) => ({
      params: { features, positions, examples },
      inputs: {
        x: source.floats(features * examples),
        places: source.integers(examples, positions + 1),
        y: source.floats(features * positions * examples),
      },
      lengths: {},
    }),
  ),
};
