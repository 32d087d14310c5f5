/**
 * What goes wrong on a WebGPU device. Errors there are reported late and apart from the call that
 * made them; this collects them until a call of ours can throw them.
 *
 * @module
 */
import { DeviceLostError } from "../errors.ts";

/** Turns what a device reported into an error of ours. */
export type Explain = (error: GPUError) => Error;

/** Why a closed backend is gone. */
const CLOSED = "it was closed";

/** The failures of one device. */
export class Failures {
  readonly #device: GPUDevice;
  /** Why the device is gone. */
  #lost: string | undefined;
  /** The first error that nobody has been told of. */
  #late: Error | undefined;
  /** Reports that are on their way. */
  readonly #reports = new Set<Promise<void>>();

  /** Listens to a device. */
  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener("uncapturederror", (event: Event) => {
      event.preventDefault();
      this.#late ??= explain((event as GPUUncapturedErrorEvent).error);
    });
    device.lost.then(({ reason, message }) => {
      this.#lost ??= `the device was lost (${[reason, message].filter(Boolean).join(": ")})`;
    });
  }

  /** Remembers that the device is gone because it was closed. */
  close(): void {
    this.#lost ??= CLOSED;
  }

  /**
   * Throws what has been reported up to now.
   *
   * @param action What cannot be done because of it.
   * @throws {DeviceLostError} if the device is gone.
   */
  raise(action: string): void {
    if (this.#lost !== undefined) {
      throw new DeviceLostError(
        `Cannot ${action} on the WebGPU backend: ${this.#lost}; open a new one`,
      );
    }
    const late = this.#late;
    this.#late = undefined;
    if (late !== undefined) throw late;
  }

  /** Waits for all reports, then throws what they say. */
  async settle(action: string): Promise<void> {
    while (this.#reports.size > 0) await Promise.all(this.#reports);
    this.raise(action);
  }

  /** As {@linkcode settle}, but also waits for what arrives in a later turn: loss, errors outside of scopes. */
  async surface(action: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await this.settle(action);
  }

  /** Throws whatever made the device break a promise. */
  async blame(action: string, cause: unknown): Promise<never> {
    await this.surface(action);
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot ${action} on the WebGPU backend: ${message}`, { cause });
  }

  /** Does something whose error is kept, to be thrown by a later call. */
  watch<T>(filter: GPUErrorFilter, act: () => T, how: Explain = explain): T {
    this.#device.pushErrorScope(filter);
    try {
      return act();
    } finally {
      const report: Promise<void> = this.#device.popErrorScope().then(
        (error) => {
          if (error !== null) this.#late ??= how(error);
        },
        () => {}, // The scope of a lost device; `lost` tells of that.
      ).finally(() => this.#reports.delete(report));
      this.#reports.add(report);
    }
  }

  /** Does something whose validation error is returned beside its value. */
  async capture<T>(act: () => T): Promise<[T, GPUError | null]> {
    this.#device.pushErrorScope("validation");
    let value: T;
    try {
      value = act();
    } catch (error) {
      await this.#device.popErrorScope();
      throw error;
    }
    // A lost device may refuse to look; `lost` tells of that.
    return [value, await this.#device.popErrorScope().catch(() => null)];
  }
}

/** An error of no particular call. */
function explain(cause: GPUError): Error {
  const message = cause.message.trim();
  if (cause instanceof GPUOutOfMemoryError) {
    return new RangeError(`Cannot carry out work on the GPU: out of memory: ${message}`, { cause });
  }
  return new Error(`Cannot carry out work on the GPU: the device refused it: ${message}`, {
    cause,
  });
}
