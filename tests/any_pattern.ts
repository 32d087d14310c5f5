/**
 * Patterns of the whole family for property tests: any specification, any shape, empty lists and edges included.
 *
 * @module
 */
import { mayEmpty, partsOf, refillsAnywhere, shareOf } from "../src/sparse/cells.ts";
import { fanInOf, geometryOf } from "../src/sparse/geometry.ts";
import { type Pattern, patternOf } from "../src/sparse/pattern.ts";
import { mayRepeat, patternName } from "../src/sparse/lookup.ts";
import {
  block,
  type BlockSize,
  fanIn,
  groupFanIn,
  type GroupSize,
  nm,
} from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import type { Source } from "./arbitraries.ts";

/** A constraint on a matrix. */
export interface SpecShape {
  /** The constraint. */
  readonly spec: SparseSpec;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly inputs: number;
}

/** Every kind of specification. */
export const KINDS = ["fanIn", "groupFanIn", "block", "nm"] as const;

/** A kind of specification. */
export type Kind = typeof KINDS[number];

/** Draws a specification that is drawn with replacement, and a shape that it fits, of at most `most` rows and inputs. */
export function drawRepeating(source: Source, most = 40): SpecShape {
  const rows = 1 + source.below(most), inputs = 1 + source.below(most);
  const size = 1 + source.below(inputs);
  const group = ([4, 8, 16, 32] as const)[source.below(4)];
  const spec = source.below(2) === 0
    ? fanIn(size, { replacement: true })
    : groupFanIn(size, group, { replacement: true, score: "max" });
  return { spec, rows, inputs };
}

/** Draws a specification and a shape that it fits, of at most about `most` rows and inputs. */
export function drawSpec(source: Source, kind: Kind, most = 40): SpecShape {
  const rows = 1 + source.below(most), inputs = 1 + source.below(most);
  const pick = <T>(...options: T[]): T => options[source.below(options.length)];
  switch (kind) {
    case "fanIn":
      return { spec: fanIn(1 + source.below(inputs)), rows, inputs };
    case "groupFanIn": {
      const group = pick<GroupSize>(4, 8, 16, 32);
      const options = { score: pick("mean" as const, "max" as const) };
      return { spec: groupFanIn(1 + source.below(inputs), group, options), rows, inputs };
    }
    case "block": {
      const size = pick<BlockSize>(1, 4, 8, 16, 32);
      const blocks = Math.ceil(rows / size) * Math.ceil(inputs / size);
      const density = (1 + source.below(blocks)) / blocks;
      const score = pick("l1" as const, "l2" as const, "linf" as const);
      return { spec: block(size, { density, score }), rows, inputs };
    }
    case "nm": {
      const m = 1 + source.below(pick(4, 9, 256));
      return { spec: nm(1 + source.below(m), m), rows, inputs };
    }
  }
}

/** Draws a pattern that obeys a specification; lists may be empty where it allows them. */
export function drawPattern(source: Source, { spec, rows, inputs }: SpecShape): Pattern {
  const geometry = geometryOf(spec, rows, inputs);
  const { lists, entries, budget } = geometry;
  const options = { spec, rows, inputs };
  if (!mayEmpty(geometry)) {
    const { perList, segment: m } = partsOf(geometry);
    const { each, last } = shareOf(geometry, lists);
    const row = (): number[] =>
      Array.from({ length: perList }, (_, segment) => {
        const count = segment === perList - 1 ? last : each;
        const among = Math.min(m, entries - segment * m);
        const places = mayRepeat(spec)
          ? source.repeated(count, among)
          : source.distinct(count, among);
        return places.map((place) => segment * m + place);
      }).flat();
    return patternOf(Array.from({ length: lists }, row), options);
  }
  if (refillsAnywhere(geometry)) {
    const drawn: number[][] = Array.from({ length: lists }, () => []);
    for (
      const at of source.distinct(budget - source.below(2) * source.below(budget), lists * entries)
    ) {
      drawn[Math.floor(at / entries)].push(at % entries);
    }
    return patternOf(drawn, options);
  }
  const live = new Set(source.distinct(1 + source.below(lists), lists));
  const k = fanInOf(budget, live.size, entries);
  const list = (_: unknown, i: number): number[] => live.has(i) ? source.distinct(k, entries) : [];
  return patternOf(Array.from({ length: lists }, list), options);
}

/** For failure messages. */
export function describe({ spec, rows, inputs }: SpecShape): string {
  return `${patternName(spec)} ${JSON.stringify(spec)} of [${rows}, ${inputs}]`;
}
