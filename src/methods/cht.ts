/**
 * CHT, Cannistraci-Hebb training (Zhang, Zhao, Wu, Muscoloni and Cannistraci, "Epitopological learning and Cannistraci-Hebb
 * network shape intelligence brain-inspired theory for ultra-sparse advantage in deep learning", ICLR 2024): drop the smallest
 * weights of a layer, grow where the topology that is left predicts a connection. No gradient is asked for and no batch spent.
 *
 * A layer is a bipartite graph of its rows and its inputs. Between a row r and an input i that are not connected lie the paths
 * of length three r - j - s - i, over another input j of r and another row s of i; the nodes on them are the local community of
 * the pair. Those with few links that lead out of it speak for the pair:
 *
 * ```text
 * CH3-L3(r, i) = sum over paths of 1 / sqrt((1 + e_j) (1 + e_s))
 * CH2-L3(r, i) = sum over paths of sqrt((1 + c_j) (1 + c_s) / ((1 + e_j) (1 + e_s)))
 * RA-L3(r, i)  = sum over paths of 1 / sqrt(d_j d_s)
 * ```
 *
 * with the degree d of a node, its links c inside the community, and those e = d - c - 1 that lead neither there nor to r or i
 * (Muscoloni, Michieli, Zhang and Cannistraci, "Adaptive network automata modelling of complex networks", 2022; the authors'
 * `CH_scores_new_v2.cpp`). In a bipartite graph c_s counts inputs that s shares with r, whatever i is, and c_j rows that j shares
 * with i, whatever r is: a row's scores are one walk over its paths, and no more than a row of them exists at a time.
 *
 * Lists and entries of units take the place of rows and inputs where a pattern has larger units. Growth refills cells, as in the
 * other methods: each list of a constant fan-in, each segment of N:M, and all of the layer under blocks, single connections among
 * them, as published. Ties go to the lower row, then input; where fewer units have a path than are to grow, the rest is drawn at
 * random. Other than in the authors' code, grown connections start at 0 and with moments 0 (there `--update_mode zero` is an
 * option beside values drawn anew), rows and inputs that lost all their links stay (there `--chain_removal` may take out their
 * links in the neighbouring layers), there is no early stop of the evolution, and first patterns are random.
 *
 * @module
 */
import { define } from "../definitions/definition.ts";
import { drawDistinct, Random, type RandomKey } from "../device/random.ts";
import { partsOf, refillsAnywhere } from "../sparse/cells.ts";
import type { Pattern } from "../sparse/pattern.ts";
import { type ChosenUnits, turned, type UnitTopology } from "../sparse/topology.ts";
import type { MethodDefinition } from "./definition.ts";
import { exchange } from "./exchange.ts";
import type { Method } from "./method.ts";
import { rewireSchedule, SCHEDULE_OPTIONS, scheduled, type ScheduleOptions } from "./schedule.ts";

/** What a path of length three counts. */
export type PathScore = "CH3" | "CH2" | "RA";

/** Options of {@linkcode cht}. */
export interface ChtOptions extends ScheduleOptions {
  /** What a path of length three counts. Default "CH3". */
  readonly pathScore?: PathScore;
}

/**
 * Drop by magnitude, grow by paths of length three.
 *
 * @example
 * ```ts
 * import { cht } from "@filigree/filigree";
 *
 * // The original's schedule: the same share to the end.
 * const method = cht({ every: 500, fraction: 0.3, until: 1, decay: "constant" });
 * console.assert(method.growth === "none");
 * ```
 * @throws {RangeError} if an option is out of its range.
 */
export function cht(options: ChtOptions = {}): Method {
  const { pathScore = "CH3" } = options;
  return {
    name: "cht",
    settings: { pathScore },
    growth: "none",
    ...rewireSchedule(options),
    candidates: () => 0,
    // Async so that an error of a selection becomes a rejection like that of any other method.
    // deno-lint-ignore require-await
    async rewire(layer, { rewirer, seed, step, layer: stream, fraction }) {
      using work = rewirer.open(layer);
      const { kept, missing } = exchange(work, fraction);
      const key = { seed, use: "growth", stream, step } as const;
      const chosen = predicted(layer.pattern, work.topology(kept), missing, pathScore, key);
      return work.finish(kept, work.growth(chosen));
    },
  };
}

/** CHT by name. */
export const definition: MethodDefinition = define({
  name: "cht",
  description: "Drop the smallest weights, grow by paths of length three in the topology (CH3-L3)",
  rank: 4,
  options: {
    ...SCHEDULE_OPTIONS,
    pathScore: {
      type: "choice",
      choices: ["CH3", "CH2", "RA"],
      description: "What a path of length three counts; CH3 by default",
      flag: "--path-score",
    },
  },
  make: (values) => cht(scheduled(values)),
});

/** The `missing[cell]` units of each cell with the highest scores, in a topology that lacks them. */
export function predicted(
  pattern: Pattern,
  topology: UnitTopology,
  missing: Uint32Array,
  score: PathScore,
  key: RandomKey,
): ChosenUnits {
  const { lists, entries } = pattern;
  const parts = partsOf(pattern);
  const chosen: number[][] = Array.from({ length: parts.count }, () => []);
  const place = (at: number): void => {
    const list = Math.floor(at / entries);
    chosen[list * parts.perList + Math.floor(at % entries / parts.segment)].push(at % entries);
  };
  const take = (best: Best, first: number, end: number, count: number, element: number): void => {
    const taken = new Set(best.positions);
    taken.forEach(place);
    if (taken.size === count) return;
    const random = new Random({ ...key, element });
    drawFree(topology, entries, { first, end }, taken, count - taken.size, random).forEach(place);
  };
  const everywhere = refillsAnywhere(pattern) ? new Best(missing[0]) : undefined;
  eachRow(topology, entries, score, (list, row) => {
    if (everywhere !== undefined) return everywhere.offer(row, list * entries, 0, entries);
    for (let at = 0; at < parts.perList; at++) {
      const part = list * parts.perList + at;
      if (missing[part] === 0) continue;
      const [first, end] = [at * parts.segment, Math.min((at + 1) * parts.segment, entries)];
      const best = new Best(missing[part]);
      best.offer(row, list * entries, first, end);
      take(best, list * entries + first, list * entries + end, missing[part], part);
    }
  });
  if (everywhere !== undefined) take(everywhere, 0, lists * entries, missing[0], 0);
  return unitsOf(chosen);
}

/** Called with a list and its scores with all entries: 0 where they are linked or have no path. The array is used again. */
export type RowVisitor = (list: number, scores: Float64Array) => void;

/** Calls `visit` with the scores of each list of a topology, in order. */
export function eachRow(
  topology: UnitTopology,
  entries: number,
  score: PathScore,
  visit: RowVisitor,
): void {
  const lists = topology.begin.length - 1;
  const graph = {
    ...{ lists: topology, entries: turned(topology, entries), score },
    ...{ shared: new Uint32Array(entries), factorTo: new Float64Array(entries) },
  };
  const size = Math.max(1, Math.floor(BLOCK / Math.max(lists, entries)));
  const rows = Array.from({ length: Math.min(size, lists) }, () => new Float64Array(entries));
  const factors = rows.map(() => new Float64Array(lists));
  for (let first = 0; first < lists; first += size) {
    const end = Math.min(first + size, lists);
    for (let list = first; list < end; list++) {
      rows[list - first].fill(0);
      weigh(graph, list, factors[list - first]);
    }
    for (let over = 0; over < entries; over++) addPaths(graph, over, first, end, rows, factors);
    for (let list = first; list < end; list++) {
      const row = rows[list - first];
      for (let i = topology.begin[list]; i < topology.begin[list + 1]; i++) {
        row[topology.entry[i]] = 0;
      }
      visit(list, row);
    }
  }
}

/** Scores that exist at a time, 8 MiB of them; as many lists as that are walked together. */
const BLOCK = 2 ** 20;

/** A topology from both sides. */
interface Graph {
  readonly lists: UnitTopology;
  readonly entries: UnitTopology;
  readonly score: PathScore;
  /** Of each entry, 0 between two uses. */
  readonly shared: Uint32Array;
  /** Of each entry that was reached last. */
  readonly factorTo: Float64Array;
}

/** The factor of every list on a path from `list`: those entries of it are inside that `list` has too. */
function weigh({ lists, entries, score }: Graph, list: number, factor: Float64Array): void {
  factor.fill(0);
  for (let i = lists.begin[list]; i < lists.begin[list + 1]; i++) {
    const over = lists.entry[i];
    for (let k = entries.begin[over]; k < entries.begin[over + 1]; k++) factor[entries.entry[k]]++;
  }
  for (let other = 0; other < factor.length; other++) {
    const degree = lists.begin[other + 1] - lists.begin[other];
    if (factor[other] > 0) factor[other] = factorOf(score, degree, factor[other]);
  }
}

/** Adds all paths over one entry that begin at the lists from `first` to before `end`. */
function addPaths(
  graph: Graph,
  over: number,
  first: number,
  end: number,
  rows: readonly Float64Array[],
  factors: readonly Float64Array[],
): void {
  const { lists, entries, factorTo } = graph;
  const others = entries.entry.subarray(entries.begin[over], entries.begin[over + 1]);
  if (!others.some((list) => list >= first && list < end)) return;
  weighOver(graph, others);
  for (const list of others) {
    if (list < first || list >= end) continue;
    addRow(lists, others, list, factors[list - first], factorTo, rows[list - first]);
  }
}

/** Adds the paths that go from a list over one entry to `others` and on. Loops by number: this is where the time goes. */
function addRow(
  { begin, entry }: UnitTopology,
  others: Uint32Array,
  list: number,
  factors: Float64Array,
  factorTo: Float64Array,
  row: Float64Array,
): void {
  for (let k = 0; k < others.length; k++) {
    const other = others[k];
    if (other === list) continue;
    const factor = factors[other];
    for (let i = begin[other], end = begin[other + 1]; i < end; i++) {
      const to = entry[i];
      row[to] += factor * factorTo[to];
    }
  }
}

/**
 * Writes the factor that an entry with the lists `others` has on paths to each entry that these reach: those lists are inside that
 * the other entry has too.
 */
function weighOver(
  { lists: { begin, entry }, score, shared, factorTo }: Graph,
  others: Uint32Array,
): void {
  for (let k = 0; k < others.length; k++) {
    for (let i = begin[others[k]], end = begin[others[k] + 1]; i < end; i++) shared[entry[i]]++;
  }
  const factors = new Float64Array(others.length + 1);
  for (let inside = 0; inside < factors.length; inside++) {
    factors[inside] = factorOf(score, others.length, inside);
  }
  for (let k = 0; k < others.length; k++) {
    for (let i = begin[others[k]], end = begin[others[k] + 1]; i < end; i++) {
      const to = entry[i];
      if (shared[to] === 0) continue;
      factorTo[to] = factors[shared[to]];
      shared[to] = 0;
    }
  }
}

/** What a node adds to a path: of its `degree` links `inside` lead into the community, and one to the end of the path. */
function factorOf(score: PathScore, degree: number, inside: number): number {
  // With nothing outside, not even the end of the path, a node lies on no path between what is not linked.
  const outside = Math.max(1, degree - inside);
  switch (score) {
    case "CH3":
      return 1 / Math.sqrt(outside);
    case "CH2":
      return Math.sqrt((1 + inside) / outside);
    case "RA":
      return 1 / Math.sqrt(degree);
  }
}

/** Positions in a row. */
interface Range {
  /** The first one. */
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
}

/** The highest scores above 0 of all that is offered, ties to what was offered first. */
class Best {
  readonly #count: number;
  /** A heap whose top is the worst that is still among the best. */
  readonly #scores: number[] = [];
  readonly positions: number[] = [];

  /** Room for `count`. */
  constructor(count: number) {
    this.#count = count;
  }

  /** Offers the elements from `first` to before `end` of a row, whose positions begin at `base`. */
  offer(row: Float64Array, base: number, first: number, end: number): void {
    for (let i = first; i < end; i++) {
      const score = row[i];
      if (score === 0) continue;
      if (this.#scores.length < this.#count) this.#add(score, base + i);
      else if (this.#count > 0 && score > this.#scores[0]) this.#replace(score, base + i);
    }
  }

  #add(score: number, position: number): void {
    let at = this.#scores.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isWorse(score, position, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#set(at, score, position);
  }

  #replace(score: number, position: number): void {
    const { length } = this.#scores;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && this.#isWorse(this.#scores[right], this.positions[right], child)) {
        child = right;
      }
      if (this.#isWorse(score, position, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#set(at, score, position);
  }

  #isWorse(score: number, position: number, than: number): boolean {
    const other = this.#scores[than];
    return score < other || (score === other && position > this.positions[than]);
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#scores[from], this.positions[from]);
  }

  #set(at: number, score: number, position: number): void {
    this.#scores[at] = score;
    this.positions[at] = position;
  }
}

/** Draws `count` of the positions from `first` to before `end` that are neither linked nor taken, all equally likely. */
function drawFree(
  { begin, entry }: UnitTopology,
  entries: number,
  { first, end }: Range,
  taken: ReadonlySet<number>,
  count: number,
  random: Random,
): number[] {
  const linked: number[] = [];
  for (let list = Math.floor(first / entries); list * entries < end; list++) {
    for (let i = begin[list]; i < begin[list + 1]; i++) {
      const position = list * entries + entry[i];
      if (position >= first && position < end) linked.push(position);
    }
  }
  const used = Float64Array.of(...linked, ...taken).sort();
  let skipped = 0;
  return Array.from(drawDistinct(random, end - first - used.length, count), (rank) => {
    // The rank-th position that is free: behind all used ones before it.
    while (skipped < used.length && used[skipped] <= first + rank + skipped) skipped++;
    return first + rank + skipped;
  });
}

function unitsOf(parts: readonly number[][]): ChosenUnits {
  const span = new Uint32Array(2 * parts.length);
  const input = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const [part, entries] of parts.entries()) {
    span[2 * part] = at;
    input.set(entries.sort((a, b) => a - b), at);
    at += entries.length;
    span[2 * part + 1] = at;
  }
  return { span, input };
}
