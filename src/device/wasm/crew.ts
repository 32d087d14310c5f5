/**
 * The threads of the relaxed build: workers that share the module's memory and wait inside it for
 * the next program. They start from a text, which needs no permission, and keep no process alive: a device without
 * work is no reason to go on.
 *
 * @module
 */
import { builtIn } from "../../runtime/built_in.ts";
import type { WasmModule } from "./module.ts";
import { live, type WorkerMessage, type WorkerParts, type WorkerTask } from "./thread.ts";

/** A worker that has been started. */
interface Thread {
  /** Settles with the worker's first message. */
  readonly ready: Promise<void>;
  /** Gives it parts, which it takes in a pause. */
  give(parts: WorkerParts): void;
  /** Ends it at once. */
  end(): void;
}

/** What a page's policy may stand in the way with, and what would be accepted. */
const OBSTACLE = "the policy of the page forbids workers of blob: URLs " +
  "(it may allow them by worker-src blob:, or the option worker may name the file of a thread)";

/** A page's policy allows no workers that are made of a text. */
export class WorkerPolicyError extends Error {
  /** The name of the class. */
  override readonly name: string = "WorkerPolicyError";

  /** Made where a worker is refused without a word. */
  constructor(options?: ErrorOptions) {
    super(`Cannot start a WASM thread: ${OBSTACLE}`, options);
  }

  /** What stands in the way, as a part of a sentence. */
  get obstacle(): string {
    return OBSTACLE;
  }
}

/** Starts a worker of the page, which ends with it: of the file at an address, or else of a text. */
function startOnPage(task: WorkerTask, file: string | URL | undefined): Thread {
  const text =
    `const go = (${live})(postMessage); onmessage = ({ data }) => { go(data) || close(); }`;
  const url = file ?? URL.createObjectURL(new Blob([text], { type: "application/javascript" }));
  const release = (): void => {
    if (file === undefined) URL.revokeObjectURL(String(url));
  };
  let worker: Worker;
  try {
    worker = new Worker(url, { type: "module", name: nameOf(task) });
  } catch (cause) {
    release();
    throw file === undefined ? new WorkerPolicyError({ cause }) : cause;
  }
  const ready = new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => hear(data, resolve, reject);
    worker.onerror = (event) => {
      event.preventDefault();
      // A worker that was not even loaded has nothing to say.
      const { message = "" } = event as Partial<ErrorEvent>;
      if (message !== "") reject(new Error(`Cannot start a WASM thread: ${message}`));
      else if (file === undefined) reject(new WorkerPolicyError());
      else {
        reject(
          new Error(
            `Cannot start a WASM thread: there is no worker at "${file}", or the policy of the page forbids it; ` +
              "expected the URL of worker.js, of the page's own origin",
          ),
        );
      }
    };
  });
  worker.postMessage(task);
  return {
    ready: ready.finally(release),
    give: (parts) => worker.postMessage(parts),
    end: () => worker.terminate(),
  };
}

/** The part of the runtime's `node:worker_threads` that is needed; a page has none. */
interface WorkerThreads {
  readonly Worker: new (
    text: string,
    options: { readonly eval: true; readonly workerData: WorkerTask; readonly name: string },
  ) => {
    once(event: "message", listener: (message: WorkerMessage) => void): void;
    once(event: "error", listener: (error: Error) => void): void;
    postMessage(parts: WorkerParts): void;
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
    `const go = (${live})((message) => parentPort.postMessage(message)); ` +
    'parentPort.on("message", go); go(workerData);';
  const worker = new Worker(text, { eval: true, workerData: task, name: nameOf(task) });
  const ready = new Promise<void>((resolve, reject) => {
    worker.once("message", (message: WorkerMessage) => hear(message, resolve, reject));
    worker.once(
      "error",
      ({ message }: Error) => reject(new Error(`Cannot start a WASM thread: ${message}`)),
    );
  });
  return {
    ready: ready.finally(() => worker.unref()),
    give: (parts) => worker.postMessage(parts),
    end: () => void worker.terminate(),
  };
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

  /**
   * Starts workers 1 to `threads - 1` and returns once all of them wait for programs.
   *
   * @param worker Where `worker.ts` lies as a file of JavaScript, for a page; else workers are made of a text.
   * @throws {WorkerPolicyError} if a page allows no such workers.
   */
  static async start(
    module: WasmModule,
    threads: number,
    worker?: string | URL,
  ): Promise<Crew> {
    const { source, memory } = module;
    const start = starter(worker);
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

  /**
   * Gives the workers parts of the module: they leave it, and come back with them to the next program.
   *
   * @returns Whether all of them did; if not, one has failed.
   */
  link(parts: readonly WebAssembly.Module[]): boolean {
    if (this.#module.exports.pause(this.threads) !== 1) return false;
    for (const thread of this.#threads) thread.give({ parts });
    return true;
  }

  /** Ends the workers. */
  stop(): void {
    this.#module.exports.stop();
    for (const thread of this.#threads) thread.end();
  }
}

/** How workers are started here. */
function starter(worker: string | URL | undefined): (task: WorkerTask) => Thread {
  const threads = builtIn<WorkerThreads>("node:worker_threads");
  return threads === undefined
    ? (task) => startOnPage(task, worker)
    : (task) => startInProcess(threads, task);
}
