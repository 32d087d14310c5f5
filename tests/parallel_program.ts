/**
 * A training on as many ranks as there are, for `tests/parallel_trainer_test.ts`: rank 0 prints what came of it as JSON.
 *
 * @module
 */
import {
  adamw,
  convnet,
  createDevice,
  type Dataset,
  mlp,
  type Module,
  nn,
  rigl,
  srigl,
  Trainer,
} from "../mod.ts";
import { openParallel } from "../parallel.ts";
import { modelDigest } from "../src/train/agreement.ts";

/** What a training is made of; from the command line, as JSON. */
export interface Trained {
  /** A network of connections, a dense one with batch normalisation, or a sparse convolutional one with several. */
  readonly model: "rigl" | "srigl" | "norm" | "convnet";
  readonly epochs: number;
  readonly batchSize: number;
  readonly accumulate?: number;
  readonly syncBatchNorm?: boolean;
  /** Seed of each rank; the same by default. */
  readonly seeds?: readonly number[];
}

/** What came of it. */
export interface Outcome {
  readonly engine: string;
  readonly ranks: number;
  readonly losses: readonly number[];
  /** Of all examples, after the last step: by running statistics. */
  readonly evaluated: number;
  readonly hash: string;
  /** Digest of patterns and parameters. */
  readonly model: string;
  /** Bytes that rank 0 has sent in a step without rewiring. */
  readonly sent: number;
}

const INPUTS = 48, CLASSES = 5, EXAMPLES = 300;

function perceptron(): Module {
  return mlp({ sizes: [INPUTS, 64, 32, CLASSES], sparsity: 0.8 });
}

const MODELS: Readonly<Record<Trained["model"], () => Module>> = {
  rigl: perceptron,
  srigl: perceptron,
  norm: () =>
    nn.sequential(nn.linear(INPUTS, 32), nn.batchNorm(32), nn.relu(), nn.linear(32, CLASSES)),
  convnet: () =>
    convnet({
      ...{ image: { channels: 1, height: 8, width: 6 }, classes: CLASSES },
      ...{ widths: [8, 12], sparsity: 0.5 },
    }),
};

function examples(): Dataset {
  const labels = Uint8Array.from({ length: EXAMPLES }, (_, i) => i % CLASSES);
  const features = Float32Array.from(
    { length: EXAMPLES * INPUTS },
    (_, i) => Math.sin(i * (1 + (Math.floor(i / INPUTS) % CLASSES))) + Math.cos(i * i),
  );
  return { features, labels, examples: EXAMPLES, inputs: INPUTS, classes: CLASSES };
}

if (import.meta.main) {
  const { model: kind, seeds, syncBatchNorm = false, ...fit }: Trained = JSON.parse(Deno.args[0]);
  const parallel = openParallel();
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = MODELS[kind]();
  const method = (kind === "srigl" ? srigl : rigl)({ every: 10 });
  const seed = seeds?.[parallel.rank] ?? 3;
  const optimizer = adamw({ learningRate: 1e-3, clipNorm: 1 });
  using trainer = new Trainer({ device, model, optimizer, method, seed, parallel, syncBatchNorm });
  const losses: number[] = [];
  let sent = 0;
  for await (const event of trainer.fit(examples(), { ...fit, logEvery: 1 })) {
    if (event.kind === "step") losses.push(...event.losses);
    if (event.kind === "step" && sent === 0) sent = parallel.traffic.bytes;
  }
  const { loss: evaluated } = await trainer.evaluate(examples());
  const { engine, rank, size: ranks } = parallel;
  const { hash } = trainer.topology;
  const digest = await modelDigest(device, model);
  if (rank === 0) {
    const outcome: Outcome = { engine, ranks, losses, evaluated, hash, model: digest, sent };
    console.log(JSON.stringify(outcome));
  }
  parallel.close();
}
