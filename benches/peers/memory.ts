/**
 * `bytes/...`: bytes of training the perceptron of `step/...` with AdamW: ours stored sparse, by the allocator of the device;
 * theirs dense under masks, by the allocator of PyTorch, the most at any time of a step.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import { linear, relu, sequential } from "../../src/nn/mod.ts";
import { crossEntropy } from "../../src/ops/cross_entropy.ts";
import { record } from "../../src/ops/kernels/mod.ts";
import { adamw } from "../../src/optim/adamw.ts";
import { Device, labels, matrix } from "../../src/program/device.ts";
import { fanIn } from "../../src/sparse/patterns/mod.ts";
import { spend } from "../measure.ts";
import type { Contender } from "./contender.ts";
import type { Match } from "./match.ts";
import { openBackend, type Ours } from "./ours.ts";
import { openPeer } from "./process.ts";
import { DENSITY, EXAMPLES, LEARNING_RATE, SIZES } from "./step.ts";

/** The comparison. */
export function* memoryMatches(): Generator<Match> {
  const ours: Ours = { label: "wasm-plain", threads: 1 };
  const random = new Random({ seed: 7, use: "values", stream: 0 });
  const x = random.normals(SIZES[0] * EXAMPLES, 0.5);
  const y = Uint32Array.from({ length: EXAMPLES }, () => random.below(SIZES[SIZES.length - 1]));
  yield {
    name: `bytes/${SIZES.join("-")}/0.95/b${EXAMPLES}/${ours.label}/torch-masked`,
    goal: 12,
    bytes: true,
    ours: () => openTraining(ours, x, y),
    theirs: () => openMasked(x, y),
  };
}

/** A training of ours, whose result is what its device holds. */
async function openTraining(ours: Ours, x: Float32Array, y: Uint32Array): Promise<Contender> {
  const backend = await openBackend(ours);
  const device = new Device(backend, "bench", 1, record);
  const pattern = fanIn({ density: DENSITY });
  const layers = SIZES.slice(1).map((outputs, i) => linear(SIZES[i], outputs, { pattern }));
  const model = sequential(
    ...layers.flatMap((layer, i) => i < layers.length - 1 ? [layer, relu()] : [layer]),
  );
  const optimizer = adamw({ learningRate: LEARNING_RATE });
  const program = await device.compile(
    [matrix(SIZES[0], EXAMPLES), labels(EXAMPLES)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  return {
    versions: {},
    device: `${backend.name}: ${backend.info.description}`,
    async run(times) {
      const spent = await spend(() => {
        for (let i = 0; i < times; i++) program.run([x, y]);
      });
      return { ...spent, losses: [...(await program.scalars())[0]] };
    },
    result: () => Promise.resolve(Float32Array.of(backend.allocatedBytes)),
    close: () => Promise.resolve(backend.close()),
  };
}

/** Theirs, with as many connections; which ones does not matter to memory that is dense. */
async function openMasked(x: Float32Array, y: Uint32Array): Promise<Contender> {
  const random = new Random({ seed: 7, use: "values", stream: 1 });
  const shapes = SIZES.slice(1).map((outputs, i) => [outputs, SIZES[i]] as const);
  return await openPeer("torch", {
    open: "memory",
    variant: "masked",
    threads: 1,
    params: { layers: shapes.length, learningRate: LEARNING_RATE },
    arrays: Object.fromEntries([
      ["x", [x, [EXAMPLES, SIZES[0]]]],
      ["labels", [Float32Array.from(y), [EXAMPLES]]],
      ...shapes.flatMap(([outputs, inputs], i) => {
        const mask = Float32Array.from(
          { length: outputs * inputs },
          () => Number(random.uniform() < DENSITY),
        );
        const scale = Math.sqrt(2 / (inputs * DENSITY));
        return [
          [`weight${i}`, [mask.map((one) => one * scale * random.normal()), [outputs, inputs]]],
          [`mask${i}`, [mask, [outputs, inputs]]],
        ];
      }),
    ]),
  });
}
