/**
 * The error of data that are not in the format that they should be in.
 *
 * @module
 */

/** A place in a text: people look for lines, not for bytes. */
export interface TextPlace {
  /** Line, from 1. */
  readonly line: number;
  /** The column of a table: its name in quotation marks, or its number from 1. */
  readonly column?: string;
  /** Byte at which the line begins, in the (uncompressed) file. */
  readonly offset: number;
}

/** A file is not in its format. */
export class DataFormatError extends SyntaxError {
  /** The name of the class. */
  override readonly name: string = "DataFormatError";
  /** The file, as it was given. */
  readonly file: string;
  /** Byte in the (uncompressed) file at which the fault lies; in a text, at which its line begins. */
  readonly offset: number;
  /** Line of a text in which the fault lies, from 1. */
  readonly line: number | undefined;

  /** Makes the error of a file at a byte or a line; `message` says what is true and what would be accepted. */
  constructor(file: string, place: number | TextPlace, message: string, options?: ErrorOptions) {
    super(`Cannot read "${file}" at ${placeOf(place)}: ${message}`, options);
    this.file = file;
    this.offset = typeof place === "number" ? place : place.offset;
    this.line = typeof place === "number" ? undefined : place.line;
  }
}

function placeOf(place: number | TextPlace): string {
  if (typeof place === "number") return `byte ${place}`;
  const { line, column } = place;
  return `line ${line}${column === undefined ? "" : `, column ${column}`}`;
}
