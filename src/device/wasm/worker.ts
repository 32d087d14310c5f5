/**
 * A thread of the relaxed build as a file of its own, for pages whose policy forbids workers that are made of a text: the
 * option `worker` of a device is where it lies.
 *
 * @module
 */
import { live, type WorkerParts, type WorkerTask } from "./thread.ts";

/** What of the global scope of a worker is needed. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<WorkerTask | WorkerParts>) => void;
  postMessage(message: unknown): void;
  close(): void;
};

const go = live((message) => scope.postMessage(message));

scope.onmessage = ({ data }) => {
  if (!go(data)) scope.close();
};
