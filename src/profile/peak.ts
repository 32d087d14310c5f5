/**
 * The most multiply-adds per second that a device does: nothing but registers.
 *
 * @module
 */
import type { Backend } from "../device/backend.ts";
import { loadPeak } from "./loader.js";
import { multiplyAdd, multiplyAddResult } from "./multiply_add.ts";

/** Which loop of `wasm/peak.wat`: a multiplication and an addition, or the fused one. */
export type PeakLoop = "plain" | "relaxed";

/** Milliseconds of one look at the peak: short, because others want the cores too, and the best look counts. */
const MILLISECONDS = 5;

/** Looks of a thread. */
const LOOKS = 60;

/** Milliseconds after which the kernel of WebGPU is given no more work. */
const GPU_MILLISECONDS = 20;

/** Numbers that the kernel of WebGPU writes: enough invocations to fill any device. */
const LENGTH = 1 << 20;

/**
 * Measures the peak of all threads of a backend together, in floating-point operations per second.
 *
 * @throws {TypeError} if the device cannot measure.
 * @throws {Error} if the arithmetic is wrong.
 */
export async function multiplyAddPeak(backend: Backend): Promise<number> {
  if (backend.name === "webgpu") return await webgpuPeak(backend);
  const { threads, details } = backend.info;
  return await wasmPeak(details.build === "relaxed" ? "relaxed" : "plain", threads);
}

/** What a thread of the peak is sent. */
interface PeakTask {
  readonly source: WebAssembly.Module;
  readonly loop: PeakLoop;
  readonly milliseconds: number;
  readonly looks: number;
}

/**
 * The whole life of a thread. It is sent as text and therefore refers to nothing outside. Answers with the operations per
 * second of each look, or with what is wrong.
 */
function live(): void {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<PeakTask>) => void;
    postMessage(message: readonly number[] | string): void;
  };
  scope.onmessage = ({ data: { source, loop, milliseconds, looks } }) => {
    // Operations of an iteration, and the result of `n` of them: `wasm/peak.wat` says why.
    const [flops, result] = loop === "plain"
      ? [48, (n: number) => 30 + 6 * n]
      : [96, (n: number) => 66 + 12 * n];
    const run = new WebAssembly.Instance(source).exports[loop] as (n: number, x: number) => number;
    if (run(1000, 1) !== result(1000)) {
      return scope.postMessage(`the loop gave ${run(1000, 1)}; expected ${result(1000)}`);
    }
    const rateOf = (iterations: number): number => {
      const start = performance.now();
      run(iterations, 1);
      return flops * iterations / ((performance.now() - start) / 1000);
    };
    // The second run is compiled by the optimising compiler.
    rateOf(1e6);
    const iterations = Math.ceil(rateOf(1e6) / flops * milliseconds / 1000);
    scope.postMessage(Array.from({ length: looks }, () => rateOf(iterations)));
  };
}

/** All threads run the loop at once: cores share caches, clocks and sometimes arithmetic units. */
async function wasmPeak(loop: PeakLoop, threads: number): Promise<number> {
  const source = await loadPeak();
  const url = URL.createObjectURL(
    new Blob([`(${live})()`], { type: "application/javascript" }),
  );
  const workers = Array.from(
    { length: threads },
    (_, i) => new Worker(url, { type: "module", name: `filigree peak ${i}` }),
  );
  try {
    const task: PeakTask = { source, loop, milliseconds: MILLISECONDS, looks: LOOKS };
    const answers = await Promise.all(workers.map((worker) => {
      worker.postMessage(task);
      return answerOf(worker);
    }));
    return answers.reduce((sum, rates) => sum + Math.max(...rates), 0);
  } finally {
    for (const worker of workers) worker.terminate();
    URL.revokeObjectURL(url);
  }
}

function answerOf(worker: Worker): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`Cannot measure the peak: ${why}`));
    worker.onmessage = ({ data }: MessageEvent<readonly number[] | string>) =>
      typeof data === "string" ? fail(data) : resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
  });
}

async function webgpuPeak(backend: Backend): Promise<number> {
  const y = backend.allocate(4 * LENGTH, "peak");
  try {
    let best = 0;
    // The work grows until a look is long enough to be told from the noise.
    for (let rounds = 1; rounds <= 1 << 17; rounds *= 4) {
      const params = { length: LENGTH, rounds, factor: 1 };
      const call = { kernel: multiplyAdd, buffers: [y], params };
      const executable = await backend.compile([call, call, call]);
      const seconds = Math.min(...await backend.measure(executable));
      backend.release(executable);
      await checkSums(backend, y, rounds);
      best = Math.max(best, (multiplyAdd.flops?.(params) ?? 0) / seconds);
      if (1000 * seconds > GPU_MILLISECONDS) break;
    }
    return best;
  } finally {
    backend.free(y);
  }
}

async function checkSums(
  backend: Backend,
  y: Parameters<Backend["read"]>[0],
  rounds: number,
): Promise<void> {
  const expected = multiplyAddResult(rounds);
  const got = new Float32Array(await backend.read(y)).find((sum) => sum !== expected);
  if (got !== undefined) {
    throw new Error(`Cannot measure the peak: a chain gave ${got}; expected ${expected}`);
  }
}
