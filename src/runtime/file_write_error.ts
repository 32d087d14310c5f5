/**
 * The error of a file that cannot be written, apart from what writes files, so that a program can tell it without fetching that.
 *
 * @module
 */

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
