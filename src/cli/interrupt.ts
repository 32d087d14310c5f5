/**
 * Ctrl-C: the first one stops at the next chance, the second one at once.
 *
 * @module
 */

/** Exit code after Ctrl-C, as shells have it (128 + SIGINT). */
export const INTERRUPTED = 130;

/** Ctrl-C was pressed. */
export class InterruptedError extends Error {
  /** The name of the class. */
  override readonly name: string = "InterruptedError";
}

/** Listens for Ctrl-C until it is disposed of. */
export class Interrupt implements Disposable {
  #asked = false;
  readonly #listener = (): void => {
    if (this.#asked) Deno.exit(INTERRUPTED);
    this.#asked = true;
  };

  /** Starts listening. */
  constructor() {
    Deno.addSignalListener("SIGINT", this.#listener);
  }

  /**
   * Lets pending signals arrive.
   *
   * @throws {InterruptedError} if Ctrl-C was pressed.
   */
  async check(): Promise<void> {
    // A turn of the event loop: promises that are ready keep signals waiting.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (this.#asked) throw new InterruptedError("Interrupted");
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    Deno.removeSignalListener("SIGINT", this.#listener);
  }
}
