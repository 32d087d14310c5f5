/**
 * DynSparse against its oracle, its schedule, and what random allocation explores.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { dynsparse } from "../src/methods/dynsparse.ts";
import { set } from "../src/methods/set.ts";
import { NORM } from "../src/ops/kernels/constants.ts";
import { randomPattern } from "../src/sparse/draw.ts";
import { areaOf } from "../src/sparse/geometry.ts";
import { countUnits, type Pattern } from "../src/sparse/pattern.ts";
import { block, fanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { KINDS } from "./any_pattern.ts";
import { RUNS } from "./arbitraries.ts";
import * as oracle from "./oracle/rewire.ts";
import {
  anySettings,
  context,
  drawAny,
  drawKey,
  requireEqual,
  requireInvariants,
  rewirer,
} from "./rewire_settings.ts";

const NORMS = { l1: NORM.l1, l2: NORM.l2, linf: NORM.max } as const;

for (const kind of KINDS) {
  for (const growth of ["random", "gradient"] as const) {
    Deno.test(`dynsparse() rewires ${kind} patterns by ${growth} as the oracle does, bit for bit`, async () => {
      await fc.assert(
        fc.asyncProperty(
          anySettings(kind),
          fc.constantFrom("l1", "l2", "linf"),
          async (setting, norm) => {
            const { dense, state } = drawAny(setting);
            const method = dynsparse({ norm, growth });
            const result = await method.rewire(state, { ...context, fraction: setting.fraction });
            requireInvariants(state, result);
            const grow = growth === "random" ? drawKey : "restart";
            // Gradients have the pattern's norm, which chooses among candidates only.
            const scored = growth === "random" || dense.norm === NORMS[norm]
              ? { ...dense, norm: NORMS[norm] }
              : undefined;
            if (scored !== undefined) {
              requireEqual(
                result,
                oracle.exchange(scored, setting.fraction, grow, { elsewhere: true }),
              );
            }
            assert.equal(result.grown, result.dropped);
          },
        ),
        { numRuns: RUNS },
      );
    });
  }
}

/** Positions of the units of a pattern. */
function unitsOf(
  { span, index, entries }: Pick<Pattern, "span" | "index" | "entries">,
): Set<number> {
  const found = new Set<number>();
  for (let list = 0; 2 * list < span.length; list++) {
    for (let slot = span[2 * list]; slot < span[2 * list + 1]; slot++) {
      found.add(list * entries + index[slot]);
    }
  }
  return found;
}

Deno.test("dynsparse() allocates where nothing was, whatever the density", async () => {
  const specs: SparseSpec[] = [
    ...[0.1, 0.5, 0.9, 1].map((density) => block(4, { density })),
    ...[0.1, 0.9, 1].map((density) => fanIn({ density })),
    nm(3, 4),
    nm(1, 4),
  ];
  for (const spec of specs) {
    const pattern = await randomPattern(spec, 40, 48, 5, 0);
    const values = Float32Array.from(
      { length: pattern.capacity * areaOf(pattern.unit) },
      (_, i) => Math.sin(i + 1),
    );
    const layer = { name: "layer", pattern, values, moments: [], mayAblate: false };
    const result = await dynsparse().rewire(layer, { ...context, fraction: 0.75 });
    const [before, after] = [pattern, result.pattern].map(unitsOf);
    const room = pattern.lists * pattern.entries - before.size;
    const wanted = Math.floor(0.75 * before.size);
    const what = JSON.stringify(spec);
    // Lists and segments have less room than all of the matrix: there it may be fewer.
    if (spec.kind === "block") assert.equal(result.grown, Math.min(wanted, room), what);
    assert.ok(result.grown <= Math.min(wanted, room), what);
    assert.equal(after.difference(before).size, result.grown, `${what}: all of it is new`);
    assert.equal(countUnits(result.pattern), before.size, what);
  }
});

Deno.test("rewireSchedule() with updates rewires between the parts of a run", () => {
  for (const [updates, steps] of [[1, 10], [4, 10], [10, 10], [80, 8000], [160, 8001], [7, 1000]]) {
    const { every, fraction } = dynsparse({ updates });
    assert.equal(every, 1);
    const at = Array.from({ length: steps - 1 }, (_, i) => i + 1)
      .filter((step) => fraction(step, steps) > 0);
    assert.equal(at.length, updates - 1, `${updates} of ${steps}`);
    const lengths = [0, ...at, steps].flatMap((step, i, all) => i === 0 ? [] : [step - all[i - 1]]);
    assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1, `${lengths}`);
    for (const step of at) {
      const share = 0.25 * (1 + Math.cos(Math.PI * step / steps));
      assert.ok(Math.abs(fraction(step, steps) - share) < 1e-12);
    }
  }
  assert.throws(() => set({ updates: 3, every: 2 }), /every is 2; expected none beside updates/);
  assert.throws(() => set({ updates: 0.5 }), /updates is 0.5; expected at least 1/);
});

Deno.test("dynsparse() explores as C += (1 - C) d p / (1 - d) says", async () => {
  const [density, fraction, updates] = [0.1, 0.5, 12];
  for (const spec of [block(1, { density }), block(4, { density })]) {
    const side = spec.block;
    let pattern = await randomPattern(spec, 100 * side, 100 * side, 9, 0);
    using explored = rewirer.explore(pattern);
    explored.add(pattern);
    const positions = pattern.lists * pattern.entries;
    let expected = density;
    for (let update = 1; update <= updates; update++) {
      const share = 0.5 * fraction * (1 + Math.cos(Math.PI * update / (updates + 1)));
      const values = new Float32Array(pattern.capacity * areaOf(pattern.unit)).map((_, i) =>
        Math.sin(update + i)
      );
      const layer = { name: "layer", pattern, values, moments: [], mayAblate: false };
      const at = { ...context, step: update, fraction: share };
      const result = await dynsparse().rewire(layer, at);
      pattern = result.pattern;
      explored.add(pattern);
      expected += (1 - expected) * result.grown / (positions - countUnits(pattern));
    }
    // Draws without replacement spread less than as many tosses: five deviations of those, below 0.5 / 100 each.
    const far = Math.abs(explored.fraction - expected);
    assert.ok(far < 5 * 0.5 / Math.sqrt(positions), `${explored.fraction}, ${expected}`);
    assert.ok(explored.fraction > 0.35, `${explored.fraction}`);
  }
});
