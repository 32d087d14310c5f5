/**
 * Runs the cases of `mod.ts`, which watches it.
 *
 * @module
 */
import { type FuzzOptions, runCases } from "./run.ts";

globalThis.addEventListener("message", async (event) => {
  if (!(event instanceof MessageEvent)) return;
  const { at, ...options }: FuzzOptions & { readonly at: Int32Array<SharedArrayBuffer> } =
    event.data;
  const begin = (number: number): void => void Atomics.store(at, 0, number);
  postMessage({ ...await runCases({ ...options, begin }) });
});

declare function postMessage(message: unknown): void;
