/**
 * `growth_candidates` in float64: see `src/ops/kernels/growth_candidates.ts`.
 *
 * @module
 */
import { NONE, NORM } from "../../src/ops/kernels/constants.ts";
import { Sum } from "./bounds.ts";
import { indexAt } from "./lists.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** One inactive entry of a list. */
export interface Candidate {
  /** The entry: an input, or a column of units. */
  readonly input: number;
  /** Norm of the gradients of its connections. */
  readonly score: number;
  /** How far a float32 score may lie from it. */
  readonly bound: number;
}

/** Every inactive entry of a list, in ascending order. */
export function inactive(
  { span, index, dy, x }: Inputs,
  { rows, inputs, columns, wide, height, width, norm }: Readonly<Record<string, number>>,
  list: number,
): Candidate[] {
  const active = new Set<number>();
  for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
    active.add(indexAt(index, slot, wide));
  }
  const candidates: Candidate[] = [];
  for (let entry = 0; entry < Math.ceil(inputs / width); entry++) {
    if (active.has(entry)) continue;
    const gradients: Sum[] = [];
    for (let row = list * height; row < Math.min(rows, (list + 1) * height); row++) {
      for (let input = entry * width; input < Math.min(inputs, (entry + 1) * width); input++) {
        const sum = new Sum();
        for (let column = 0; column < columns; column++) {
          sum.product(dy[row * columns + column], x[input * columns + column]);
        }
        gradients.push(sum);
      }
    }
    candidates.push({ input: entry, ...normOf(gradients, norm) });
  }
  return candidates;
}

/** The norm of a unit's gradients; its bound allows for each of them and for the rounding of the norm itself. */
function normOf(gradients: readonly Sum[], norm: number): { score: number; bound: number } {
  const magnitudes = gradients.map((sum) => Math.abs(sum.value));
  const errors = gradients.reduce((sum, { bound }) => sum + bound, 0);
  const total = magnitudes.reduce((sum, value) => sum + value, 0);
  const rounding = (magnitudes.length + 4) * 2 ** -23;
  switch (norm) {
    case NORM.mean:
      return {
        score: total / magnitudes.length,
        bound: (errors + rounding * total) / magnitudes.length,
      };
    case NORM.max:
      return { score: Math.max(...magnitudes), bound: errors };
    case NORM.l1:
      return { score: total, bound: errors + rounding * total };
    default: {
      const score = Math.hypot(...magnitudes);
      return { score, bound: errors + rounding * score };
    }
  }
}

/**
 * The `count` best of every segment of every list, by score, then by lower entry, in ascending order. The bounds are 0:
 * whoever compares with this gives data whose scores are exact in float32.
 */
export function growthCandidates(
  arrays: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { rows, inputs, count, height, width, segment } = params;
  const lists = Math.ceil(rows / height);
  const segments = Math.ceil(Math.ceil(inputs / width) / segment);
  const input = expected(lists * segments * count);
  const score = expected(lists * segments * count);
  input.value.fill(NONE);
  for (let list = 0; list < lists; list++) {
    const all = inactive(arrays, params, list);
    for (let w = 0; w < segments; w++) {
      const first = (list * segments + w) * count;
      all.filter((candidate) => Math.floor(candidate.input / segment) === w)
        .sort((a, b) => b.score - a.score || a.input - b.input)
        .slice(0, count)
        .sort((a, b) => a.input - b.input)
        .forEach((candidate, i) => {
          input.value[first + i] = candidate.input;
          score.value[first + i] = Math.fround(candidate.score);
        });
    }
  }
  return { input, score };
}
