/**
 * The error of a wrongly used command line.
 *
 * @module
 */

/** Options of {@linkcode ValidationError}. */
export interface ValidationErrorOptions extends ErrorOptions {
  /** What the process ends with; 2 by default. */
  exitCode?: number;
}

/** The command line was used wrongly. */
export class ValidationError extends Error {
  /** What the process ends with. */
  readonly exitCode: number;

  /** Makes the error. */
  constructor(message: string, options: ValidationErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.exitCode = options.exitCode ?? 2;
  }
}
