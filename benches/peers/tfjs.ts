/**
 * TensorFlow.js on WASM or WebGPU: dense products, and training steps of a perceptron, dense or with masks.
 *
 * @module
 */
import type * as Tfjs from "@tensorflow/tfjs";
import type { OpenRequest } from "./protocol.ts";
import { describe, readArray, serve, type Work } from "./serve.ts";
import { stepTask } from "./step_task.ts";
import { prepareStep, settler } from "./tfjs_step.ts";
import config from "./deno.json" with { type: "json" };

const versions = { tfjs: config.imports["@tensorflow/tfjs"].replace(/.*@/, "") };

await serve(async (request) => {
  const [device, mode] = request.variant.split("-");
  const tf = await load(device, request.threads);
  const about = { versions, device: await describe(device, request.threads) };
  const settled = settler(tf, device);
  if (request.open === "product") return { ...about, ...prepareProduct(tf, settled, request) };
  if (request.open === "step") {
    return { ...about, ...prepareStep(tf, settled, stepTask(request, mode === "masked")) };
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
