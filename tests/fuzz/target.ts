/**
 * What is fuzzed: a reader, files that it takes, and the errors that it may throw.
 *
 * @module
 */

/** A reader of files. */
export interface Target {
  /** For reports and `--target`. */
  readonly name: string;
  /** Files that it takes. */
  readonly files: readonly Uint8Array[];
  /** The errors of files that it does not take. */
  readonly errors: readonly ErrorClass[];
  /**
   * Reads a file, and checks what it read.
   *
   * @param bytes The file.
   * @param file Which of the files it was before it was damaged.
   * @param even Whether the number of the case is even, for readers that can be had in two ways.
   */
  read(bytes: Uint8Array<ArrayBuffer>, file: number, even: boolean): Promise<void>;
}

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => Error;
