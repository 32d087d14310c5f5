/**
 * Cases of the kernels of N:M masks over a dense weight.
 *
 * @module
 */
import fc from "fast-check";
import { MASK, MASK_WORDS } from "../../src/ops/kernels/constants.ts";
import { extents, type Source, type Style, styles } from "../arbitraries.ts";
import { type Family, family } from "./family.ts";

/** N of M, as they are asked for. */
const RATIOS = [
  [1, 2],
  [2, 4],
  [1, 4],
  [2, 8],
  [4, 8],
  [1, 8],
  [1, 16],
  [2, 16],
  [1, 32],
  [3, 7],
] as const;

interface MaskOptions {
  readonly rows: number;
  readonly inputs: number;
  readonly ratio: readonly [n: number, m: number];
  readonly along: number;
  readonly beta: number;
  /** Finite where sums of magnitudes are exact, so that all compare alike with it. */
  readonly limit: number;
  readonly mode: number;
  readonly style: Style;
}

interface GradientOptions extends Pick<MaskOptions, "rows" | "inputs" | "beta" | "style"> {
  readonly exact: number;
  readonly decay: number;
}

const edges: MaskOptions[] = [
  ...RATIOS.flatMap((ratio, i) =>
    [0, 1].map((along): MaskOptions => ({
      ...{ rows: along === 0 ? 3 : 67, inputs: along === 0 ? 131 : 37, ratio, along },
      ...{ beta: i % 3 / 2, limit: Infinity, mode: 0 },
      style: i % 2 === 0 ? "normal" : "integers",
    }))
  ),
  { ...whole(1, 1), ratio: [1, 4], style: "normal" },
  { ...whole(1, 128), ratio: [15, 16], style: "integers" },
  { ...whole(40, 32), ratio: [7, 16], along: 1, style: "integers" },
  // Chosen from the smaller end, no two alike.
  { ...whole(3, 160), ratio: [7, 8], style: "normal" },
  { ...whole(19, 48), ratio: [7, 8], along: 1, style: "normal" },
  { ...whole(5, 256), ratio: [8, 256], style: "extreme" },
  { ...whole(5, 96), ratio: [4, 4], style: "extreme" },
  { ...whole(9, 64), ratio: [2, 4], limit: 7, style: "integers" },
  { ...whole(64, 9), ratio: [1, 16], along: 1, limit: 30, style: "integers" },
  { ...whole(9, 65), ratio: [2, 4], mode: 1, style: "extreme" },
];

/** The families of these kernels. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  nm_select: family(
    edges,
    fc.record({
      ...{ rows: extents(40), inputs: extents(140), ratio: fc.constantFrom(...RATIOS) },
      ...{ along: fc.constantFrom(0, 1), beta: fc.constantFrom(0, 0.5, 1) },
      ...{ limit: fc.constant(Infinity), mode: fc.constantFrom(0, 0, 1), style: styles() },
    }),
    (source, options) => {
      const { rows, inputs, ratio, along, style } = options;
      return {
        params: { rows, inputs, along, segment: Math.max(4, ratio[1]) },
        inputs: {
          values: source.floats(rows * inputs, style),
          control: controlOf(options),
          bits: bitsOf(source, rows, inputs),
          flips: source.integers(rows * Math.ceil(inputs / 32), 100),
        },
        lengths: { masked: rows * inputs },
      };
    },
  ),
  nm_gradient: family(
    [[1, 1], [5, 70], [3, 256]].map(([rows, inputs], i): GradientOptions => ({
      ...{ rows, inputs, exact: i % 2, beta: 0.25, decay: i === 0 ? 0 : 2e-4 },
      style: i === 2 ? "extreme" : "normal",
    })),
    fc.record({
      ...{ rows: extents(40), inputs: extents(140), exact: fc.constantFrom(0, 1) },
      ...{ beta: fc.constantFrom(0, 0.5, 1), decay: fc.constantFrom(0, 2e-4), style: styles() },
    }),
    (source, { rows, inputs, exact, beta, decay, style }) => ({
      params: { rows, inputs, exact },
      inputs: {
        gradient: source.floats(rows * inputs, style),
        values: source.floats(rows * inputs, style),
        bits: bitsOf(source, rows, inputs),
        control: controlOf({ ratio: [2, 4], beta, decay, limit: Infinity, mode: 0 }),
      },
      lengths: {},
    }),
  ),
  nm_prune: family(
    [[1, 1], [5, 70], [3, 256]].map(([rows, inputs]) => ({ rows, inputs })),
    fc.record({ rows: extents(40), inputs: extents(140) }),
    (source, { rows, inputs }) => ({
      params: { rows, inputs },
      inputs: {
        values: source.floats(rows * inputs),
        bits: bitsOf(source, rows, inputs),
      },
      lengths: {},
    }),
  ),
};

function whole(rows: number, inputs: number) {
  return { rows, inputs, along: 0, beta: 0.5, limit: Infinity, mode: 0 };
}

function controlOf(
  { ratio: [n, m], beta, limit, mode, decay = 0 }:
    & Pick<
      MaskOptions,
      "ratio" | "beta" | "limit" | "mode"
    >
    & { readonly decay?: number },
): Uint32Array {
  const words = new Uint32Array(MASK_WORDS);
  const floats = new Float32Array(words.buffer);
  Object.assign(words, { [MASK.n]: n, [MASK.m]: m, [MASK.mode]: mode });
  Object.assign(floats, { [MASK.beta]: beta, [MASK.limit]: limit, [MASK.decay]: decay });
  return words;
}

/** Words of bits with nothing behind the last input. */
function bitsOf(source: Source, rows: number, inputs: number): Uint32Array {
  const words = Math.ceil(inputs / 32);
  const rest = inputs % 32;
  return Uint32Array.from(
    { length: rows * words },
    (_, i) => source.word() & (rest > 0 && i % words === words - 1 ? 2 ** rest - 1 : 0xffffffff),
  );
}
