/**
 * The threads of the relaxed build: workers that share the module's memory and wait inside it for
 * the next program. They start from a text, which needs no permission, and keep no process alive: a device without
 * work is no reason to go on.
 *
 * @module
 */
import type { WasmModule } from "./module.ts";

/** What a worker says: that it is about to wait, or why it ended. */
type WorkerMessage = { readonly ready: true } | { readonly failed: string };

/** What a worker is given. */
interface WorkerTask {
  readonly source: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

/**
 * The whole life of a worker. It is sent as text and therefore refers to nothing outside. Blocking in
 * `worker` is what it is for: it answers no message from then on and returns when the crew stops.
 */
function live(
  { source, memory, thread }: WorkerTask,
  say: (message: WorkerMessage) => void,
): void {
  let exports: Record<string, (...words: number[]) => number> = {};
  try {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module, name, kind } of WebAssembly.Module.imports(source)) {
      (imports[module] ??= {})[name] = kind === "memory" ? memory : () => {};
    }
    exports = new WebAssembly.Instance(source, imports).exports as typeof exports;
    // Bytes of this thread's stack, in the shared memory.
    exports.__wbindgen_start(1 << 20);
    say({ ready: true });
    exports.worker(thread);
  } catch (error) {
    exports.fail?.();
    say({ failed: String(error) });
  }
}

/** A worker that has been started. */
interface Thread {
  /** Settles with the worker's first message. */
  readonly ready: Promise<void>;
  /** Ends it at once. */
  end(): void;
}

/** Starts a worker of the page, which ends with it. */
function startOnPage(task: WorkerTask): Thread {
  const text = `onmessage = ({ data }) => { (${live})(data, postMessage); close(); }`;
  const url = URL.createObjectURL(new Blob([text], { type: "application/javascript" }));
  const worker = new Worker(url, { type: "module", name: nameOf(task) });
  const ready = new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => hear(data, resolve, reject);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot start a WASM thread: ${event.message}`));
    };
  });
  worker.postMessage(task);
  return { ready: ready.finally(() => URL.revokeObjectURL(url)), end: () => worker.terminate() };
}

/** The part of the runtime's `node:worker_threads` that is needed; a page has none. */
interface WorkerThreads {
  readonly Worker: new (
    text: string,
    options: { readonly eval: true; readonly workerData: WorkerTask; readonly name: string },
  ) => {
    once(event: "message", listener: (message: WorkerMessage) => void): void;
    once(event: "error", listener: (error: Error) => void): void;
    unref(): void;
    terminate(): Promise<number>;
  };
}

/** Starts a thread that does not keep the process alive once it waits: a worker of the page would, for ever. */
function startInProcess(
  { Worker }: WorkerThreads,
  task: WorkerTask,
): Thread {
  const text = 'const { parentPort, workerData } = require("node:worker_threads"); ' +
    `(${live})(workerData, (message) => parentPort.postMessage(message));`;
  const worker = new Worker(text, { eval: true, workerData: task, name: nameOf(task) });
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", (message: WorkerMessage) => hear(message, resolve, reject));
    worker.once(
      "error",
      ({ message }: Error) => reject(new Error(`Cannot start a WASM thread: ${message}`)),
    );
  });
  return { ready: ready.finally(() => worker.unref()), end: () => void worker.terminate() };
}

function nameOf({ thread }: WorkerTask): string {
  return `filigree ${thread}`;
}

function hear(message: WorkerMessage, resolve: () => void, reject: (error: Error) => void): void {
  if ("failed" in message) reject(new Error(`Cannot start a WASM thread: ${message.failed}`));
  else resolve();
}

/** Running workers. */
export class Crew {
  readonly #module: WasmModule;
  readonly #threads: readonly Thread[];

  private constructor(module: WasmModule, threads: readonly Thread[]) {
    this.#module = module;
    this.#threads = threads;
  }

  /** Threads that share a program: the workers and the caller. */
  get threads(): number {
    return this.#threads.length + 1;
  }

  /** Starts workers 1 to `threads - 1` and returns once all of them wait for programs. */
  static async start(module: WasmModule, threads: number): Promise<Crew> {
    const { source, memory } = module;
    const start = starter();
    const started: Thread[] = [];
    try {
      for (let thread = 1; thread < threads; thread++) {
        started.push(start({ source, memory, thread }));
      }
      await Promise.all(started.map(({ ready }) => ready));
    } catch (error) {
      for (const thread of started) thread.end();
      throw error;
    }
    return new Crew(module, started);
  }

  /** Ends the workers. */
  stop(): void {
    this.#module.exports.stop();
    for (const thread of this.#threads) thread.end();
  }
}

/** How workers are started here. Not by an import, which a page could not carry out. */
function starter(): (task: WorkerTask) => Thread {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: "node:worker_threads"): WorkerThreads | undefined };
  };
  const threads = process?.getBuiltinModule?.("node:worker_threads");
  return threads === undefined ? startOnPage : (task) => startInProcess(threads, task);
}
