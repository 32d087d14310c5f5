/**
 * Rewiring by the obvious loops over dense matrices in float64: what every method must do, given
 * the whole gradient.
 *
 * @module
 */
import { drawDistinct, Random } from "../../src/device/random.ts";

/** A layer as dense matrices, `[rows][inputs]`; 0 where there is no connection. */
export interface DenseLayer {
  /** Where connections are. */
  readonly active: readonly (readonly boolean[])[];
  /** Weights. */
  readonly values: readonly (readonly number[])[];
  /** State that travels with a connection. */
  readonly moments: readonly (readonly (readonly number[])[])[];
  /** Gradients of all positions. */
  readonly gradient: readonly (readonly number[])[];
  /** Most connections. */
  readonly budget: number;
}

/** A layer after a rewiring. */
export interface DenseResult {
  /** Where connections are. */
  readonly active: boolean[][];
  /** Weights. */
  readonly values: number[][];
  /** State. */
  readonly moments: number[][][];
  /** Connections that did not survive. */
  readonly dropped: number;
  /** Connections added. */
  readonly grown: number;
}

/** A position and what it is chosen by. */
interface Entry {
  readonly row: number;
  readonly input: number;
  readonly score: number;
}

/** Drop by magnitude; grow at random, or by gradient. */
export function exchange(
  layer: DenseLayer,
  fraction: number,
  grow: { seed: number; step: number; stream: number } | "resume" | "restart",
): DenseResult {
  const connections = active(layer).length;
  const live = layer.active.map((row) => row.includes(true));
  const survivors = connections - Math.floor(connections * fraction);
  const kept = keep(layer, survivors, targets(layer, live));
  return refill(layer, kept, targets(layer, live), grow);
}

/** SRigL, for a layer that may be ablated if `ablation`. */
export function srigl(
  layer: DenseLayer,
  fraction: number,
  options: { ablation: boolean; gammaSal: number; salience: "paper" | "code" | "sparsimony" },
): DenseResult {
  const { ablation, gammaSal, salience } = options;
  const weights = active(layer);
  const rows = layer.active.length, inputs = layer.active[0].length;
  let survivors = weights.length - Math.floor(weights.length * fraction);
  survivors = Math.min(survivors, weights.filter((w) => w.score !== 0).length);
  const replaced = weights.length - survivors;
  let live = layer.active.map(() => true);
  if (ablation) {
    const gradients = positions(layer, layer.gradient);
    const salient = new Set<number>();
    const mark = ({ row, input }: Entry) => salient.add(row * inputs + input);
    top(weights, salience === "paper" ? replaced : survivors).forEach(mark);
    top(gradients, salience === "sparsimony" ? survivors : replaced).forEach(mark);
    const counts = layer.active.map((_, row) =>
      [...salient].filter((position) => Math.floor(position / inputs) === row).length
    );
    const least = Math.floor(layer.budget / inputs);
    const guard = counts.toSorted((a, b) => b - a)[least] ?? 0;
    const k0 = Math.floor(layer.budget / rows);
    live = counts.map((count) => {
      if (count >= guard) return true;
      if (salience === "sparsimony") {
        return count / Math.max(1, Math.floor(weights.length / rows)) >= gammaSal;
      }
      return count >= (gammaSal >= 1 ? gammaSal : Math.max(1, Math.floor(gammaSal * k0)));
    });
  }
  const target = targets(layer, live);
  return refill(layer, keep(layer, survivors, target), target, "restart");
}

/** The `count` candidates of largest gradient of each row, as the kernel `growth_candidates` gives. */
export function candidates(
  layer: DenseLayer,
  count: number,
): { count: number; input: Uint32Array; score: Float32Array } {
  const input: number[] = [], score: number[] = [];
  layer.active.forEach((row, r) => {
    const free = positions(layer, layer.gradient).filter((e) => e.row === r && !row[e.input]);
    const best = top(free, count).sort((a, b) => a.input - b.input);
    for (let i = 0; i < count; i++) {
      input.push(best[i]?.input ?? 0xffffffff);
      score.push(best[i]?.score ?? 0);
    }
  });
  return { count, input: Uint32Array.from(input), score: Float32Array.from(score) };
}

/** The first `count` of a sort by score, ties to the lower row, then input. */
export function top(entries: readonly Entry[], count: number): Entry[] {
  return entries.toSorted((a, b) => b.score - a.score || a.row - b.row || a.input - b.input)
    .slice(0, count);
}

function positions(layer: DenseLayer, scores: readonly (readonly number[])[]): Entry[] {
  return layer.active.flatMap((list, row) =>
    list.map((_, input) => ({ row, input, score: Math.abs(scores[row][input]) }))
  );
}

function active(layer: DenseLayer): Entry[] {
  return positions(layer, layer.values).filter(({ row, input }) => layer.active[row][input]);
}

function targets(layer: DenseLayer, live: readonly boolean[]): number[] {
  const inputs = layer.active[0].length;
  const k = Math.min(inputs, Math.floor(layer.budget / live.filter((alive) => alive).length));
  return live.map((alive) => alive ? k : 0);
}

function keep(layer: DenseLayer, count: number, target: readonly number[]): boolean[][] {
  const largest = top(active(layer).filter(({ row }) => target[row] > 0), count);
  const kept = layer.active.map((row) => row.map(() => false));
  target.forEach((most, row) => {
    for (const e of top(largest.filter((e) => e.row === row), most)) kept[row][e.input] = true;
  });
  return kept;
}

function refill(
  layer: DenseLayer,
  kept: readonly (readonly boolean[])[],
  target: readonly number[],
  grow: { seed: number; step: number; stream: number } | "resume" | "restart",
): DenseResult {
  const next = kept.map((row) => [...row]);
  kept.forEach((row, r) => {
    const free = row.flatMap((isKept, input) => isKept ? [] : [input]);
    const missing = target[r] - (row.length - free.length);
    if (typeof grow === "object") {
      const random = new Random({ ...grow, use: "growth", element: r });
      for (const rank of drawDistinct(random, free.length, missing)) next[r][free[rank]] = true;
    } else {
      const scored = positions(layer, layer.gradient).filter((e) => e.row === r && !row[e.input]);
      for (const { input } of top(scored, missing)) next[r][input] = true;
    }
  });
  const stays = (row: number, input: number): boolean =>
    kept[row][input] || (grow === "resume" && next[row][input] && layer.active[row][input]);
  const move = (matrix: readonly (readonly number[])[]): number[][] =>
    matrix.map((list, row) => list.map((value, input) => stays(row, input) ? value : 0));
  const count = (matrix: readonly (readonly boolean[])[]): number =>
    matrix.flat().filter((is) => is).length;
  return {
    active: next,
    values: move(layer.values),
    moments: layer.moments.map(move),
    dropped: count(layer.active) - count(kept),
    grown: count(next) - count(kept),
  };
}
