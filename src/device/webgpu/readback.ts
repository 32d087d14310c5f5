/**
 * From the device to the host: a copy into a staging buffer, which is then mapped.
 *
 * @module
 */
import { denoVersion } from "../../runtime/machine.ts";

/** Smallest staging buffer; the others are its multiples by powers of two. */
const SMALLEST = 4096;

/** Larger staging buffers are not kept for the next read. */
const LARGEST_KEPT = 1 << 22;

/** Most staging buffers that are kept. */
const MOST_KEPT = 8;

/**
 * The versions of Deno on which a range can be had without awaiting `mapAsync`.
 *
 * There the call itself waits for all submitted work, by which time the buffer is mapped, and then
 * its promise sleeps 10 ms. That is a detail, not a promise, of these versions: list another one
 * only after `tests/webgpu_backend_test.ts` has passed on it.
 */
const IMMEDIATE = /^2\.9\./;

interface Staging {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
  /** Whether one mapping has been awaited. Asking for a range before that ends Deno's process. */
  proven: boolean;
}

/** Whether ranges can be had without waiting on this runtime. */
export function immediateReadback(version: string | undefined = denoVersion()): boolean {
  return version !== undefined && IMMEDIATE.test(version);
}

/** Reads buffers of one device. */
export class Readback {
  /** Whether Deno's sleep is skipped. */
  readonly immediate: boolean;
  readonly #device: GPUDevice;
  /** Staging buffers that wait for the next read. */
  readonly #idle: Staging[] = [];
  /** Staging buffers that are being read. */
  readonly #busy = new Set<Staging>();

  /** Reads on `device`; `immediate` is obeyed only where it is safe. */
  constructor(device: GPUDevice, immediate: boolean) {
    this.#device = device;
    this.immediate = immediate && immediateReadback();
  }

  /** Copies a part out, after everything submitted before. Offset and length are multiples of 4. */
  async read(source: GPUBuffer, byteOffset: number, bytes: number): Promise<ArrayBuffer> {
    if (bytes === 0) {
      await this.#device.queue.onSubmittedWorkDone();
      return new ArrayBuffer(0);
    }
    const staging = this.#take(bytes);
    try {
      const encoder = this.#device.createCommandEncoder({ label: "read" });
      encoder.copyBufferToBuffer(source, byteOffset, staging.buffer, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      const copy = await this.#map(staging, bytes);
      this.#give(staging);
      return copy;
    } catch (error) {
      this.#drop(staging);
      throw error;
    }
  }

  /** Ends all reads and lets the staging buffers go. */
  close(): void {
    for (const staging of [...this.#busy, ...this.#idle]) this.#drop(staging);
    this.#idle.length = 0;
  }

  async #map(staging: Staging, bytes: number): Promise<ArrayBuffer> {
    const { buffer } = staging;
    const mapped = buffer.mapAsync(GPUMapMode.READ, 0, bytes);
    if (this.immediate && staging.proven) {
      const copy = copyNow(buffer, bytes);
      if (copy !== undefined) {
        // The mapping is over before its promise is; whatever becomes of that is of no interest.
        mapped.catch(() => undefined);
        return copy;
      }
    }
    await mapped;
    staging.proven = true;
    return copyOut(buffer, bytes);
  }

  #take(bytes: number): Staging {
    const size = Math.max(SMALLEST, 2 ** Math.ceil(Math.log2(bytes)));
    const capacity = size <= LARGEST_KEPT ? size : bytes;
    const at = this.#idle.findIndex((staging) => staging.bytes === capacity);
    const staging = at >= 0 ? this.#idle.splice(at, 1)[0] : {
      buffer: this.#device.createBuffer({
        label: "staging",
        size: capacity,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      }),
      bytes: capacity,
      proven: false,
    };
    this.#busy.add(staging);
    return staging;
  }

  /** Keeps a buffer for the next read, unless it is large or was dropped by `close`. */
  #give(staging: Staging): void {
    if (staging.bytes > LARGEST_KEPT) {
      this.#drop(staging);
    } else if (this.#busy.delete(staging)) {
      this.#idle.unshift(staging);
      for (const old of this.#idle.splice(MOST_KEPT)) this.#drop(old);
    }
  }

  #drop(staging: Staging): void {
    this.#busy.delete(staging);
    staging.buffer.destroy();
  }
}

/** A copy of the range if the buffer is mapped already. */
function copyNow(buffer: GPUBuffer, bytes: number): ArrayBuffer | undefined {
  try {
    return copyOut(buffer, bytes);
  } catch {
    return undefined;
  }
}

/** A copy of the range, which ends with the mapping. */
function copyOut(buffer: GPUBuffer, bytes: number): ArrayBuffer {
  const copy = buffer.getMappedRange(0, bytes).slice(0);
  buffer.unmap();
  return copy;
}
