/**
 * The errors of files that a training reads and writes. They are apart from what reads and writes, so that a program can tell
 * them without fetching that.
 *
 * @module
 */
export { FileWriteError } from "../runtime/file_write_error.ts";

/** A checkpoint is not what it should be. */
export class CheckpointError extends Error {
  /** The name of the class. */
  override readonly name: string = "CheckpointError";
  /** The file, as it was given. */
  readonly file: string;

  /** Makes the error of a file; `message` says where the fault lies, what is true and what would be accepted. */
  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`Cannot read the checkpoint "${file}": ${message}`, options);
    this.file = file;
  }
}
