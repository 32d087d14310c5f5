/**
 * The error of data that are not in the format that they should be in.
 *
 * @module
 */

/** A file is not in its format. */
export class DataFormatError extends SyntaxError {
  /** The name of the class. */
  override readonly name: string = "DataFormatError";
  /** The file, as it was given. */
  readonly file: string;
  /** Byte in the (uncompressed) file at which the fault lies. */
  readonly offset: number;

  /** Makes the error of a file at an offset; `message` says what is true and what would be accepted. */
  constructor(file: string, offset: number, message: string, options?: ErrorOptions) {
    super(`Cannot read "${file}" at byte ${offset}: ${message}`, options);
    this.file = file;
    this.offset = offset;
  }
}
