/**
 * Filigree as a contender, through the interface that users have where there is one.
 *
 * @module
 */
import type { Backend } from "../../src/device/backend.ts";
import { openWasm } from "../../src/device/wasm/backend.ts";
import { openWebgpu } from "../../src/device/webgpu/open.ts";
import { linear, relu, sequential } from "../../src/nn/mod.ts";
import { crossEntropy } from "../../src/ops/cross_entropy.ts";
import { EPILOGUE } from "../../src/ops/kernels/constants.ts";
import { gemm, record } from "../../src/ops/kernels/mod.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { Device, labels, matrix, vector } from "../../src/program/device.ts";
import { openModule } from "../../src/device/wasm/module.ts";
import { Arena } from "../../src/sparse/arena.ts";
import { openRewirer } from "../../src/sparse/rewirer.ts";
import { fanIn } from "../../src/sparse/patterns/mod.ts";
import { Bench } from "../buffers.ts";
import { type DenseWeight, denseWeights } from "../dense_weights.ts";
import { spend } from "../measure.ts";
import type { Contender } from "./contender.ts";

/** A backend of ours, as it is named in results. */
export interface Ours {
  /** Part of the result's name. */
  readonly label: "webgpu" | "wasm-plain" | "wasm-relaxed";
  /** Threads; on `webgpu` the driver decides. */
  readonly threads: number;
}

/** Opens a backend. */
export async function openBackend({ label, threads }: Ours): Promise<Backend> {
  if (label === "webgpu") return await openWebgpu({ software: true });
  return await openWasm({ threads, build: label === "wasm-plain" ? "plain" : "relaxed" });
}

/** The product of two square matrices. */
export async function openProduct(
  ours: Ours,
  size: number,
  a: Float32Array,
  b: Float32Array,
): Promise<Contender> {
  const backend = await openBackend(ours);
  const bench = new Bench(backend);
  bench.put("a", a);
  bench.put("b", b);
  bench.put("extra", new Float32Array(4));
  bench.put("c", size * size);
  const shape = { m: size, n: size, k: size, transposeA: 0, transposeB: 0 };
  const run = await bench.program([
    bench.call(gemm, ["a", "b", "extra", "c"], { ...shape, epilogue: EPILOGUE.none }),
  ]);
  return contender(backend, run, () => bench.read("c"));
}

/** A perceptron that trains by plain SGD, and the weights that it starts with. */
export async function openStep(
  ours: Ours,
  task: {
    readonly sizes: readonly number[];
    readonly density: number;
    readonly examples: number;
    readonly learningRate: number;
    /** `[inputs, examples]`. */
    readonly x: Float32Array;
    readonly y: Uint32Array;
  },
): Promise<Contender & { readonly weights: readonly DenseWeight[] }> {
  const { sizes, density, examples, learningRate, x, y } = task;
  const backend = await openBackend(ours);
  const pattern = fanIn({ density });
  const layers = sizes.slice(1).map((outputs, i) => linear(sizes[i], outputs, { pattern }));
  const model = sequential(
    ...layers.flatMap((layer, i) => i < layers.length - 1 ? [layer, relu()] : [layer]),
  );
  const device = new Device(backend, "bench", 1, record);
  const optimizer = sgd({ learningRate });
  const program = await device.compile(
    [matrix(sizes[0], examples), labels(examples)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  const weights = await denseWeights(device, model);
  return {
    ...contender(backend, () => Promise.resolve(), undefined),
    weights,
    async run(times) {
      const spent = await spend(async () => {
        for (let i = 0; i < times; i++) program.run([x, y]);
        await backend.settled();
      });
      return { ...spent, losses: [...(await program.scalars())[0]] };
    },
  };
}

/** One example through a sparse layer, or the same layer with the zeros stored. */
export async function openInference(
  ours: Ours,
  { inputs, outputs, density, x }: {
    readonly inputs: number;
    readonly outputs: number;
    /** 1 for the dense layer. */
    readonly density: number;
    readonly x: Float32Array;
  },
  given?: DenseWeight,
): Promise<Contender & { readonly weights: readonly DenseWeight[] }> {
  const backend = await openBackend(ours);
  const device = new Device(backend, "bench", 1, record);
  const layer = linear(inputs, outputs, density < 1 ? { pattern: fanIn({ density }) } : {});
  const program = await device.compile([vector(inputs)], (x) => layer(x));
  if (given !== undefined) device.write(layer.weights[0].values, given.weight);
  const columns = program.traced.inputElements[0] / inputs;
  const padded = new Float32Array(inputs * columns);
  x.forEach((value, i) => padded[i * columns] = value);
  const run = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) program.run([padded]);
    await backend.settled();
  };
  return {
    ...contender(backend, run, async () => {
      const y = await program.floats(0);
      const stride = y.length / outputs;
      return Float32Array.from({ length: outputs }, (_, i) => y[i * stride]);
    }),
    weights: await denseWeights(device, layer),
  };
}

/**
 * The k-th largest magnitude, on one thread: of an array on the host, which is copied in and searched for NaN, or of one that
 * lies in the module's memory already, as those of a rewiring do.
 */
export async function openSelect(
  values: Float32Array,
  n: number,
  where: "host" | "resident",
): Promise<Contender> {
  const device = "wasm: WASM SIMD, 1 thread";
  let found = NaN;
  if (where === "host") {
    const rewirer = await openRewirer();
    return inProcess(device, () => found = rewirer.kthLargest(values, n), () => found);
  }
  const module = await openModule("plain", ["rewiring"]);
  const arena = new Arena(module);
  const { pointer, length } = arena.copy(values);
  const work = (): void => {
    const bits = module.exports.rewire_kth_largest(pointer, length, n);
    found = new Float32Array(Uint32Array.of(bits).buffer)[0];
  };
  return {
    ...inProcess(device, work, () => found),
    close: () => Promise.resolve(arena[Symbol.dispose]()),
  };
}

/** A contender in this process that computes one number. */
export function inProcess(
  device: string,
  work: () => void,
  result: () => number,
): Contender {
  return {
    versions: {},
    device,
    async run(times) {
      const spent = await spend(() => {
        for (let i = 0; i < times; i++) work();
      });
      return { ...spent, losses: [] };
    },
    result: () => Promise.resolve(Float32Array.of(result())),
    close: () => Promise.resolve(),
  };
}

function contender(
  backend: Backend,
  work: (times: number) => Promise<void>,
  result: (() => Promise<Float32Array>) | undefined,
): Contender {
  return {
    versions: {},
    device: `${backend.name}: ${backend.info.description}`,
    run: async (times) => ({ ...await spend(() => work(times)), losses: [] }),
    result: result ?? (() => Promise.reject(new TypeError("Cannot give a result: losses are all"))),
    close: () => Promise.resolve(backend.close()),
  };
}
