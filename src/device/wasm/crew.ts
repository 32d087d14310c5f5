/**
 * The threads of the relaxed build: workers that share the module's memory and wait inside it for
 * the next program. They start from a Blob, which needs no permission.
 *
 * @module
 */
import type { WasmModule } from "./module.ts";

/** What a worker says: that it is about to wait, or why it ended. */
type WorkerMessage = { readonly ready: true } | { readonly failed: string };

/** What a worker is sent. */
interface WorkerTask {
  readonly source: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

/**
 * The whole life of a worker. It is sent as text and therefore refers to nothing outside. Blocking in
 * `worker` is what it is for: it answers no message from then on and returns when the crew stops.
 */
function live(): void {
  const scope = globalThis as unknown as {
    onmessage: (event: MessageEvent<WorkerTask>) => void;
    postMessage(message: WorkerMessage): void;
    close(): void;
  };
  scope.onmessage = ({ data: { source, memory, thread } }) => {
    let exports: Record<string, (...words: number[]) => number> = {};
    try {
      const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
      for (const { module, name, kind } of WebAssembly.Module.imports(source)) {
        (imports[module] ??= {})[name] = kind === "memory" ? memory : () => {};
      }
      exports = new WebAssembly.Instance(source, imports).exports as typeof exports;
      // Bytes of this thread's stack, in the shared memory.
      exports.__wbindgen_start(1 << 20);
      scope.postMessage({ ready: true });
      exports.worker(thread);
    } catch (error) {
      exports.fail?.();
      scope.postMessage({ failed: String(error) });
    }
    scope.close();
  };
}

/** Running workers. */
export class Crew {
  readonly #module: WasmModule;
  readonly #workers: Worker[];

  private constructor(module: WasmModule, workers: Worker[]) {
    this.#module = module;
    this.#workers = workers;
  }

  /** Threads that share a program: the workers and the caller. */
  get threads(): number {
    return this.#workers.length + 1;
  }

  /** Starts workers 1 to `threads - 1` and returns once all of them wait for programs. */
  static async start(module: WasmModule, threads: number): Promise<Crew> {
    const url = URL.createObjectURL(
      new Blob([`(${live})()`], { type: "application/javascript" }),
    );
    const workers: Worker[] = [];
    try {
      const started: Promise<void>[] = [];
      for (let thread = 1; thread < threads; thread++) {
        const worker = new Worker(url, { type: "module", name: `filigree ${thread}` });
        workers.push(worker);
        started.push(ready(worker));
        const { source, memory } = module;
        worker.postMessage({ source, memory, thread } satisfies WorkerTask);
      }
      await Promise.all(started);
    } catch (error) {
      for (const worker of workers) worker.terminate();
      throw error;
    } finally {
      URL.revokeObjectURL(url);
    }
    return new Crew(module, workers);
  }

  /** Ends the workers. */
  stop(): void {
    this.#module.exports.stop();
    for (const worker of this.#workers) worker.terminate();
  }
}

/** Settles with a worker's first message. */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) =>
      "failed" in data
        ? reject(new Error(`Cannot start a WASM thread: ${data.failed}`))
        : resolve();
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot start a WASM thread: ${event.message}`));
    };
  });
}
