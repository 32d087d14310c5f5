/**
 * Lets the event loop turn during long computations, so that timers, signals and servers of the same process are not kept
 * waiting, and a page is drawn.
 *
 * @module
 */
import { turn, turnInterval } from "../runtime/turn.ts";

/** Takes a turn now and then. A turn takes 1.1 ms of a process, so that turns cost less than one part in a hundred. */
export class Pace {
  readonly #interval = turnInterval();
  #since = performance.now();

  /** Whether the last turn is long enough ago. Asking costs less than a microsecond. */
  get due(): boolean {
    return performance.now() - this.#since >= this.#interval;
  }

  /** Lets timers and events that wait come first. */
  async turn(): Promise<void> {
    await turn();
    this.#since = performance.now();
  }
}
