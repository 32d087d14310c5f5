/**
 * What a trainer took on its device, to be given back.
 *
 * @module
 */
import type { Device } from "../program/device.ts";
import type { Program, TracedProgram } from "../program/program.ts";
import type { Resource } from "../program/resource.ts";

/** Compiles programs on a device, and remembers which resources were not there before. */
export class Holdings implements Disposable {
  readonly #device: Device;
  readonly #programs: Program[] = [];
  readonly #placed = new Set<Resource>();
  #disposed = false;

  /** Holds nothing of `device` yet. */
  constructor(device: Device) {
    this.#device = device;
  }

  /** Compiles what was traced. */
  async prepare(traced: TracedProgram): Promise<Program> {
    this.expect(traced.resources);
    const program = await this.#device.prepare(traced);
    this.#programs.push(program);
    return program;
  }

  /** Notes that the trainer is about to place resources; those that have memory already are not its own. */
  expect(resources: readonly Resource[]): void {
    for (const resource of resources) {
      if (!this.#device.has(resource)) this.#placed.add(resource);
    }
  }

  /**
   * Throws after the end.
   *
   * @param action What was to be done; appears in the error.
   * @throws {ReferenceError} if everything was given back.
   */
  requireLive(action: string): void {
    if (!this.#disposed) return;
    throw new ReferenceError(
      `Cannot ${action}: the trainer was disposed of; expected one that was not`,
    );
  }

  /** Gives everything back, except what other programs of the device use. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const program of this.#programs) program.dispose();
    for (const resource of this.#placed) {
      if (this.#device.has(resource) && !this.#device.uses(resource)) this.#device.free(resource);
    }
  }
}
