/**
 * What a thread of the relaxed build does, wherever it was started.
 *
 * @module
 */

/** What a worker says: that it is about to wait, or why it ended. */
export type WorkerMessage = { readonly ready: true } | { readonly failed: string };

/** What a worker is given first. */
export interface WorkerTask {
  /** The compiled module. */
  readonly source: WebAssembly.Module;
  /** The memory that all threads share. */
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1. */
  readonly thread: number;
}

/** What a worker is given after a pause: parts of the module to go on with. */
export interface WorkerParts {
  /** The compiled parts. */
  readonly parts: readonly WebAssembly.Module[];
}

/**
 * The whole life of a worker: gives what takes its messages one after the other, and says after each whether another one may
 * come. It is sent as text and therefore refers to nothing outside. Blocking in `worker` is what it is for: it answers no message
 * until the crew pauses or stops.
 */
export function live(
  say: (message: WorkerMessage) => void,
): (message: WorkerTask | WorkerParts) => boolean {
  let exports: Record<string, WebAssembly.ExportValue> = {};
  let [thread, seen] = [0, 0];
  let memory: WebAssembly.Memory | undefined;
  const instantiate = (source: WebAssembly.Module): WebAssembly.Exports => {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module, name, kind } of WebAssembly.Module.imports(source)) {
      const given = kind === "memory" ? memory : exports[name];
      (imports[module] ??= {})[name] = kind === "function" ? () => {} : given as WebAssembly.Memory;
    }
    return new WebAssembly.Instance(source, imports).exports;
  };
  const call = (name: string, ...words: number[]): number =>
    (exports[name] as (...words: number[]) => number)(...words);
  return (message) => {
    try {
      if ("parts" in message) message.parts.forEach(instantiate);
      else {
        ({ memory, thread } = message);
        exports = instantiate(message.source);
        // Bytes of this thread's stack, in the shared memory.
        call("__wbindgen_start", 1 << 20);
        say({ ready: true });
      }
      seen = call("worker", thread, seen);
      return seen !== 0;
    } catch (error) {
      if ("fail" in exports) call("fail");
      say({ failed: String(error) });
      return false;
    }
  };
}
