/**
 * The benches of the family of patterns: `step/...`, `conv/...`, `threads/...`, `crossover/...`, `memory/...`.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import { measureCrossover, type Point } from "../src/crossover/mod.ts";
import type { Images } from "../src/crossover/layer.ts";
import { thresholdOf } from "../src/crossover/summary.ts";
import { patternName } from "../src/sparse/lookup.ts";
import {
  block,
  type BlockSize,
  fanIn,
  groupFanIn,
  type GroupSize,
  nm,
} from "../src/sparse/patterns/mod.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { type BenchCase, comparison, plain, relaxed, round, webgpu } from "./case.ts";
import { compareLayer, deviceOf, effortOn, type LayerShape } from "./layer.ts";
import { measureMemory } from "./memory.ts";
import { compareThreads, predictThreads } from "./threads.ts";

const GROUPS: readonly GroupSize[] = [4, 8, 16, 32];
const BLOCKS: readonly BlockSize[] = [1, 4, 8, 16, 32];

/** Densities at which fan-in and dense are compared, around where they meet. */
const AROUND = [0.4, 0.5, 0.6, 0.7, 0.8];

/** A convolution of 3 x 3 windows, as residual networks for small images have them. */
interface Convolution {
  readonly channels: number;
  readonly filters: number;
  readonly images: Images;
}

const CONVOLUTIONS: readonly Convolution[] = [
  { channels: 16, filters: 16, images: { size: 28, stride: 1 } },
  { channels: 16, filters: 32, images: { size: 28, stride: 2 } },
  { channels: 64, filters: 64, images: { size: 7, stride: 1 } },
];

/** The density of a sparsity, without what the difference rounds. */
function densityAt(sparsity: number): number {
  return Number((1 - sparsity).toFixed(2));
}

/** Every pattern at one density. N:M patterns have the segment that makes it. */
function patternsAt(density: number): SparseSpec[] {
  return [
    fanIn({ density }),
    ...GROUPS.map((group) => groupFanIn({ density }, group)),
    ...BLOCKS.map((size) => block(size, { density })),
    nm(1, Math.round(1 / density)),
  ];
}

/** Those that are measured at every size. */
function largeAt(density: number): SparseSpec[] {
  return [fanIn({ density }), groupFanIn({ density }, 16), block(16, { density })];
}

/** See the module comment. */
export function* familyCases(): Generator<BenchCase> {
  for (const sparsity of [0.95, 0.9]) {
    const density = densityAt(sparsity);
    for (const pattern of patternsAt(density)) yield* stepCases(pattern, 1024, sparsity);
    for (const size of [2048, 4096]) {
      for (const pattern of largeAt(density)) yield* stepCases(pattern, size, sparsity);
    }
  }
  yield* stepCases(nm(2, 4), 1024, 0.5);
  for (const examples of [32, 1024]) {
    yield* stepCases(fanIn({ density: 0.05 }), 1024, 0.95, examples);
  }
  for (const sparsity of [0.95, 0.9, 0.8]) {
    const density = densityAt(sparsity);
    for (const shape of CONVOLUTIONS) yield* convolutionCases(shape, fanIn({ density }), sparsity);
  }
  // A group of 16 filters or a block of 16 of a small convolution is a good part of it: the largest of the shapes has several.
  const [largest] = CONVOLUTIONS.slice(-1);
  for (const sparsity of [0.95, 0.9]) {
    const density = densityAt(sparsity);
    const [, ...others] = largeAt(density);
    for (const pattern of [...others, nm(1, Math.round(1 / density))]) {
      yield* convolutionCases(largest, pattern, sparsity);
    }
  }
  yield* convolutionCases(largest, nm(2, 4), 0.5);
  yield* threadCases();
  for (const open of [plain, relaxed]) {
    yield {
      name: "crossover/fan-in/1024x1024/b256",
      unit: "density below which a step is faster than the dense one",
      open,
      run: crossover,
    };
  }
  for (const pattern of patternsAt(0.05)) {
    const name = patternName(pattern);
    yield {
      // The first one is older than its kin.
      name: pattern.kind === "fanIn" ? "memory/1024x1024/0.95" : `memory/${name}/1024x1024/0.95`,
      unit: "dense bytes / sparse bytes of weights, moments, gradients, indices",
      open: plain,
      run: async (backend) => {
        const { total, sparse, dense } = await measureMemory(backend, 1024, pattern);
        return { ratio: dense / sparse, details: { total, sparse, dense } };
      },
    };
  }
}

function* stepCases(
  pattern: SparseSpec,
  size: number,
  sparsity: number,
  examples: number = 256,
): Generator<BenchCase> {
  const shape = { ...square(pattern, size), examples };
  for (const open of [plain, relaxed, webgpu]) {
    yield {
      name: `step/${patternName(pattern)}/${size}x${size}/b${examples}/${sparsity.toFixed(2)}`,
      unit: "dense time / sparse time",
      open,
      run: async (backend) => comparison(await compareLayer(backend, shape)),
    };
  }
}

function* convolutionCases(
  convolution: Convolution,
  pattern: SparseSpec,
  sparsity: number,
): Generator<BenchCase> {
  const shape = convolutionOf(convolution, pattern);
  const sizes = sizesOf(convolution);
  for (const open of [plain, relaxed, webgpu]) {
    yield {
      name: `conv/${patternName(pattern)}/${sizes}/b128/${sparsity.toFixed(2)}`,
      unit: "dense time / sparse time",
      open,
      run: async (backend) => comparison(await compareLayer(backend, shape)),
    };
  }
}

/** Layers at 90 %, and the convolution with a stride. */
function* threadCases(): Generator<BenchCase> {
  for (const pattern of largeAt(0.1)) {
    const name = pattern.kind === "fanIn" ? "" : `/${patternName(pattern)}`;
    yield threadCase(name, square(pattern, 1024));
  }
  const [, strided] = CONVOLUTIONS;
  yield threadCase(`/conv/${sizesOf(strided)}`, convolutionOf(strided, fanIn({ density: 0.1 })));
}

function threadCase(name: string, shape: LayerShape): BenchCase {
  return {
    name: `threads/2-vs-1${name}`,
    unit: "time of one thread / time of two",
    open: relaxed,
    run: async (one) => {
      const two = await openWasm({ threads: 2, build: "relaxed" });
      try {
        const { ratio, details } = comparison(await compareThreads(one, two, shape));
        return { ratio, details: { ...details, ...predictThreads(ratio) } };
      } finally {
        two.close();
      }
    },
  };
}

function sizesOf({ channels, filters, images }: Convolution): string {
  return `${channels}-${filters}/${images.size}x${images.size}/s${images.stride}`;
}

/** A convolution and a batch of 128. */
function convolutionOf(
  { channels, filters, images }: Convolution,
  pattern: SparseSpec,
): LayerShape {
  return { rows: filters, inputs: 9 * channels, examples: 128, images, pattern };
}

/** A square layer and a batch of 256. */
function square(pattern: SparseSpec, size: number): LayerShape {
  return { rows: size, inputs: size, examples: 256, pattern };
}

/** The density below which a fan-in layer's step beats the dense one. */
async function crossover(backend: Backend): ReturnType<BenchCase["run"]> {
  const points: Point[] = [];
  const candidates = AROUND.map((density) => ({
    family: "fan-in",
    density,
    spec: fanIn({ density }),
  }));
  const options = { size: 1024, batch: 256, candidates, effort: effortOn(backend) };
  for await (const found of measureCrossover(deviceOf(backend), options)) {
    if ("reason" in found) throw new RangeError(found.reason);
    points.push(found);
  }
  const threshold = thresholdOf(points, "step");
  if (threshold === undefined) throw new Error(`A fan-in layer loses at ${AROUND[0]} already`);
  const ratios = points.map(({ density, step }) => [`at ${round(density)}`, round(step.ratio)]);
  return { ratio: threshold, details: Object.fromEntries(ratios) };
}
