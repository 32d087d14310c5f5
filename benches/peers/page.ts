/**
 * A training step of ours beside those of TensorFlow.js and jax-js in one worker of one page: the same network, batch and
 * weights, in rounds that alternate between them. `benches/places` serves it and has it run.
 *
 * @module
 */
import {
  createDevice,
  crossEntropy,
  fanIn,
  labels,
  matrix,
  nn,
  sgd,
  toDense,
} from "@filigree/filigree";
import type { PageResult, PageTask } from "./page_task.ts";
import type { StepTask } from "./step_task.ts";
import type { TaskArray, Work } from "./serve.ts";
import { prepareStep as prepareJax } from "./jax_step.ts";
import { prepareStep as prepareTfjs, settler } from "./tfjs_step.ts";

/** One that trains, and what it runs on. */
interface Contender extends Work {
  readonly name: string;
  readonly device: string;
}

/** Milliseconds of a round, each. */
const ROUND_MILLISECONDS = 150;

/** Losses that are compared. */
const FIRST_STEPS = 5;

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<PageTask>) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data }) => {
  compare(data).then(
    (results) => scope.postMessage({ results }),
    (error) => scope.postMessage({ error: String(error?.stack ?? error) }),
  );
};

async function compare(task: PageTask): Promise<PageResult[]> {
  const { ours, step } = await openOurs(task);
  const contenders = [ours, await openTfjs(task, step), await openJax(task, step)];
  const results: (PageResult & { milliseconds: number[] })[] = [];
  const runs: number[] = [];
  for (const { name, device, run } of contenders) {
    const losses = [...await run(FIRST_STEPS)].slice(0, FIRST_STEPS);
    results.push({ name, device, losses, milliseconds: [] });
    runs.push(await runsOf(run));
  }
  for (let round = 0; round < task.rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      const start = performance.now();
      await run(runs[i]);
      results[i].milliseconds.push((performance.now() - start) / runs[i]);
    }
  }
  return results;
}

/** How many steps fill a round. */
async function runsOf(run: Work["run"]): Promise<number> {
  const start = performance.now();
  await run(1);
  const milliseconds = performance.now() - start;
  return Math.max(1, Math.round(ROUND_MILLISECONDS / milliseconds));
}

/** Ours, by the interface that users have, and its network for the others. */
async function openOurs(task: PageTask): Promise<{ ours: Contender; step: StepTask }> {
  const { sizes, density, examples, learningRate, prefer, threads } = task;
  const device = await createDevice({ prefer, threads, build: "relaxed", seed: 1 });
  const layers = sizes.slice(1).map((outputs, i) =>
    nn.linear(sizes[i], outputs, { pattern: fanIn({ density }) })
  );
  const model = nn.sequential(
    ...layers.flatMap((layer, i) => i < layers.length - 1 ? [layer, nn.relu()] : [layer]),
  );
  const optimizer = sgd({ learningRate });
  const program = await device.compile(
    [matrix(sizes[0], examples), labels(examples)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  const weights: TaskArray[] = [], masks: TaskArray[] = [];
  for (const layer of layers) {
    const [{ shape, sparse, values }] = layer.weights;
    const numbers = await device.readFloats(values);
    if (sparse === undefined) throw new TypeError("Cannot compare: a layer is dense");
    const dense = (of: Float32Array): TaskArray => ({
      data: Float32Array.from(toDense(sparse.pattern, of)),
      shape: [...shape],
    });
    weights.push(dense(numbers));
    masks.push(dense(new Float32Array(numbers.length).fill(1)));
  }
  const x = Float32Array.from({ length: sizes[0] * examples }, (_, i) => Math.sin(i * i) / 2);
  const y = Uint32Array.from({ length: examples }, (_, i) => i % sizes[sizes.length - 1]);
  const rows = x.map((_, at) => x[(at % sizes[0]) * examples + Math.floor(at / sizes[0])]);
  return {
    ours: {
      ...{ name: "filigree", device: device.backend.info.description },
      async run(times) {
        for (let i = 0; i < times; i++) program.run([x, y]);
        return [...(await program.scalars())[0]];
      },
    },
    step: {
      ...{ x: { data: rows, shape: [examples, sizes[0]] }, labels: Float32Array.from(y) },
      ...{ weights, masks, learningRate },
    },
  };
}

async function openTfjs({ prefer, threads }: PageTask, step: StepTask): Promise<Contender> {
  // Its WebGPU is looked for in `window`.
  if (prefer === "webgpu") Object.defineProperty(globalThis, "window", { value: globalThis });
  const tf = await import("@tensorflow/tfjs");
  if (prefer === "webgpu") {
    await import("@tensorflow/tfjs-backend-webgpu");
  } else {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(new URL("/tfjs/", location.href).href);
    wasm.setThreadsCount(threads);
  }
  if (!await tf.setBackend(prefer)) throw new Error(`Cannot open its ${prefer}: it was refused`);
  return {
    ...{ name: "@tensorflow/tfjs", device: deviceOf({ prefer, threads }) },
    ...prepareTfjs(tf, settler(tf, prefer), step),
  };
}

/** One thread is no pool at all, which is faster than a pool of one. */
async function openJax({ prefer, threads }: PageTask, step: StepTask): Promise<Contender> {
  if (threads === 1) Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
  else Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
  const jax = await import("@jax-js/jax");
  await jax.init(prefer);
  jax.defaultDevice(prefer);
  const settled = async (): Promise<void> => {
    if (prefer === "webgpu") await jax.getWebGPUDevice().queue.onSubmittedWorkDone();
  };
  return {
    ...{ name: "@jax-js/jax", device: deviceOf({ prefer, threads }) },
    ...prepareJax(jax, settled, step),
  };
}

function deviceOf({ prefer, threads }: Pick<PageTask, "prefer" | "threads">): string {
  if (prefer === "webgpu") return prefer;
  return threads === 1 ? "wasm, 1 thread" : `wasm, ${threads} threads`;
}
