/**
 * What a thread of the relaxed build does, wherever it was started.
 *
 * @module
 */

/** What a worker says: that it is about to wait, or why it ended. */
export type WorkerMessage = { readonly ready: true } | { readonly failed: string };

/** What a worker is given. */
export interface WorkerTask {
  /** The compiled module. */
  readonly source: WebAssembly.Module;
  /** The memory that all threads share. */
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1. */
  readonly thread: number;
}

/**
 * The whole life of a worker. It is sent as text and therefore refers to nothing outside. Blocking in
 * `worker` is what it is for: it answers no message from then on and returns when the crew stops.
 */
export function live(
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
