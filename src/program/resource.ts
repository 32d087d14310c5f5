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
  readonly #initial: ResourceOptions["initial"];

  /** Describes a resource; takes no memory. */
  constructor(options: ResourceOptions) {
    this.label = options.label;
    this.type = options.type;
    this.length = options.length;
    this.category = options.category;
    this.trainable = options.trainable ?? false;
    this.decay = options.decay ?? false;
    this.owner = options.owner;
    this.#initial = options.initial;
  }

  /** Bytes of the content. */
  get bytes(): number {
    return this.length * 4;
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
