/**
 * Lets the event loop turn during long computations, so that timers, signals and servers of the same process are not kept
 * waiting.
 *
 * @module
 */

/** Milliseconds of work between two turns: a turn takes 1.1 ms, so that turns cost less than one part in a hundred. */
const INTERVAL = 150;

/** Takes a turn now and then. */
export class Pace {
  #since = performance.now();

  /** Whether the last turn is long enough ago. Asking costs less than a microsecond. */
  get due(): boolean {
    return performance.now() - this.#since >= INTERVAL;
  }

  /** Lets timers and events that wait come first. */
  async turn(): Promise<void> {
    // A timer, because nothing else has Deno look at its sockets: a message or an immediate comes back before that.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#since = performance.now();
  }
}
