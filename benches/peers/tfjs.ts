/**
 * TensorFlow.js on WASM or WebGPU: dense products, and training steps of a perceptron, dense or with masks.
 *
 * @module
 */
import type * as Tfjs from "@tensorflow/tfjs";
import type { OpenRequest } from "./protocol.ts";
import { describe, readArray, serve, type Work } from "./serve.ts";
import config from "./deno.json" with { type: "json" };

/** What this peer calls of the WebGPU backend. */
interface WebgpuBackend {
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  readonly queue: GPUQueue;
}

const versions = { tfjs: config.imports["@tensorflow/tfjs"].replace(/.*@/, "") };

await serve(async (request) => {
  const [device, mode] = request.variant.split("-");
  const tf = await load(device, request.threads);
  const about = { versions, device: await describe(device, request.threads) };
  const settled = settler(tf, device);
  if (request.open === "product") return { ...about, ...prepareProduct(tf, settled, request) };
  if (request.open === "step") {
    return { ...about, ...prepareStep(tf, settled, request, mode === "masked") };
  }
  throw new RangeError(`Cannot open ${request.open}: this peer multiplies and trains`);
});

async function load(device: string, threads: number): Promise<typeof Tfjs> {
  // Its backends look for the features of a page, and for WebGPU in `window`.
  if (device === "webgpu") Object.defineProperty(globalThis, "window", { value: globalThis });
  const tf = await import("@tensorflow/tfjs");
  if (device === "webgpu") {
    await import("@tensorflow/tfjs-backend-webgpu");
  } else {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    wasm.setThreadsCount(threads);
    if (threads !== 1) throw new RangeError("Cannot use threads: outside a page it has one");
  }
  if (!await tf.setBackend(device)) throw new Error(`Cannot open ${device}: it was refused`);
  return tf;
}

/** Waits until everything that was asked for has been computed. */
function settler(tf: typeof Tfjs, device: string): () => Promise<void> {
  if (device !== "webgpu") return () => Promise.resolve();
  return async () => {
    const backend = tf.backend() as unknown as WebgpuBackend;
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.queue.onSubmittedWorkDone();
  };
}

function tensor(tf: typeof Tfjs, request: OpenRequest, name: string): Tfjs.Tensor2D {
  const { data, shape: [rows, columns] } = readArray(request, name);
  return tf.tensor2d(data, [rows, columns]);
}

function prepareProduct(
  tf: typeof Tfjs,
  settled: () => Promise<void>,
  request: OpenRequest,
): Work {
  const [a, b] = [tensor(tf, request, "a"), tensor(tf, request, "b")];
  let c: Tfjs.Tensor | undefined;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        c?.dispose();
        c = tf.matMul(a, b);
      }
      await settled();
      return [];
    },
    async result() {
      if (c === undefined) throw new ReferenceError("Cannot give a result: nothing has run");
      return Float32Array.from(await c.data());
    },
  };
}

/** `x` is [examples, inputs], weights become [inputs, outputs]: transposed products are slow on its WASM backend. */
function prepareStep(
  tf: typeof Tfjs,
  settled: () => Promise<void>,
  request: OpenRequest,
  masked: boolean,
): Work {
  const { layers, learningRate } = request.params;
  const indices = Array.from({ length: layers }, (_, i) => i);
  const masks = masked ? indices.map((i) => tf.transpose(tensor(tf, request, `mask${i}`))) : [];
  const weights = indices.map((i) => tf.variable(tf.transpose(tensor(tf, request, `weight${i}`))));
  const biases = weights.map(({ shape: [, outputs] }) => tf.variable(tf.zeros([outputs])));
  const x = tensor(tf, request, "x");
  const classes = weights[layers - 1].shape[1];
  const y = tf.oneHot(tf.tensor1d(Int32Array.from(readArray(request, "labels").data)), classes);
  const optimizer = tf.train.sgd(learningRate);
  const loss = (): Tfjs.Scalar => {
    let h: Tfjs.Tensor2D = x;
    for (const i of indices) {
      const weight = masked ? tf.mul<Tfjs.Tensor2D>(weights[i], masks[i]) : weights[i];
      h = tf.add(tf.matMul(h, weight), biases[i]);
      if (i < layers - 1) h = tf.relu(h);
    }
    return tf.losses.softmaxCrossEntropy(y, h) as Tfjs.Scalar;
  };
  return {
    async run(times) {
      const values: Tfjs.Scalar[] = [];
      for (let i = 0; i < times; i++) {
        const value = optimizer.minimize(loss, true);
        if (value !== null) values.push(value);
        await settled();
      }
      const losses: number[] = [];
      for (const value of values) {
        losses.push((await value.data())[0]);
        value.dispose();
      }
      return losses;
    },
  };
}
