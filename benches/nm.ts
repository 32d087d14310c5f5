/**
 * `nm/...`: what N:M costs and saves, in one run: the step of each recipe that trains a dense weight under a mask over our own
 * dense step (`nm/masked`), and our own dense step, or its forward product, over that of weights that are stored N:M from
 * the first step on (`nm/compressed`, `nm/forward`).
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { referenceOf, requireAgreement } from "../src/crossover/gate.ts";
import { LayerUnderTest, operandsOf } from "../src/crossover/layer.ts";
import { type Repeat, runsFor } from "../src/crossover/timing.ts";
import { asp } from "../src/methods/asp.ts";
import type { Method } from "../src/methods/method.ts";
import { pgf } from "../src/methods/pgf.ts";
import { srste } from "../src/methods/srste.ts";
import { dense, nm } from "../src/sparse/patterns/mod.ts";
import { type BenchCase, comparison, plain, relaxed, round } from "./case.ts";
import { deviceOf, type LayerMeasure } from "./layer.ts";
import { compareSpent, median, type SharedComparison, spend, type Spent } from "./measure.ts";
import { RecipeStep, requireRecipe } from "./nm_step.ts";

type Ratio = readonly [n: number, m: number];

/** The layers, and their batch. */
const SIZES = [{ rows: 1024, inputs: 1024 }, { rows: 512, inputs: 2048 }] as const;
const EXAMPLES = 256;

const RATIOS: readonly Ratio[] = [[2, 4], [1, 4], [1, 8], [1, 16], [1, 32]];

/** Recipes by name; whether the gradient of what the mask leaves out is that of the chain rule. */
const RECIPES: Readonly<Record<string, readonly [make: () => Method, exact: boolean]>> = {
  srste: [() => srste(), false],
  pgf: [() => pgf(), false],
  "pgf-exact": [() => pgf({ backward: "exact" }), true],
  asp: [() => asp(), true],
};

/** Looks at each of the two, and milliseconds of one at least. */
const ROUNDS = 21, LOOK = 30;

/** The benches of N:M. */
export function* nmCases(): Generator<BenchCase> {
  for (const size of SIZES) {
    const place = `${size.rows}x${size.inputs}/b${EXAMPLES}`;
    for (const [name, [make, exact]] of Object.entries(RECIPES)) {
      for (const ratio of RATIOS) {
        for (const open of [plain, relaxed]) {
          yield {
            name: `nm/masked/${name}/${ratio.join(":")}/${place}`,
            unit: "time of the recipe's step / dense time",
            open,
            run: async (backend) => {
              const recipe = { method: make(), ratio };
              const { ratio: cost, details = {} } = figure(
                await compareRecipe(backend, size, recipe, exact),
              );
              const { baseMs, ourMs, ...rest } = details;
              // What is first here is the recipe.
              return { ratio: cost, details: { baseMs: ourMs, ourMs: baseMs, ...rest } };
            },
          };
        }
      }
    }
    for (const [measure, ratios] of [["compressed", RATIOS], ["forward", RATIOS]] as const) {
      for (const ratio of ratios) {
        for (const open of [plain, relaxed]) {
          yield {
            name: `nm/${measure}/${ratio.join(":")}/${place}`,
            unit: "dense time / sparse time",
            open,
            run: async (backend) =>
              figure(
                await compareCompressed(
                  backend,
                  size,
                  ratio,
                  measure === "forward" ? "forward" : "step",
                ),
              ),
          };
        }
      }
    }
  }
}

/** The step of a recipe, over that of a dense layer. */
async function compareRecipe(
  backend: Backend,
  size: (typeof SIZES)[number],
  recipe: { readonly method: Method; readonly ratio: Ratio },
  exact: boolean,
): Promise<NeighbourComparison> {
  const device = deviceOf(backend);
  const operands = operandsOf({ ...size, examples: EXAMPLES });
  const base = await RecipeStep.open(device, operands);
  const masked = await RecipeStep.open(device, operands, recipe);
  await requireRecipe(masked, base, exact);
  return await compareShared(masked.step, base.step);
}

/** The step or the forward product of a dense layer, over that of one that is stored N:M. */
async function compareCompressed(
  backend: Backend,
  size: (typeof SIZES)[number],
  ratio: Ratio,
  measure: LayerMeasure,
): Promise<NeighbourComparison> {
  const device = deviceOf(backend);
  const operands = operandsOf({ ...size, examples: EXAMPLES });
  using base = await LayerUnderTest.open(device, operands, dense());
  const reference = await referenceOf(base);
  using sparse = await LayerUnderTest.open(device, operands, nm(...ratio));
  await requireAgreement(sparse, reference);
  return await compareShared(base[measure], sparse[measure]);
}

/** What two ways took, and the middle of the ratios of the time of cores of neighbours, which drifts of a machine do not touch. */
interface NeighbourComparison extends SharedComparison {
  readonly cpuNeighbours: number;
}

/** Two ways alternately, each as often per look as it takes; milliseconds are of one run. */
async function compareShared(first: Repeat, second: Repeat): Promise<NeighbourComparison> {
  const times = [await runsFor(first, LOOK), await runsFor(second, LOOK)];
  const all: [Spent[], Spent[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    // The order changes, so that neither always runs in the other's wake.
    for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
      const spent = await spend(() => (which === 0 ? first : second)(times[which]));
      all[which].push({
        milliseconds: spent.milliseconds / times[which],
        cpuMilliseconds: spent.cpuMilliseconds / times[which],
      });
    }
  }
  const ratios = all[0].map(({ cpuMilliseconds }, i) =>
    cpuMilliseconds / all[1][i].cpuMilliseconds
  );
  return { ...compareSpent(...all), cpuNeighbours: median(ratios) };
}

/** The figure of a comparison; the ratios of the time of cores in its details. */
function figure(found: NeighbourComparison): Awaited<ReturnType<BenchCase["run"]>> {
  const { ratio, details } = comparison(found);
  const cores = { cpuRatio: round(found.cpuRatio), cpuNeighbours: round(found.cpuNeighbours) };
  return { ratio, details: { ...details, ...cores } };
}
