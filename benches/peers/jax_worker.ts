/**
 * jax-js in a worker of its own: a masked 784-512-10 perceptron, one SGD step per example batch, jitted as one function.
 *
 * The worker has no `SharedArrayBuffer`, so that jax-js computes on one thread; measured, it is faster so than with a pool of
 * one worker.
 *
 * @module
 */
/// <reference lib="webworker" />
import type { JaxRequest, JaxResponse } from "../peer.ts";

declare const self: DedicatedWorkerGlobalScope;

Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
const { blockUntilReady, defaultDevice, init, jit, nn, numpy: np, tree, valueAndGrad } =
  await import("@jax-js/jax");
await init("wasm");
defaultDevice("wasm");

type Tensor = ReturnType<typeof np.array>;
type Parameters = { w1: Tensor; b1: Tensor; w2: Tensor; b2: Tensor };

let parameters: Parameters | undefined;
let masks: [Tensor, Tensor] | undefined;
let batch: { x: Float32Array<ArrayBuffer>; y: Float32Array<ArrayBuffer>; examples: number } | undefined;
let step: ((...given: Tensor[] | [Parameters, ...Tensor[]]) => [Parameters, Tensor]) | undefined;

self.onmessage = async ({ data }: MessageEvent<JaxRequest>) => {
  if (data.kind === "open") open(data);
  const response: JaxResponse = data.kind === "open"
    ? { milliseconds: 0, losses: [] }
    : await run(data.times);
  self.postMessage(response);
};

function open(given: Extract<JaxRequest, { kind: "open" }>): void {
  const { sizes: [inputs, hidden, classes], learningRate } = given;
  const array = (data: Float32Array<ArrayBuffer>, ...shape: number[]): Tensor => np.array(data, { shape });
  parameters = {
    w1: array(given.w1, hidden, inputs),
    b1: array(new Float32Array(hidden), hidden, 1),
    w2: array(given.w2, classes, hidden),
    b2: array(new Float32Array(classes), classes, 1),
  };
  masks = [array(given.mask1, hidden, inputs), array(given.mask2, classes, hidden)];
  batch = { x: given.x, y: given.y, examples: given.examples };
  const loss = (p: Parameters, x: Tensor, y: Tensor, m1: Tensor, m2: Tensor): Tensor => {
    const h = nn.relu(np.matmul(p.w1.mul(m1), x).add(p.b1));
    const z = np.matmul(p.w2.mul(m2), h).add(p.b2);
    return nn.logSoftmax(z, 0).mul(y).sum().mul(-1 / given.examples);
  };
  // deno-lint-ignore no-explicit-any -- jax-js cannot type a function over trees and arrays.
  step = (jit as any)((p: Parameters, x: Tensor, y: Tensor, m1: Tensor, m2: Tensor) => {
    // deno-lint-ignore no-explicit-any -- as above.
    const [value, gradient] = (valueAndGrad as any)(loss)(tree.ref(p), x, y, m1, m2);
    const next = tree.map((a: Tensor, b: Tensor) => a.sub(b.mul(learningRate)), p, gradient);
    return [next, value];
  });
}

async function run(times: number): Promise<JaxResponse> {
  if (parameters === undefined || masks === undefined || batch === undefined || !step) {
    throw new ReferenceError("Cannot run a step: the peer has not been opened");
  }
  const values: Tensor[] = [];
  const start = performance.now();
  for (let i = 0; i < times; i++) {
    const { x, y, examples } = batch;
    const given = [x, y].map((data) => np.array(data, { shape: [data.length / examples, examples] }));
    const [next, value] = step(parameters, given[0], given[1], masks[0].ref, masks[1].ref);
    parameters = next;
    values.push(value);
    await blockUntilReady(tree.ref(parameters));
  }
  const milliseconds = performance.now() - start;
  const losses: number[] = [];
  for (const value of values) losses.push((await value.data())[0]);
  return { milliseconds, losses };
}
