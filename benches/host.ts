/**
 * `host/...`: what a replayed step costs on the host, and a very small step with its end; `host/readback/...`: what reading
 * the losses every 50 steps costs. All three train a small network on a task that it can learn, and want its loss to fall.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { Random } from "../src/device/random.ts";
import { layOut } from "../src/device/webgpu/layout.ts";
import { WebgpuBackend } from "../src/device/webgpu/backend.ts";
import { mlp } from "../src/models/mlp.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { adamw } from "../src/optim/adamw.ts";
import { labels, matrix } from "../src/program/device.ts";
import type { Program } from "../src/program/program.ts";
import { type BenchCase, plain, relaxed, round, webgpu } from "./case.ts";
import { deviceOf } from "./layer.ts";
import { alternate, median, time } from "./measure.ts";

/** Steps between two reads of the losses, as `Trainer.fit` has it by default. */
const LOG_EVERY = 50;

/** Steps that WebGPU submits at once, of a program that is short. */
const TOGETHER = 8;

/** Steps that are submitted before anything waits. */
const BURST = 25;

/** A training step with a batch for it. */
interface TinyStep {
  /** The step. */
  readonly program: Program;
  /** Its inputs. */
  readonly inputs: readonly (Float32Array | Uint32Array)[];
}

/** The benches of this file. */
export function* hostCases(): Generator<BenchCase> {
  for (
    const [device, open] of [["wasm", plain], ["wasm", relaxed], ["webgpu", webgpu]] as const
  ) {
    yield {
      name: `host/dispatch/${device}`,
      unit: "microseconds of the host per dispatch (5 at most)",
      open,
      run: measureDispatch,
    };
    yield {
      name: `host/tiny-step/${device}`,
      unit: `ms per step of 64-64-10, batch 32 (${device === "wasm" ? 0.2 : 2} at most)`,
      open,
      run: measureTinyStep,
    };
    yield {
      name: `host/readback/${device}`,
      unit: `time with losses read every ${LOG_EVERY} steps / time without`,
      open,
      run: measureReadback,
    };
  }
}

/**
 * Host time of `Program.run`. A device that computes in the call is kept out of it: the WASM backend is handed an empty list,
 * and WebGPU, whose software adapters make `submit` wait for what runs, is idle when a submission begins. Runs of a short program
 * are one submission; freeing a buffer is what ends it.
 */
async function measureDispatch(backend: Backend): ReturnType<BenchCase["run"]> {
  const sizes = [784, 256, 256, 256, 256, 10] as const;
  const computing = await openStep(backend, sizes, 32);
  const { calls } = computing.program.traced;
  const gpu = backend instanceof WebgpuBackend;
  const dispatches = gpu ? layOut(calls, backend.traits).steps.length : calls.length;
  const { program, inputs } = gpu ? computing : await openStep(withoutKernels(backend), sizes, 32);
  const runs = gpu ? TOGETHER : BURST;
  const times: number[] = [];
  for (let round = 0; round < 60; round++) {
    const last = backend.allocate(16, "last");
    times.push(
      await time(() => {
        repeat(runs, () => program.run(inputs));
        backend.free(last);
      }) / runs,
    );
    await backend.settled();
  }
  if (program !== computing.program) program.dispose();
  computing.program.dispose();
  const [step, fastest] = [median(times), Math.min(...times)].map((ms) => 1000 * ms);
  return {
    ratio: step / dispatches,
    details: {
      dispatches,
      ourMs: round(step / 1000),
      fastestPerDispatch: round(fastest / dispatches),
    },
  };
}

async function measureTinyStep(backend: Backend): ReturnType<BenchCase["run"]> {
  const { program, inputs } = await openStep(backend, [64, 64, 10], 32);
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    times.push(
      await time(async () => {
        repeat(BURST, () => program.run(inputs));
        await backend.settled();
      }) / BURST,
    );
  }
  program.dispose();
  const sorted = times.sort((a, b) => a - b);
  return {
    ratio: median(times),
    details: {
      ourMs: round(median(times)),
      fastest: round(sorted[0]),
      slowest: round(sorted[sorted.length - 1]),
    },
  };
}

async function measureReadback(backend: Backend): ReturnType<BenchCase["run"]> {
  const { program, inputs } = await openStep(backend, [784, 256, 256, 10], 128);
  const steps = 2 * LOG_EVERY;
  const without = async (): Promise<void> => {
    repeat(steps, () => program.run(inputs));
    await backend.settled();
  };
  const reading = async (): Promise<void> => {
    for (let done = 0; done < steps; done += LOG_EVERY) {
      repeat(LOG_EVERY, () => program.run(inputs));
      const [losses] = await program.scalars();
      if (losses.length < LOG_EVERY) throw new Error(`Cannot measure: ${losses.length} losses`);
    }
  };
  const { first, second, quartiles } = await alternate(reading, without, 11);
  program.dispose();
  const details = {
    baseMs: round(second / steps),
    ourMs: round(first / steps),
    readMs: round((first - second) / (steps / LOG_EVERY)),
    lowerQuartile: round(quartiles[0]),
    upperQuartile: round(quartiles[1]),
  };
  return { ratio: first / second, details };
}

/**
 * A step of a sparse network on a backend, warmed up.
 *
 * @throws {Error} if the loss does not fall.
 */
async function openStep(
  backend: Backend,
  sizes: readonly [number, ...number[]],
  batch: number,
): Promise<TinyStep> {
  const model = mlp({ sizes, sparsity: 0.9, distribution: "uniform" });
  const optimizer = adamw({ learningRate: 3e-3 });
  const program = await deviceOf(backend).compile(
    [matrix(sizes[0], batch), labels(batch)],
    (x, y) => optimizer.update(crossEntropy(model(x), y)),
  );
  const classes = sizes[sizes.length - 1];
  const targets = Uint32Array.from({ length: batch }, (_, example) => example % classes);
  const random = new Random({ seed: 1, use: "noise" });
  // Feature f is large where it belongs to the class.
  const features = Float32Array.from(
    { length: sizes[0] * batch },
    (_, i) =>
      0.1 * random.normal() + Number(Math.floor(i / batch) % classes === targets[i % batch]),
  );
  const inputs = [features, targets];
  repeat(LOG_EVERY, () => program.run(inputs));
  const [losses] = await program.scalars();
  if (computes(backend) && !(losses[LOG_EVERY - 1] < 0.9 * losses[0])) {
    throw new Error(`Cannot measure: the loss went from ${losses[0]} to ${losses[LOG_EVERY - 1]}`);
  }
  return { program, inputs };
}

/** Backends that carry programs out without their kernels. */
const empty = new WeakSet<Backend>();

function computes(backend: Backend): boolean {
  return !empty.has(backend);
}

/** The same backend, whose programs are lists of no calls: what is left of a run is the host's part. */
function withoutKernels(backend: Backend): Backend {
  const same: Backend = {
    name: backend.name,
    info: backend.info,
    alignment: backend.alignment,
    get allocatedBytes() {
      return backend.allocatedBytes;
    },
    allocate: (bytes, label) => backend.allocate(bytes, label),
    free: (buffer) => backend.free(buffer),
    write: (buffer, data, byteOffset) => backend.write(buffer, data, byteOffset),
    read: (buffer, byteOffset, bytes) => backend.read(buffer, byteOffset, bytes),
    executableBytes: (calls) => backend.executableBytes(calls),
    compile: () => backend.compile([]),
    run: (executable, replaced) => backend.run(executable, replaced),
    measure: (executable, replaced) => backend.measure(executable, replaced),
    release: (executable) => backend.release(executable),
    settled: () => backend.settled(),
    close: () => backend.close(),
  };
  empty.add(same);
  return same;
}

function repeat(times: number, run: () => void): void {
  for (let i = 0; i < times; i++) run();
}
