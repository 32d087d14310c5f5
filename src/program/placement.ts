/**
 * The resources of a device: which have memory, who uses them, and what they begin with.
 *
 * @module
 */
import type { Backend, DeviceBuffer } from "../device/backend.ts";
import type { Resource, ResourceData } from "./resource.ts";

/** Where the first values of resources come from, of those that have no memory yet. */
export interface PlaceOptions {
  /** Seed of the first values; the device's by default. */
  readonly seed?: number;
  /**
   * The parameters in the order that numbers their random streams. By default the order in which they are given, or in
   * which the traced function meets them. So what a model begins with depends on the seed and its own parameters alone,
   * never on what else was placed before: two models of equal shape begin with equal weights unless their seeds differ.
   */
  readonly order?: readonly Resource[];
  /** What some begin with, in the place of first values of their own, which are not drawn then: such as those of a checkpoint. */
  readonly contents?: ReadonlyMap<Resource, ResourceData>;
}

/** Gives resources of one device their memory, once each, and takes it back. */
export class Placement {
  readonly #backend: Backend;
  readonly #seed: number;
  readonly #buffers = new Map<Resource, DeviceBuffer>();
  /** Those that are about to get their first values, so that nobody else begins with them. */
  readonly #pending = new Map<Resource, Promise<void>>();
  /** How many live programs use a resource. */
  readonly #users = new Map<Resource, number>();
  /** Those that were placed for programs of which none has been compiled by now. */
  readonly #tentative = new Set<Resource>();
  /** Parameters whose values are gone. */
  readonly #freed = new WeakSet<Resource>();

  /** Holds nothing yet; `seed` is that of first values. */
  constructor(backend: Backend, seed: number) {
    this.#backend = backend;
    this.#seed = seed;
  }

  /** Whether a resource has memory. */
  has({ whole }: Resource): boolean {
    return this.#buffers.has(whole);
  }

  /**
   * The memory of a resource; of a part that of its whole.
   *
   * @throws {ReferenceError} if it has none.
   */
  bufferOf(resource: Resource): DeviceBuffer {
    const buffer = this.#buffers.get(resource.whole);
    if (buffer === undefined) {
      throw new ReferenceError(
        `Cannot use "${resource.label}": it has no memory on this device; compile a program that refers to it first`,
      );
    }
    return buffer;
  }

  /** Whether a program uses a resource. */
  uses({ whole }: Resource): boolean {
    return this.#users.has(whole);
  }

  /** Counts users in or out. */
  count(resources: readonly Resource[], change: 1 | -1): void {
    for (const resource of resources) {
      const users = (this.#users.get(resource) ?? 0) + change;
      if (users > 0) this.#users.set(resource, users);
      else this.#users.delete(resource);
    }
  }

  /**
   * Gives resources memory and first values, those that have none yet. They are to be counted before, and to be kept
   * afterwards or forsaken.
   */
  async place(resources: readonly Resource[], options: PlaceOptions): Promise<void> {
    const { seed = this.#seed, order = [], contents } = options;
    const streams = streamsOf([...order, ...resources]);
    for (const resource of resources) {
      if (this.#buffers.has(resource)) continue;
      let pending = this.#pending.get(resource);
      if (pending === undefined) {
        const first = () =>
          contents?.get(resource) ??
            resource.initial({ seed, stream: streams.get(resource) ?? 0 });
        pending = this.#take(resource, first)
          .finally(() => this.#pending.delete(resource));
        this.#pending.set(resource, pending);
      }
      await pending;
    }
  }

  /** Says that resources are there to stay. */
  keep(resources: readonly Resource[]): void {
    for (const resource of resources) this.#tentative.delete(resource);
  }

  /** Takes back what was placed in vain, as far as nobody else uses it; it can be placed again. */
  forsake(resources: readonly Resource[]): void {
    for (const resource of resources) {
      if (this.#tentative.has(resource) && !this.uses(resource)) this.#drop(resource);
    }
  }

  /** Takes the memory of a resource back; that of a parameter for good. */
  free(resource: Resource): void {
    this.#drop(resource);
    if (resource.category === "parameters") this.#freed.add(resource);
  }

  /** Forgets everything, without giving anything back. */
  clear(): void {
    this.#buffers.clear();
  }

  #drop(resource: Resource): void {
    this.#backend.free(this.bufferOf(resource));
    this.#buffers.delete(resource);
    this.#tentative.delete(resource);
  }

  async #take(resource: Resource, first: () => First | Promise<First>): Promise<void> {
    if (this.#freed.has(resource)) {
      throw new ReferenceError(
        `Cannot place "${resource.label}": its memory was given back, and its values with it; expected a new model, ` +
          "or one that was placed before its trainer",
      );
    }
    const data = await first();
    const buffer = this.#backend.allocate(resource.bytes, resource.label);
    try {
      if (data !== undefined) this.#backend.write(buffer, data);
    } catch (error) {
      this.#backend.free(buffer);
      throw error;
    }
    this.#buffers.set(resource, buffer);
    this.#tentative.add(resource);
  }
}

/** What a resource begins with; zeros where it is nothing. */
type First = ResourceData | undefined;

/**
 * Numbers of random streams. What is not trained comes last, because programs meet it or not, according to what they are
 * for: the running statistics of a norm.
 */
function streamsOf(resources: readonly Resource[]): ReadonlyMap<Resource, number> {
  const parameters = resources.filter(({ category }) => category === "parameters");
  const [trained, others] = [true, false].map((is) => parameters.filter((p) => p.trainable === is));
  return new Map([...new Set([...trained, ...others])].map((parameter, i) => [parameter, i]));
}

/** Resources with those that must get their first values before them, each once. */
export function withOwners(resources: readonly Resource[]): Resource[] {
  const all = resources.flatMap(({ whole, whole: { owner } }) =>
    owner === undefined ? [whole] : [owner, whole]
  );
  return [...new Set(all)];
}
