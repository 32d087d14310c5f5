/**
 * The errors of files that a training reads and writes. They are apart from what reads and writes, so that a program can tell
 * them without fetching that.
 *
 * @module
 */

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

/** A file cannot be written: the disk is full, the folder is read-only or has gone. */
export class FileWriteError extends Error {
  /** The name of the class. */
  override readonly name: string = "FileWriteError";
  /** The file. */
  readonly path: string;

  /** Makes the error of an action, such as "save the checkpoint to", on a file. */
  constructor(action: string, path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `Cannot ${action} "${path}": ${why}; expected a writable folder with enough space`,
      { cause },
    );
    this.path = path;
  }
}
