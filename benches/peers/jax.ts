/**
 * jax-js on WASM or WebGPU: dense products, and training steps of a perceptron, dense or with masks, jitted as one function.
 *
 * @module
 */
import type { OpenRequest } from "./protocol.ts";
import { describe, readArray, serve, type Work } from "./serve.ts";
import config from "./deno.json" with { type: "json" };

type Jax = typeof import("@jax-js/jax");
type Tensor = ReturnType<Jax["numpy"]["array"]>;

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
    return { ...about, ...prepareStep(jax, settled, request, mode === "masked") };
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

/** `x` is [examples, inputs], weights are [outputs, inputs], as jax-js users write it. */
function prepareStep(
  jax: Jax,
  settled: () => Promise<void>,
  request: OpenRequest,
  masked: boolean,
): Work {
  const { blockUntilReady, jit, nn, numpy: np, tree, valueAndGrad } = jax;
  const { layers, learningRate } = request.params;
  const array = (name: string): Tensor => {
    const { data, shape } = readArray(request, name);
    return np.array(data, { shape });
  };
  const indices = Array.from({ length: layers }, (_, i) => i);
  const masks = masked ? indices.map((i) => array(`mask${i}`)) : [];
  const batch = readArray(request, "x");
  const examples = batch.shape[0];
  const labels = readArray(request, "labels").data;
  const classes = request.arrays[`weight${layers - 1}`].shape[0];
  const target = new Float32Array(examples * classes);
  labels.forEach((label, i) => target[i * classes + label] = 1);

  type Parameters = { weights: Tensor[]; biases: Tensor[] };
  const weights = indices.map((i) => array(`weight${i}`));
  const biases = weights.map(({ shape: [outputs] }) => np.zeros([outputs]));
  let parameters: Parameters = { weights, biases };

  const loss = (p: Parameters, x: Tensor, y: Tensor, ...masks: Tensor[]): Tensor => {
    let h = x;
    for (const i of indices) {
      const weight = masked ? p.weights[i].mul(masks[i]) : p.weights[i];
      h = np.matmul(h, weight.transpose()).add(p.biases[i]);
      if (i < layers - 1) h = nn.relu(h);
    }
    return nn.logSoftmax(h, 1).mul(y).sum().mul(-1 / examples);
  };
  // deno-lint-ignore no-explicit-any -- jax-js cannot type a function over trees and arrays.
  const step: (...given: unknown[]) => [Parameters, Tensor] = (jit as any)(
    (p: Parameters, x: Tensor, y: Tensor, ...masks: Tensor[]) => {
      // deno-lint-ignore no-explicit-any -- as above.
      const [value, gradient] = (valueAndGrad as any)(loss)(tree.ref(p), x, y, ...masks);
      const next = tree.map(
        (old: Tensor, slope: Tensor) => old.sub(slope.mul(learningRate)),
        p,
        gradient,
      );
      return [next, value];
    },
  );
  return {
    async run(times) {
      const values: Tensor[] = [];
      for (let i = 0; i < times; i++) {
        const x = np.array(batch.data, { shape: batch.shape });
        const y = np.array(target, { shape: [examples, classes] });
        const [next, value] = step(parameters, x, y, ...masks.map((mask) => mask.ref));
        parameters = next;
        values.push(value);
        await blockUntilReady(parameters);
      }
      await settled();
      const losses: number[] = [];
      for (const value of values) losses.push((await value.data())[0]);
      return losses;
    },
  };
}
