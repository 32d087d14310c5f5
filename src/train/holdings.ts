/**
 * What a trainer took on its device, to be given back.
 *
 * @module
 */
import type { Device } from "../program/device.ts";
import type { PlaceOptions } from "../program/placement.ts";
import type { Program, TracedProgram } from "../program/program.ts";
import type { Resource } from "../program/resource.ts";

/** Compiles programs on a device, and remembers which resources were not there before. */
export class Holdings implements Disposable {
  readonly #device: Device;
  readonly #beginning: PlaceOptions;
  readonly #programs: Program[] = [];
  readonly #placed = new Set<Resource>();
  #disposed = false;

  /** Holds nothing of `device` yet; `beginning` says what parameters begin with. */
  constructor(device: Device, beginning: PlaceOptions) {
    this.#device = device;
    this.#beginning = beginning;
  }

  /** Compiles what was traced: all of it, or nothing is taken. */
  async prepare(...traced: readonly TracedProgram[]): Promise<Program[]> {
    const programs: Program[] = [];
    const resources = traced.flatMap((each) => each.resources);
    try {
      return await this.taking(resources, async () => {
        for (const each of traced) {
          programs.push(await this.#device.prepare(each, this.#beginning));
        }
        this.#programs.push(...programs);
        return programs;
      });
    } catch (error) {
      for (const program of programs) program.dispose();
      throw error;
    }
  }

  /** Places resources. */
  async place(resources: readonly Resource[]): Promise<void> {
    await this.taking(resources, () => this.#device.place(resources, this.#beginning));
  }

  /** Notes which resources get memory meanwhile; those that have it already are not the trainer's own. */
  async taking<T>(resources: readonly Resource[], take: () => Promise<T>): Promise<T> {
    const absent = resources.filter((resource) => !this.#device.has(resource));
    const result = await take();
    for (const resource of absent) this.#placed.add(resource);
    if (this.#disposed) this.#giveBack();
    this.requireLive("begin");
    return result;
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
    this.#disposed = true;
    this.#giveBack();
  }

  #giveBack(): void {
    for (const program of this.#programs.splice(0)) program.dispose();
    for (const resource of this.#placed) {
      if (this.#device.has(resource) && !this.#device.uses(resource)) this.#device.free(resource);
    }
    this.#placed.clear();
  }
}
