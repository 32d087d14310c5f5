/**
 * What a call of a module is for, and where its randomness comes from. A context comes with the call of a model and is handed
 * down to its children; traces know nothing of it.
 *
 * @module
 */
import type { Parallel } from "../parallel/parallel.ts";
import type { Tensor, Trace } from "../program/trace.ts";

/**
 * What a call is for, where that makes a difference: `train` normalises by the batch and keeps running statistics, `score`
 * normalises by the batch and keeps nothing, `evaluate` normalises by the running statistics.
 */
export type Mode = "train" | "score" | "evaluate";

/** What whoever calls a model says of the call. */
export interface ContextOptions {
  /** What it is for; `evaluate` by default. */
  readonly mode?: Mode;
  /** Seed of what is random in it; 0 by default. */
  readonly seed?: number;
  /**
   * Whether it is the call of one process, which has all of what is spread over ranks: to tell what a training computes whatever the
   * number of ranks. False by default.
   */
  readonly alone?: boolean;
  /**
   * Processes of which each has some examples of the batch, where what is of a batch shall be of all of these: batch norms go by the
   * batch of all ranks, so that each has to run the program for every batch. None by default.
   */
  readonly ranks?: Parallel | undefined;
}

/** Where a module of a call gets random numbers: of a seed, and of streams that belong to its place in the model. */
export class Randomness {
  /** Seed of the call. */
  readonly seed: number;
  readonly #path: string;

  /** Of the module at `path`. */
  constructor(seed: number, path: string) {
    this.seed = seed;
    this.#path = path;
  }

  /**
   * The number of a stream that nothing else of the same trace has: of the module's path, and of how often that has asked
   * before. What other modules do plays no part, so that a layer more elsewhere changes no numbers here. With the seed, a use,
   * and the step and the examples before of the step block it makes a key of `src/device/random.ts`.
   *
   * @param x A tensor of the call.
   */
  stream({ trace }: Pick<Tensor, "trace">): number {
    const sites = SITES.get(trace) ??
      { calls: new Map<string, number>(), streams: new Set<number>() };
    SITES.set(trace, sites);
    const call = sites.calls.get(this.#path) ?? 0;
    sites.calls.set(this.#path, call + 1);
    let stream = hashOf(`${this.#path}#${call}`);
    while (sites.streams.has(stream)) stream = (stream + 1) >>> 0;
    sites.streams.add(stream);
    return stream;
  }
}

/** What a module's function gets beside its input. */
export interface Context {
  /** What the call is for. */
  readonly mode: Mode;
  /** Seed of what is random in it. */
  readonly seed: number;
  /** Whether it is the call of one process, which has all of what is spread over ranks. */
  readonly alone: boolean;
  /** Processes among which the batch is shared, where what is of a batch shall be of all of these. */
  readonly ranks: Parallel | undefined;
  /** The way to the module from the model that was called. */
  readonly path: string;
  /** Where it gets random numbers. */
  readonly randomness: Randomness;
}

/** The context of a model's call for one of its modules; knows the ways to all of them. */
export class ModuleContext implements Context {
  readonly mode: Mode;
  readonly seed: number;
  readonly alone: boolean;
  readonly ranks: Parallel | undefined;
  readonly path: string;
  readonly randomness: Randomness;
  readonly #paths: ReadonlyMap<object, string>;

  private constructor(
    { mode = "evaluate", seed = 0, alone = false, ranks }: ContextOptions,
    paths: ReadonlyMap<object, string>,
    path: string,
  ) {
    this.mode = mode;
    this.seed = seed;
    this.alone = alone;
    this.ranks = ranks;
    this.path = path;
    this.#paths = paths;
    this.randomness = new Randomness(seed, path);
  }

  /**
   * The context that a module works in.
   *
   * @param module Which is called.
   * @param given By whoever calls it: the context of a module above, or what a program says of the call.
   * @param pathsOf The ways to the module and to all below it, where it is none of the modules of the call.
   */
  static of(
    module: object,
    given: ContextOptions,
    pathsOf: () => ReadonlyMap<object, string>,
  ): Context {
    const paths = given instanceof ModuleContext && given.#paths.has(module)
      ? given.#paths
      : pathsOf();
    return new ModuleContext(given, paths, paths.get(module) ?? "");
  }
}

/** What has asked for streams in each trace. */
const SITES = new WeakMap<Trace, { calls: Map<string, number>; streams: Set<number> }>();

/** A u32 of a text (FNV-1a). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash;
}
