/**
 * The error of wrong use.
 *
 * @module
 */

/** What {@linkcode ValidationError} takes besides its message. */
export interface ValidationErrorOptions extends ErrorOptions {
  /** What the process ends with; 2 by default. */
  readonly exitCode?: number;
}

/**
 * The program was used wrongly: flags, variables, configuration, or what they name. Cliffy's error of this name knows no cause,
 * and cannot be extended: it sets its own prototype.
 */
export class ValidationError extends Error {
  /** What the process ends with. */
  readonly exitCode: number;

  /** Makes the error. */
  constructor(message: string, { exitCode = 2, ...options }: ValidationErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
