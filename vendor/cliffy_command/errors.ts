/**
 * The error of a wrongly used command line.
 *
 * @module
 */

/** The command line was used wrongly. */
export class ValidationError extends Error {
  /** What the process ends with. */
  readonly exitCode = 2;
}
