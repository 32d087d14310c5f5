/**
 * What is on its way to the queue of a device: programs that run, and what is written for them. Most of what the host pays for a
 * short run is paid for every submission, whatever it holds: an encoder, its end, the submission, each write. So several runs of
 * programs that are known to be short are one submission, and what was written between them is one write and a copy for each. Nobody
 * who looks can tell: whoever reads, waits or frees submits first.
 *
 * @module
 */
import type { Replacements } from "../replace.ts";
import { unshared } from "./buffer.ts";
import { type BoundDispatch, encodeDispatches, type WebgpuExecutable } from "./executable.ts";
import type { Failures } from "./failures.ts";

/** Most runs of a submission. */
const MOST_RUNS = 8;

/** Milliseconds that a submission may take: drivers end what takes seconds, and a device shall not wait long for work. */
const LONGEST = 30;

/** Bytes that are written by one submission. */
const STAGED_BYTES = 1 << 20;

/** Larger writes go to the queue by themselves: what they cost is their bytes. */
const LARGEST_STAGED = 1 << 18;

/** A write that waits, and where its bytes lie. */
interface Copy {
  readonly begin: number;
  readonly bytes: number;
  readonly target: GPUBuffer;
  readonly byteOffset: number;
}

type Waiting = Copy | readonly BoundDispatch[];

/** Collects what runs on one device. */
export class Submissions {
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  /** What waits, in order. */
  #waiting: Waiting[] = [];
  /** How many of it are runs, and what they take at most. */
  #runs = 0;
  #milliseconds = 0;
  /** Bytes of writes that wait. */
  #bytes = 0;
  /** Where they lie, on the host and on the device; taken when the first one waits. */
  #staging: { readonly host: Uint8Array<ArrayBuffer>; readonly gpu: GPUBuffer } | undefined;
  /** Runs of each executable since somebody waited for the device, and when the first one began. */
  #counts = new Map<WebgpuExecutable, number>();
  #since = 0;
  /** Whether several runs of what ran last fit into a submission. */
  #gathers = false;

  /** Works on a device, and tells its failures. */
  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device;
    this.#failures = failures;
  }

  /** Writes to a buffer, after what runs already and before what runs next. */
  write(target: GPUBuffer, byteOffset: number, data: Uint8Array<ArrayBufferLike>): void {
    const bytes = data.length;
    if (!this.#gathers || bytes > LARGEST_STAGED) {
      this.submit();
      this.#failures.watch(
        "validation",
        () => this.#device.queue.writeBuffer(target, byteOffset, unshared(data)),
      );
      return;
    }
    if (this.#bytes + bytes > STAGED_BYTES) this.submit();
    this.#staging ??= this.#stage();
    this.#staging.host.set(data, this.#bytes);
    this.#waiting.push({ begin: this.#bytes, bytes, target, byteOffset });
    this.#bytes += bytes;
  }

  /** Runs an executable; at once if it is not known to be short. */
  run(executable: WebgpuExecutable, replaced: Replacements): void {
    const dispatches = replaced.size === 0
      ? executable.bound(replaced)
      : this.#failures.watch("validation", () => executable.bound(replaced));
    if (dispatches.length === 0) return;
    if (this.#counts.size === 0) this.#since = performance.now();
    this.#counts.set(executable, (this.#counts.get(executable) ?? 0) + 1);
    this.#gathers = 2 * executable.milliseconds <= LONGEST;
    this.#waiting.push(dispatches);
    this.#runs++;
    this.#milliseconds += executable.milliseconds;
    if (this.#runs === MOST_RUNS || this.#milliseconds >= LONGEST) this.submit();
  }

  /** Submits what waits. */
  submit(): void {
    const waiting = this.#waiting, bytes = this.#bytes;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#runs = this.#milliseconds = this.#bytes = 0;
    this.#failures.watch("validation", () => {
      const { queue } = this.#device;
      if (bytes > 0 && this.#staging !== undefined) {
        queue.writeBuffer(this.#staging.gpu, 0, this.#staging.host, 0, bytes);
      }
      queue.submit([this.#encode(waiting)]);
    });
  }

  /**
   * Submits what waits, for somebody who is going to wait for it.
   *
   * @returns To be called once that is over: then it is known what the runs took at most.
   */
  await(): () => void {
    this.submit();
    const counts = this.#counts, since = this.#since;
    this.#counts = new Map();
    return () => {
      const elapsed = performance.now() - since;
      for (const [executable, runs] of counts) executable.milliseconds = elapsed / runs;
    };
  }

  /** Forgets what waits, and gives memory back. */
  close(): void {
    this.#waiting = [];
    this.#staging?.gpu.destroy();
  }

  #encode(waiting: readonly Waiting[]): GPUCommandBuffer {
    const encoder = this.#device.createCommandEncoder({ label: "program" });
    let pass: GPUComputePassEncoder | undefined;
    for (const each of waiting) {
      if ("target" in each) {
        pass?.end();
        pass = undefined;
        const { begin, bytes, target, byteOffset } = each;
        encoder.copyBufferToBuffer(
          this.#staging?.gpu as GPUBuffer,
          begin,
          target,
          byteOffset,
          bytes,
        );
      } else encodeDispatches(pass ??= encoder.beginComputePass(), each);
    }
    pass?.end();
    return encoder.finish();
  }

  #stage(): { readonly host: Uint8Array<ArrayBuffer>; readonly gpu: GPUBuffer } {
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const gpu = this.#failures.watch(
      "out-of-memory",
      () => this.#device.createBuffer({ label: "staging of writes", size: STAGED_BYTES, usage }),
    );
    return { host: new Uint8Array(STAGED_BYTES), gpu };
  }
}
