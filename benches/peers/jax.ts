/**
 * jax-js on WASM or WebGPU: dense products, and training steps of a perceptron, dense or with masks, jitted as one function.
 *
 * @module
 */
import type { OpenRequest } from "./protocol.ts";
import { type Jax, prepareStep, type Tensor } from "./jax_step.ts";
import { describe, readArray, serve, type Work } from "./serve.ts";
import { stepTask } from "./step_task.ts";
import config from "./deno.json" with { type: "json" };

const versions = { "jax-js": config.imports["@jax-js/jax"].replace(/.*@/, "") };

await serve(async (request) => {
  const [device, mode] = request.variant.split("-");
  if (device !== "wasm" && device !== "webgpu") {
    throw new RangeError(`Cannot run on ${device}: expected wasm or webgpu`);
  }
  const jax = await load(device, request.threads);
  const settled = async (): Promise<void> => {
    if (device === "webgpu") await jax.getWebGPUDevice().queue.onSubmittedWorkDone();
  };
  const about = { versions, device: await describe(device, request.threads) };
  if (request.open === "product") return { ...about, ...prepareProduct(jax, settled, request) };
  if (request.open === "step") {
    return { ...about, ...prepareStep(jax, settled, stepTask(request, mode === "masked")) };
  }
  throw new RangeError(`Cannot open ${request.open}: this peer multiplies and trains`);
});

/** One thread is no pool at all, which is faster than a pool of one. */
async function load(device: "wasm" | "webgpu", threads: number): Promise<Jax> {
  if (threads === 1) Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
  else Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
  const jax = await import("@jax-js/jax");
  await jax.init(device);
  jax.defaultDevice(device);
  return jax;
}

function prepareProduct(jax: Jax, settled: () => Promise<void>, request: OpenRequest): Work {
  const [a, b] = ["a", "b"].map((name) => {
    const { data, shape } = readArray(request, name);
    return jax.numpy.array(data, { shape });
  });
  let c: Tensor | undefined;
  return {
    async run(times) {
      for (let i = 0; i < times; i++) {
        c?.dispose();
        c = jax.numpy.matmul(a.ref, b.ref);
        // What is not asked for is not computed.
        await jax.blockUntilReady(c);
      }
      await settled();
      return [];
    },
    async result() {
      if (c === undefined) throw new ReferenceError("Cannot give a result: nothing has run");
      return Float32Array.from(await c.ref.data());
    },
  };
}
