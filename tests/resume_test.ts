/**
 * A run that is interrupted and goes on is the run that never stopped, bit for bit.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Dataset } from "../src/data/dataset.ts";
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import type { Method } from "../src/methods/method.ts";
import { dynsparse } from "../src/methods/dynsparse.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { topkast } from "../src/methods/topkast.ts";
import { mlp } from "../src/models/mlp.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { adamw } from "../src/optim/adamw.ts";
import type { Fresh } from "../src/optim/fresh.ts";
import { cosine } from "../src/optim/schedule.ts";
import { Device } from "../src/program/device.ts";
import { block, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";
import type { StorageName } from "../src/sparse/storage/mod.ts";
import { CheckpointError } from "../src/train/errors.ts";
import { Trainer } from "../src/train/trainer.ts";
import { testOnDevices } from "./devices.ts";

/** Steps at which runs stop. */
const STOPS = [8, 13, 21];
const INPUTS = 20;
const CLASSES = 3;

function data(): Dataset {
  const random = new Random({ seed: 5, use: "noise" });
  const examples = 200;
  return {
    features: random.normals(examples * INPUTS, 1),
    labels: Uint8Array.from({ length: examples }, () => random.below(CLASSES)),
    examples,
    inputs: INPUTS,
    classes: CLASSES,
  };
}

interface Case {
  readonly method: Method;
  readonly fresh?: Fresh;
  readonly storage?: StorageName;
  readonly pattern: (density: number) => PatternSpec;
}

const CASES: Readonly<Record<string, Case>> = {
  "SRigL, fan-in": { method: srigl({ every: 4 }), pattern: (density) => fanIn({ density }) },
  "RigL, groups, births": {
    method: rigl({ every: 4 }),
    fresh: "local",
    pattern: (density) => groupFanIn({ density }, 8),
  },
  "SET, blocks": {
    method: set({ every: 4, threshold: 0.4, grown: "inherited" }),
    fresh: "inherited",
    pattern: (density) => block(4, { density }),
  },
  "DynSparse, single connections, births": {
    method: dynsparse({ updates: 9 }),
    fresh: "local",
    pattern: (density) => block(1, { density }),
  },
  "Top-KAST, blocks": {
    method: topkast({ every: 4 }),
    storage: "subset",
    pattern: (density) => block(4, { density }),
  },
  "SET, groups with replacement": {
    method: set({ every: 4 }),
    pattern: (density) => groupFanIn({ density }, 8, { replacement: true }),
  },
  "RigL, 2:4": { method: rigl({ every: 4 }), pattern: () => nm(2, 4) },
};

function trainerOf(backend: Backend, { method, pattern, fresh, storage }: Case, seed = 3): Trainer {
  return new Trainer({
    device: new Device(backend, "test", seed, record),
    model: mlp({
      sizes: [INPUTS, 24, 16, CLASSES],
      sparsity: 0.6,
      distribution: "uniform",
      pattern,
      ...(storage === undefined ? {} : { weights: { storage } }),
    }),
    optimizer: adamw({
      learningRate: cosine(1e-2),
      weightDecay: 1e-4,
      ...(fresh === undefined ? {} : { fresh }),
    }),
    method,
    seed,
  });
}

interface Trace {
  readonly losses: number[];
  /** By step. */
  readonly norms: Record<number, number>;
  readonly hashes: string[];
  readonly epochs: number[];
}

/** Trains; at a step it may save and stop. */
async function train(
  trainer: Trainer,
  stop?: { step: number; path: string },
  accumulate = 1,
): Promise<Trace> {
  const trace: Trace = { losses: [], norms: {}, hashes: [], epochs: [] };
  // Thirteen batches in an epoch; losses every 3 steps, rewirings every 4.
  const options = { epochs: 3, batchSize: 16 / accumulate, accumulate, logEvery: 3 };
  for await (const event of trainer.fit(data(), options)) {
    if (event.kind === "step") {
      trace.losses.push(...event.losses);
      trace.norms[event.step] = event.gradientNorm;
    }
    if (event.kind === "rewire") trace.hashes.push(...event.layers.map((layer) => layer.hash));
    if (event.kind === "epoch") trace.epochs.push(event.loss);
    if (stop !== undefined && trainer.step >= stop.step) {
      await trainer.save(stop.path);
      return trace;
    }
  }
  return trace;
}

testOnDevices(
  "restore() goes on as if the run had never stopped",
  async (backend, { name: on }) => {
    const folder = await Deno.makeTempDir();
    try {
      for (const [i, [name, example]] of Object.entries(CASES).entries()) {
        // Half of them in steps of several batches.
        const accumulate = i % 2 === 0 ? 1 : 4;
        const straight = trainerOf(backend, example);
        const expected = await train(straight, undefined, accumulate);
        assert.ok(new Set(expected.hashes).size > 3, `${name}: some of three patterns changed`);
        // Amid an epoch, on a rewiring, at the last step of an epoch; WebGPU takes its time, and gets one of them.
        for (const step of on === "webgpu" ? [STOPS[i % STOPS.length]] : STOPS) {
          const path = `${folder}/run.safetensors`;
          const first = await train(trainerOf(backend, example), { step, path }, accumulate);
          const second = trainerOf(backend, example);
          await second.restore(path);
          const rest = await train(second, undefined, accumulate);
          const joined = {
            losses: [...first.losses, ...rest.losses],
            // Losses of a step at which the run stopped come with those of a later one.
            norms: { ...expected.norms, ...first.norms, ...rest.norms },
            hashes: [...first.hashes, ...rest.hashes],
            epochs: [...first.epochs, ...rest.epochs],
          };
          assert.deepEqual(joined, expected, `${name}, stopped at step ${step}`);
          assert.equal(second.topology.hash, straight.topology.hash, name);
          assert.deepEqual(second.topology.statistics(), straight.topology.statistics(), name);
          assert.deepEqual(await second.evaluate(data()), await straight.evaluate(data()), name);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ({ name }) => name !== "wasm relaxed, 3 threads",
);

testOnDevices(
  "restore() refuses the checkpoint of another model, method of storage or seed",
  async (backend) => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/run.safetensors`;
      await train(trainerOf(backend, CASES["SRigL, fan-in"]), { step: 4, path });
      const others: [Trainer, RegExp][] = [
        [trainerOf(backend, CASES["SET, blocks"]), /the pattern of "layer0.weight" is .*fanIn/],
        [trainerOf(backend, CASES["SRigL, fan-in"], 4), /of a run with seed 3 .*expected seed 4/],
        [
          new Trainer({
            device: new Device(backend, "test", 3, record),
            model: mlp({ sizes: [INPUTS, CLASSES] }),
            optimizer: adamw({ learningRate: 1e-3 }),
            seed: 3,
          }),
          /it lacks "layer0.weight"/,
        ],
      ];
      for (const [trainer, message] of others) {
        await assert.rejects(trainer.restore(path), (error) => {
          assert.ok(error instanceof CheckpointError);
          assert.match(error.message, message);
          return true;
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  ({ name }) => name === "wasm",
);
