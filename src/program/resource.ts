/**
 * Device arrays that outlive a step: parameters, patterns, moments, rings. A resource is only a
 * description; a {@linkcode Device} gives it memory the first time a program refers to it.
 *
 * @module
 */

/** What a piece of memory is for; plans add up bytes under these names. */
export type Category =
  | "parameters"
  | "indices"
  | "moments"
  | "gradients"
  | "permuted"
  | "activations"
  | "inputs"
  | "outputs"
  | "program";

/** What a resource may hold. */
export type ResourceData = Float32Array | Uint32Array;

/** Where the first content of a resource comes from. */
export interface Origin {
  /** Seed of the run. */
  readonly seed: number;
  /** Number of the resource's owner among all parameters of the device, for independent random streams. */
  readonly stream: number;
}

/** What {@linkcode Resource} is made of. */
export interface ResourceOptions {
  /** What it holds; appears in plans, errors and checkpoints. */
  readonly label: string;
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** Number of elements. */
  readonly length: number;
  /** What it is for. */
  readonly category: Category;
  /** First content; zeros if absent. */
  readonly initial?: (origin: Origin) => ResourceData | Promise<ResourceData>;
  /** Whether a loss may be differentiated with respect to it. */
  readonly trainable?: boolean;
  /** Whether weight decay applies to it (weights yes; biases and norms no). */
  readonly decay?: boolean;
  /** The resource that gets its first content before this one. */
  readonly owner?: Resource;
}

/** Where a resource lies in another. */
export interface ResourcePlace {
  /** The resource that has the memory. */
  readonly whole: Resource;
  /** Its elements before the first one. */
  readonly begin: number;
}

/**
 * A device array that outlives a step.
 *
 * @example
 * ```ts
 * import { Resource } from "@filigree/filigree";
 *
 * const bias = new Resource({ label: "bias", type: "f32", length: 10, category: "parameters" });
 * console.assert(bias.bytes === 40);
 * ```
 */
export class Resource {
  /** What it holds. */
  readonly label: string;
  /** Type of an element. */
  readonly type: "f32" | "u32";
  /** Number of elements. */
  readonly length: number;
  /** What it is for. */
  readonly category: Category;
  /** Whether a loss may be differentiated with respect to it. */
  readonly trainable: boolean;
  /** Whether weight decay applies to it. */
  readonly decay: boolean;
  /** The resource that gets its first content before this one. */
  readonly owner: Resource | undefined;
  /** Of a part: where it lies. */
  readonly place: ResourcePlace | undefined;
  readonly #parts = new Map<string, Resource>();
  readonly #initial: ResourceOptions["initial"];

  /** Describes a resource; takes no memory. */
  constructor(options: ResourceOptions, place?: ResourcePlace) {
    this.label = options.label;
    this.type = options.type;
    this.length = options.length;
    this.category = options.category;
    this.trainable = options.trainable ?? false;
    this.decay = options.decay ?? false;
    this.owner = options.owner;
    this.place = place;
    this.#initial = options.initial;
  }

  /** Bytes of the content. */
  get bytes(): number {
    return this.length * 4;
  }

  /** The resource that has the memory: itself, unless it is a part of another. */
  get whole(): Resource {
    return this.place?.whole ?? this;
  }

  /**
   * A part of it, in the same memory: such as a chunk of a weight's rows, which has gradient and update of its own. The same
   * part is always the same resource.
   *
   * @param begin Elements before it.
   * @param length Its elements.
   * @throws {RangeError} if there are not as many.
   * @example
   * ```ts
   * import { Resource } from "@filigree/filigree";
   *
   * const weight = new Resource({ label: "w", type: "f32", length: 4096, category: "parameters" });
   * const second = weight.part(2048, 2048);
   * console.assert(second.whole === weight && second === weight.part(2048, 2048));
   * ```
   */
  part(begin: number, length: number): Resource {
    const inside = Number.isInteger(begin) && Number.isInteger(length) && begin >= 0 &&
      length > 0 && begin + length <= this.length;
    if (!inside) {
      throw new RangeError(
        `Cannot take ${length} elements of "${this.label}" from ${begin} on: it has ${this.length}`,
      );
    }
    const place = { whole: this.whole, begin: begin + (this.place?.begin ?? 0) };
    if (place.begin === 0 && length === this.whole.length) return this.whole;
    const parts = this.whole.#parts;
    const key = `${place.begin}+${length}`;
    let part = parts.get(key);
    if (part === undefined) {
      const { type, category, trainable, decay } = this.whole;
      const label = `${this.whole.label}[${place.begin}, ${place.begin + length})`;
      part = new Resource({ label, type, length, category, trainable, decay }, place);
      parts.set(key, part);
    }
    return part;
  }

  /**
   * The first content, or `undefined` for zeros.
   *
   * @throws {RangeError} if the content has another length than the resource.
   */
  async initial(origin: Origin): Promise<ResourceData | undefined> {
    const data = await this.#initial?.(origin);
    if (data !== undefined && data.length !== this.length) {
      throw new RangeError(
        `Cannot initialise "${this.label}": got ${data.length} elements; expected ${this.length}`,
      );
    }
    return data;
  }
}
