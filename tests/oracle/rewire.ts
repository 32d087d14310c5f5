/**
 * Rewiring by the obvious loops over dense matrices in float64: what every method must do under every constraint, given
 * the whole gradient.
 *
 * @module
 */
import { drawDistinct, Random } from "../../src/device/random.ts";
import { NORM } from "../../src/ops/kernels/constants.ts";

/** A matrix of numbers, `[rows][inputs]`. */
export type Matrix = readonly (readonly number[])[];

/** What may change places with what. */
export type Constraint =
  /** Lists of equal length: each is refilled. */
  | { readonly kind: "lists" }
  /** `n` of every `m` entries, `last` of the last segment: each segment is refilled. */
  | { readonly kind: "segments"; readonly n: number; readonly m: number; readonly last: number }
  /** Any position is as good as another. */
  | { readonly kind: "anywhere" };

/** A layer as dense matrices; 0 where there is no connection. */
export interface DenseLayer {
  /** Rows and inputs of a unit. */
  readonly unit: { readonly height: number; readonly width: number };
  /** What makes a unit's score, of {@linkcode NORM}. */
  readonly norm: number;
  /** Where units may be. */
  readonly constraint: Constraint;
  /** Where units are, `[lists][entries]`. */
  readonly active: readonly (readonly boolean[])[];
  /** Weights, `[rows][inputs]`. */
  readonly values: Matrix;
  /** State that travels with a connection. */
  readonly moments: readonly Matrix[];
  /** Gradients of all positions. */
  readonly gradient: Matrix;
  /** Most units. */
  readonly budget: number;
}

/** A layer after a rewiring. */
export interface DenseResult {
  /** Where units are. */
  readonly active: boolean[][];
  /** Weights. */
  readonly values: number[][];
  /** State. */
  readonly moments: number[][][];
  /** Units that did not survive. */
  readonly dropped: number;
  /** Units added. */
  readonly grown: number;
}

/** How growth is chosen: at random, or by gradient. */
export type Grow = { seed: number; step: number; stream: number } | "resume" | "restart";

/** What of grown units begins as it was where the units were that they take the place of; nothing if absent. */
export interface Inherit {
  /** Their values. */
  readonly values?: boolean;
  /** Their moments. */
  readonly moments?: boolean;
}

/** A unit's position and what it is chosen by. */
interface Entry {
  readonly list: number;
  readonly entry: number;
  readonly score: number;
}

/** Drop by magnitude; grow at random, or by gradient; elsewhere than where it dropped, where that is said. */
export function exchange(
  layer: DenseLayer,
  fraction: number,
  grow: Grow,
  { elsewhere = false, inherit = {} }: { elsewhere?: boolean; inherit?: Inherit } = {},
): DenseResult {
  const units = active(layer).length;
  const quota = quotas(layer, layer.active.map((list) => list.includes(true)));
  const kept = keep(layer, units - Math.floor(units * fraction), quota);
  if (!elsewhere) return refill(layer, kept, quota, grow, { inherit });
  const all = positions(layer, layer.values);
  quota.forEach((most, cell) => {
    const inside = all.filter((e) => cellOf(layer, e.list, e.entry) === cell);
    const own = inside.filter((e) => layer.active[e.list][e.entry]);
    // The largest of what there is no room for elsewhere; a no-op where they survive anyway.
    const stay = top(own, Math.max(0, most - (inside.length - own.length)));
    for (const { list, entry } of stay) kept[list][entry] = true;
  });
  return refill(layer, kept, quota, grow, {
    inherit,
    mayGrow: (e) => !layer.active[e.list][e.entry],
  });
}

/** Drop what is below a threshold, by the mean or the largest of a unit; grow at random. */
export function below(
  given: DenseLayer,
  threshold: number,
  grow: Grow,
  inherit: Inherit,
): DenseResult {
  const layer = { ...given, norm: given.norm === NORM.max ? NORM.max : NORM.mean };
  const quota = quotas(layer, layer.active.map((list) => list.includes(true)));
  const kept = layer.active.map((list) => list.map(() => false));
  for (const { list, entry, score } of active(layer)) {
    kept[list][entry] = !(score < Math.fround(threshold));
  }
  return refill(layer, kept, quota, grow, { inherit });
}

/** SRigL, for a layer that may be ablated if `ablation`. */
export function srigl(
  layer: DenseLayer,
  fraction: number,
  options: {
    ablation: boolean;
    gammaSal: number;
    salience: "paper" | "code" | "sparsimony";
    inherit?: Inherit;
  },
): DenseResult {
  const { ablation, gammaSal, salience, inherit = {} } = options;
  const weights = active(layer);
  const lists = layer.active.length, entries = layer.active[0].length;
  let survivors = weights.length - Math.floor(weights.length * fraction);
  survivors = Math.min(survivors, weights.filter((w) => w.score !== 0).length);
  const replaced = weights.length - survivors;
  let live = layer.active.map(() => true);
  if (ablation && layer.constraint.kind === "lists") {
    const salient = new Set<number>();
    const mark = ({ list, entry }: Entry) => salient.add(list * entries + entry);
    top(weights, salience === "paper" ? replaced : survivors).forEach(mark);
    top(positions(layer, layer.gradient), salience === "sparsimony" ? survivors : replaced)
      .forEach(mark);
    const counts = layer.active.map((_, list) =>
      [...salient].filter((position) => Math.floor(position / entries) === list).length
    );
    const least = Math.floor(layer.budget / entries);
    const guard = counts.toSorted((a, b) => b - a)[least] ?? 0;
    const k0 = Math.floor(layer.budget / lists);
    live = counts.map((count) => {
      if (count >= guard) return true;
      if (salience === "sparsimony") {
        return count / Math.max(1, Math.floor(weights.length / lists)) >= gammaSal;
      }
      return count >= (gammaSal >= 1 ? gammaSal : Math.max(1, Math.floor(gammaSal * k0)));
    });
  }
  const quota = quotas(layer, live);
  return refill(layer, keep(layer, survivors, quota), quota, "restart", { inherit });
}

/** The `count` candidates of largest gradient of each list or segment, as the kernel `growth_candidates` gives. */
export function candidates(
  layer: DenseLayer,
  count: number,
): { count: number; input: Uint32Array; score: Float32Array } {
  const input: number[] = [], score: number[] = [];
  const { constraint, active } = layer;
  const segment = constraint.kind === "segments" ? constraint.m : active[0].length;
  const free = positions(layer, layer.gradient).filter((e) => !active[e.list][e.entry]);
  for (let list = 0; list < active.length; list++) {
    for (let first = 0; first < active[0].length; first += segment) {
      const best = top(
        free.filter((e) => e.list === list && e.entry >= first && e.entry < first + segment),
        count,
      ).sort((a, b) => a.entry - b.entry);
      for (let i = 0; i < count; i++) {
        input.push(best[i]?.entry ?? 0xffffffff);
        score.push(best[i]?.score ?? 0);
      }
    }
  }
  return { count, input: Uint32Array.from(input), score: Float32Array.from(score) };
}

/** The first `count` of a sort by score, ties to the lower list, then entry. */
export function top(entries: readonly Entry[], count: number): Entry[] {
  return entries.toSorted((a, b) => b.score - a.score || a.list - b.list || a.entry - b.entry)
    .slice(0, count);
}

function positions(layer: DenseLayer, matrix: Matrix): Entry[] {
  return layer.active.flatMap((entries, list) =>
    entries.map((_, entry) => ({ list, entry, score: score(layer, matrix, list, entry) }))
  );
}

/** The norm of a unit in float32, of sums in float64 over its connections, input by input. */
function score({ unit, norm }: DenseLayer, matrix: Matrix, list: number, entry: number): number {
  const magnitudes: number[] = [];
  for (let c = entry * unit.width; c < (entry + 1) * unit.width; c++) {
    for (let r = list * unit.height; r < (list + 1) * unit.height; r++) {
      if (r < matrix.length && c < matrix[r].length) magnitudes.push(Math.abs(matrix[r][c]));
    }
  }
  const sum = magnitudes.reduce((sum, x) => sum + x, 0);
  switch (norm) {
    case NORM.max:
      return Math.max(...magnitudes);
    case NORM.mean:
      return Math.fround(sum / magnitudes.length);
    case NORM.l2:
      return Math.fround(Math.sqrt(magnitudes.reduce((sum, x) => sum + x * x, 0)));
    default:
      return Math.fround(sum);
  }
}

function active(layer: DenseLayer): Entry[] {
  return positions(layer, layer.values).filter(({ list, entry }) => layer.active[list][entry]);
}

/** The cell that a position belongs to. */
function cellOf({ constraint, active }: DenseLayer, list: number, entry: number): number {
  switch (constraint.kind) {
    case "anywhere":
      return 0;
    case "lists":
      return list;
    case "segments":
      return list * Math.ceil(active[0].length / constraint.m) + Math.floor(entry / constraint.m);
  }
}

/** Units that each cell shall have. */
function quotas(layer: DenseLayer, live: readonly boolean[]): number[] {
  const { constraint, budget } = layer;
  const entries = layer.active[0].length;
  switch (constraint.kind) {
    case "anywhere":
      return [active(layer).length];
    case "lists": {
      const k = Math.min(entries, Math.floor(budget / live.filter((alive) => alive).length));
      return live.map((alive) => alive ? k : 0);
    }
    case "segments": {
      const segments = Math.ceil(entries / constraint.m);
      return layer.active.flatMap(() =>
        Array.from(
          { length: segments },
          (_, w) => w < segments - 1 ? constraint.n : constraint.last,
        )
      );
    }
  }
}

function keep(layer: DenseLayer, count: number, quota: readonly number[]): boolean[][] {
  const cell = (e: Entry): number => cellOf(layer, e.list, e.entry);
  const largest = top(active(layer).filter((e) => quota[cell(e)] > 0), count);
  const kept = layer.active.map((list) => list.map(() => false));
  quota.forEach((most, c) => {
    for (const e of top(largest.filter((e) => cell(e) === c), most)) kept[e.list][e.entry] = true;
  });
  return kept;
}

function refill(
  layer: DenseLayer,
  kept: readonly (readonly boolean[])[],
  quota: readonly number[],
  grow: Grow,
  { inherit = {}, mayGrow = () => true }: {
    inherit?: Inherit;
    mayGrow?: (entry: Entry) => boolean;
  },
): DenseResult {
  const next = kept.map((list) => [...list]);
  const scored = positions(layer, layer.gradient);
  quota.forEach((wanted, cell) => {
    const inside = scored.filter((e) => cellOf(layer, e.list, e.entry) === cell);
    const missing = wanted - inside.filter((e) => kept[e.list][e.entry]).length;
    const free = inside.filter((e) => !kept[e.list][e.entry] && mayGrow(e));
    const random = typeof grow === "object" &&
      new Random({ ...grow, use: "growth", element: cell });
    const chosen = random
      ? Array.from(drawDistinct(random, free.length, missing), (rank) => free[rank])
      : top(free, missing);
    for (const e of chosen) next[e.list][e.entry] = true;
  });
  const { height, width } = layer.unit;
  const stays = (list: number, entry: number): boolean =>
    kept[list][entry] || (grow === "resume" && next[list][entry] && layer.active[list][entry]);
  // Where the unit of each place was.
  const before = next.map((list) => list.map((): Entry | undefined => undefined));
  const places = positions(layer, layer.values);
  for (const e of places.filter((e) => stays(e.list, e.entry))) before[e.list][e.entry] = e;
  for (let cell = 0; cell < quota.length; cell++) {
    const lost = places.filter((e) =>
      cellOf(layer, e.list, e.entry) === cell && !stays(e.list, e.entry)
    );
    const went = lost.filter((e) => layer.active[e.list][e.entry]);
    const came = lost.filter((e) => next[e.list][e.entry]);
    came.slice(0, went.length).forEach((e, i) => before[e.list][e.entry] = went[i]);
  }
  const move = (matrix: Matrix, inherits = false): number[][] =>
    matrix.map((values, row) =>
      values.map((_, input) => {
        const [list, entry] = [Math.floor(row / height), Math.floor(input / width)];
        const from = before[list][entry];
        if (from === undefined || !(inherits || stays(list, entry))) return 0;
        const unit = matrix[from.list * height + row % height];
        return unit?.[from.entry * width + input % width] ?? 0;
      })
    );
  const count = (matrix: readonly (readonly boolean[])[]): number =>
    matrix.flat().filter((is) => is).length;
  return {
    active: next,
    values: move(layer.values, inherit.values),
    moments: layer.moments.map((moment) => move(moment, inherit.moments)),
    dropped: count(layer.active) - count(kept),
    grown: count(next) - count(kept),
  };
}
