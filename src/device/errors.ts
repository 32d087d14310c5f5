/**
 * The errors of devices that a caller may want to catch.
 *
 * @module
 */

/** The device went away: it was destroyed, unplugged, or its driver failed. */
export class DeviceLostError extends Error {
  /** The name of the class. */
  override readonly name: string = "DeviceLostError";
}

/** A kernel did not compile. */
export class KernelCompileError extends SyntaxError {
  /** The name of the class. */
  override readonly name: string = "KernelCompileError";
  /** The kernel's name. */
  readonly kernel: string;
  /** The line in `wgsl/NAME.wgsl`, counted from 1, or 0 if unknown. */
  readonly line: number;

  /** Makes the error of a kernel at a line of its source. */
  constructor(kernel: string, line: number, message: string) {
    super(`Cannot compile kernel "${kernel}": ${line === 0 ? "" : `line ${line}: `}${message}`);
    this.kernel = kernel;
    this.line = line;
  }
}
