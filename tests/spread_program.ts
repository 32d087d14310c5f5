/**
 * A training of a head whose labels are spread over as many ranks as there are, for `tests/spread_test.ts`: rank 0 prints what came of it
 * as JSON.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  adamw,
  createDevice,
  extremeClassifier,
  fanIn,
  groupFanIn,
  rankLabels,
  set,
  sparseLabelRanking,
  Trainer,
} from "../mod.ts";
import { RankingMetrics, rankingSource, syntheticRows } from "../files.ts";
import { openParallel } from "../parallel.ts";
import { gathered } from "../src/parallel/gather.ts";

/** What a training is made of; from the command line, as JSON. */
export interface SpreadTraining {
  /** Single connections, groups behind dense labels, or labels that stand on features. */
  readonly model: "fan-in" | "groups" | "features";
  readonly loss: "bce" | "squared-hinge" | "softmax";
  readonly epochs: number;
  /** Epochs after which it saves and stops; at the end by default. */
  readonly pause?: number;
  /** Where it saves. */
  readonly path: string;
  /** Whether it goes on with what lies there. */
  readonly resume?: boolean;
}

/** What came of it. */
export interface Outcome {
  readonly ranks: number;
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  /** Of all examples, after the last step. */
  readonly evaluated: number;
  /** Labels that come first for the examples, one after the other. */
  readonly first: readonly number[];
  readonly precision: readonly number[];
  /** Bytes of parameters, indices and moments that each rank has planned. */
  readonly bytes: readonly number[];
  /** Bytes that rank 0 has sent in a step. */
  readonly sent: number;
}

export const LABELS = 8000, WIDTH = 24, BATCH = 32;
const FEATURES = 300, ROWS = 128, TOP = 5;

if (import.meta.main) {
  const { model: kind, loss, epochs, pause = epochs, path, resume = false }: SpreadTraining = JSON
    .parse(
      Deno.args[0],
    );
  const parallel = openParallel();
  using device = await createDevice({ prefer: "wasm", threads: 1, seed: 5 });
  const rows = syntheticRows({ rows: ROWS, labels: LABELS, features: FEATURES, seed: 2 });
  const source = rankingSource({ features: rows.features, labels: rows.labels });
  const model = extremeClassifier({
    ...{ features: FEATURES, labels: LABELS, spread: parallel },
    width: kind === "features" ? 0 : WIDTH,
    ...(kind === "groups"
      ? { pattern: groupFanIn(6, 4, { full: true }), denseLabels: 4096 }
      : { pattern: fanIn(6, { full: true }) }),
  });
  const task = sparseLabelRanking({ loss });
  const optimizer = adamw({ learningRate: 1e-2, weightDecay: 1e-3 });
  const method = set({ every: 20, fraction: 0.3, until: 1 });
  using trainer = new Trainer({ device, model, task, optimizer, method, seed: 5 });
  const plan = trainer.plan({ inputs: source.inputs, batchSize: BATCH });
  if (resume) await trainer.restore(path);
  const losses: number[] = [], norms: number[] = [];
  let sent = 0;
  for await (const event of trainer.fit(source, { epochs, batchSize: BATCH, logEvery: 1 })) {
    if (event.kind === "step") {
      if (losses.length === 0) assert.equal(device.allocatedBytes, plan.bytes.total);
      losses.push(...event.losses);
      norms.push(event.gradientNorm);
      if (losses.length <= 2) sent = parallel.traffic.bytes - sent;
    }
    if (event.kind === "epoch" && event.epoch + 1 === pause) break;
  }
  await trainer.save(path);
  const { loss: evaluated } = await trainer.evaluate(source);
  const metrics = new RankingMetrics({ truth: rows.labels });
  const first: number[] = [];
  for await (const { labels, examples } of rankLabels(device, model, source, { top: TOP })) {
    metrics.add(labels, examples);
    first.push(...labels);
  }
  const { parameters, indices, moments } = plan.bytes;
  const bytes = gathered(parallel, Uint32Array.of(parameters + indices + moments)).map(([n]) => n);
  const precision = metrics.scores().at.map(({ precision }) => precision);
  if (parallel.rank === 0) {
    const { size: ranks } = parallel;
    const outcome: Outcome = { ranks, losses, norms, evaluated, first, precision, bytes, sent };
    console.log(JSON.stringify(outcome));
  }
  parallel.close();
}
