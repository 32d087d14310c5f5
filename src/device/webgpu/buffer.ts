/**
 * A piece of memory of a WebGPU device.
 *
 * @module
 */
import type { DeviceBuffer } from "../backend.ts";

/** A storage buffer. */
export class WebgpuBuffer implements DeviceBuffer {
  /** Bytes taken. */
  readonly bytes: number;
  /** What it holds. */
  readonly label: string;
  /** Whose memory it is. */
  readonly device: GPUDevice;
  /** As a view it begins at its own begin. */
  readonly offset = 0;
  #gpu: GPUBuffer | undefined;

  /** Wraps a buffer of a device. */
  constructor(device: GPUDevice, gpu: GPUBuffer, bytes: number, label: string) {
    this.device = device;
    this.bytes = bytes;
    this.label = label;
    this.#gpu = gpu;
  }

  /** As a view it is one of itself. */
  get buffer(): this {
    return this;
  }

  /** The buffer itself; `undefined` once it was freed. */
  get gpu(): GPUBuffer | undefined {
    return this.#gpu;
  }

  /** Gives the memory back at once, without waiting for the collector. */
  destroy(): void {
    this.#gpu?.destroy();
    this.#gpu = undefined;
  }
}

/** The bytes in memory that a queue takes: it refuses shared memory. */
export function unshared(bytes: Uint8Array<ArrayBufferLike>): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(bytes);
}
