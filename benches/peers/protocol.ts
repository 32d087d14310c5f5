/**
 * What the command and a peer say to each other: one JSON object per line, a request on the peer's standard input, its answer
 * on its standard output. Arrays travel as files of little-endian float32, so that nothing is rounded and nothing is parsed.
 * `python/serve.py` speaks the same.
 *
 * @module
 */

/** What a peer is to compute. */
export type TaskKind =
  | "product"
  | "step"
  | "memory"
  | "bert"
  | "labels"
  | "inference"
  | "select";

/** A file of float32 and what it holds. */
export interface ArrayFile {
  /** Path of the file. */
  readonly file: string;
  /** Sizes, row-major. */
  readonly shape: readonly number[];
}

/** The first request: prepare a task. */
export interface OpenRequest {
  /** Which task. */
  readonly open: TaskKind;
  /** Which way of the peer's to carry it out. */
  readonly variant: string;
  /** Threads it may use. */
  readonly threads: number;
  /** Numbers of the task. */
  readonly params: Readonly<Record<string, number>>;
  /** Arrays of the task by name. */
  readonly arrays: Readonly<Record<string, ArrayFile>>;
}

/** Carry the task out a number of times. */
export interface RunRequest {
  /** How many. */
  readonly run: number;
}

/** Write the result of the last run to a file. */
export interface ResultRequest {
  /** Path of the file. */
  readonly result: string;
}

/** All requests. */
export type Request = OpenRequest | RunRequest | ResultRequest;

/** Answer to {@linkcode OpenRequest}. */
export interface OpenResponse {
  /** Versions of the libraries at work. */
  readonly versions: Readonly<Record<string, string>>;
  /** What they run on. */
  readonly device: string;
}

/** Answer to {@linkcode RunRequest}. */
export interface RunResponse {
  /** Time of all runs, taken by the peer itself: messages cost nobody anything. */
  readonly milliseconds: number;
  /** The same of cores, all threads of the process together. */
  readonly cpuMilliseconds: number;
  /** Tasks `step` and `bert`: loss before each step. Else empty. */
  readonly losses: readonly number[];
}

/** Answer to a request that could not be carried out. */
export interface ErrorResponse {
  /** What is wrong. */
  readonly error: string;
}
