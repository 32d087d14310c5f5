/**
 * Batch normalisation over the shares that ranks have of a batch: what one process computes of all of it. The ranks are programs of this
 * process, which run again and again until each was told what all say; `tests/parallel_trainer_test.ts` has real ones.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend } from "../src/device/backend.ts";
import { batchNorm, flatten, gelu, image, linear, type Module, sequential } from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import type { Parallel } from "../src/parallel/parallel.ts";
import { single } from "../src/parallel/single.ts";
import { Device, labels, matrix } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { SEED, Source } from "./arbitraries.ts";
import { testOnDevices } from "./devices.ts";

const INPUTS = 5, CLASSES = 3, PADDED = 32, EXAMPLES = 31;
/** Examples of each rank; the last one takes part with one that counts for nothing. */
const SHARES = [19, 12, 0];
const SIZE = { channels: 2, height: 3, width: 2 };

function model(): Module {
  return sequential(
    linear(INPUTS, 12, { bias: false }),
    image(SIZE),
    batchNorm(2, { name: "a" }),
    gelu(),
    flatten(),
    linear(12, 7, { bias: false }),
    batchNorm(7, { name: "b" }),
    linear(7, CLASSES),
  );
}

/** Some examples of a batch, `begin` of it before them. */
interface Part {
  readonly begin: number;
  readonly examples: number;
  readonly counts: boolean;
}

/** What a rank makes of its examples: its loss, its gradients of the parameters, and running statistics. */
interface Made {
  readonly loss: number;
  readonly gradients: readonly Float32Array[];
  readonly running: readonly Float32Array[];
}

testOnDevices("batchNorm() over ranks normalises as one process does", async (backend) => {
  const source = new Source(SEED);
  const x = source.floats(INPUTS * PADDED).map((v) => v + 4);
  const y = Uint32Array.from({ length: PADDED }, (_, i) => i % CLASSES);
  const whole: Part = { begin: 0, examples: EXAMPLES, counts: true };
  const one = await (await compiled(backend, x, y, whole))();
  const replay = new Replay(SHARES.length);
  const parts = SHARES.map((examples, rank): Part => ({
    begin: SHARES.slice(0, rank).reduce((sum, each) => sum + each, 0) % EXAMPLES,
    examples: Math.max(examples, 1),
    counts: examples > 0,
  }));
  const runs = await Promise.all(
    parts.map((part, rank) => compiled(backend, x, y, part, replay.ranks[rank])),
  );
  const all = await replay.run(runs);
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number, rank) => sum + SHARES[rank] / EXAMPLES * number, 0);
  requireNear([mean(all.map(({ loss }) => loss))], [one.loss], "the loss");
  one.gradients.forEach((gradient, i) =>
    requireNear(
      gradient.map((_, j) => mean(all.map(({ gradients }) => gradients[i][j]))),
      gradient,
      `gradient ${i}`,
    )
  );
  for (const { running } of all) {
    assert.deepEqual(running, all[0].running);
    running.forEach((state, i) => requireNear(state, one.running[i], `running statistics ${i}`));
  }
}, ({ name }) => ["wasm relaxed, 2 threads", "webgpu"].includes(name));

/** What a rank does with its part of a batch, from where a training begins, as often as it is called. */
async function compiled(
  backend: Backend,
  x: Float32Array,
  y: Uint32Array,
  { begin, examples, counts }: Part,
  ranks?: Parallel,
): Promise<() => Promise<Made>> {
  const device = new Device(backend, "test", 1, record);
  const layers = model();
  const variables = layers.parameters.filter(({ trainable }) => trainable);
  const states = layers.parameters.filter(({ trainable }) => !trainable);
  const program = await device.compile([matrix(INPUTS, PADDED), labels(PADDED)], (x, y) => {
    const loss = crossEntropy(layers(x, { mode: "train", ranks }), y);
    const gradients = differentiate(loss, add);
    const all = variables.flatMap((each) => gradients.get(x.trace.resource(each)) ?? []);
    assert.equal(all.length, variables.length);
    return [loss, ...all];
  });
  const first = await Promise.all(states.map((state) => device.readFloats(state)));
  const own = x.map((_, i) => i % PADDED < examples ? x[i + begin] : 0);
  const truth = y.map((_, i) => i < examples ? y[i + begin] : 0);
  const clock = { step: 0, totalSteps: 1, part: { before: begin, total: EXAMPLES, counts } };
  return async () => {
    states.forEach((state, i) => device.write(state, first[i]));
    await program.run([own, truth], clock, examples);
    return {
      loss: (await program.scalars())[0][0],
      gradients: await Promise.all(variables.map((_, i) => program.floats(i))),
      running: await Promise.all(states.map((state) => device.readFloats(state))),
    };
  };
}

/** Ranks that run one after the other, again and again, until each was told what all say. */
class Replay {
  readonly ranks: readonly Parallel[];
  /** What each rank has said, call by call, in this pass and in the one before. */
  #said: Float32Array[][] = [];
  #before: Float32Array[][] = [];

  constructor(size: number) {
    this.ranks = Array.from({ length: size }, (_, rank): Parallel => ({
      ...{ ...single(), rank, size },
      allReduce: (values) => {
        const call = this.#said[rank].push(values.slice()) - 1;
        values.forEach((own, i) => {
          const each = this.#before.map((other, r) => r === rank ? own : other[call]?.[i] ?? 0);
          values[i] = each.reduce((sum, number) => sum + number, 0);
        });
      },
    }));
  }

  /** What all make of it. Nothing that they say may depend on what they are told later. */
  async run<T>(runs: readonly (() => Promise<T>)[]): Promise<T[]> {
    this.#said = runs.map(() => []);
    while (true) {
      this.#before = this.#said;
      this.#said = runs.map(() => []);
      const results: T[] = [];
      for (const run of runs) results.push(await run());
      if (JSON.stringify(this.#said) === JSON.stringify(this.#before)) return results;
    }
  }
}

function requireNear(some: ArrayLike<number>, one: ArrayLike<number>, what: string): void {
  assert.equal(some.length, one.length, what);
  const largest = Math.max(...Array.from(one, Math.abs));
  for (let i = 0; i < one.length; i++) {
    const off = Math.abs(some[i] - one[i]);
    assert.ok(off <= 1e-4 * largest, `seed ${SEED}, ${what}, ${i}: ${some[i]}, not ${one[i]}`);
  }
}
