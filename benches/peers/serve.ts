/**
 * The peer's side of `protocol.ts`, for peers in JavaScript.
 *
 * @module
 */
import { spend } from "../measure.ts";
import type { OpenRequest, OpenResponse, Request, RunResponse } from "./protocol.ts";

/** How a peer carries a task out. */
export interface Work {
  /** Carries it out and waits for the end. Returns the losses of task `step`, else nothing. */
  run(times: number): Promise<readonly number[]>;
  /** The result of the last run. */
  result?(): Promise<Float32Array>;
}

/** A task that a peer has prepared. */
export type Prepared = OpenResponse & Work;

/** An array of a task. */
export interface TaskArray {
  /** The numbers. */
  readonly data: Float32Array<ArrayBuffer>;
  /** Sizes, row-major. */
  readonly shape: number[];
}

/** Reads an array of a task. */
export function readArray(request: OpenRequest, name: string): TaskArray {
  const { file, shape } = request.arrays[name];
  return { data: new Float32Array(Deno.readFileSync(file).buffer), shape: [...shape] };
}

/** What a library runs on, in words. */
export async function describe(device: string, threads: number): Promise<string> {
  if (device !== "webgpu") return `${device}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  return `webgpu: ${adapter?.info.description ?? "no adapter"}`;
}

/** Answers requests until standard input ends. */
export async function serve(open: (request: OpenRequest) => Promise<Prepared>): Promise<void> {
  let task: Prepared | undefined;
  const answer = async (request: Request): Promise<object> => {
    if ("open" in request) {
      task = await open(request);
      return { versions: task.versions, device: task.device } satisfies OpenResponse;
    }
    if (task === undefined) throw new ReferenceError("Cannot run: no task was opened");
    if ("run" in request) {
      const prepared = task;
      let losses: readonly number[] = [];
      const spent = await spend(async () => {
        losses = await prepared.run(request.run);
      });
      return { ...spent, losses } satisfies RunResponse;
    }
    if (task.result === undefined) throw new TypeError("Cannot give a result: losses are all");
    const result = await task.result();
    await Deno.writeFile(
      request.result,
      new Uint8Array(result.buffer, result.byteOffset, result.byteLength),
    );
    return {};
  };
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      try {
        console.log(JSON.stringify(await answer(JSON.parse(line))));
      } catch (error) {
        console.log(JSON.stringify({ error: error instanceof Error ? error.message : `${error}` }));
      }
    }
  }
  // Worker threads of a library would keep the process.
  Deno.exit(0);
}
