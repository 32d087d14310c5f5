/**
 * Signals that ask a program to end: Ctrl-C, SIGTERM of a scheduler or a container, SIGHUP of a terminal that was closed. The
 * first one stops at the next chance, the second one at once.
 *
 * @module
 */

/** The signals and their numbers. Windows knows those of its console alone. */
const NUMBERS: readonly (readonly [signal: Deno.Signal, number: number])[] =
  Deno.build.os === "windows"
    ? [["SIGINT", 2], ["SIGBREAK", 21]]
    : [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]];

/** A signal asked for the end. */
export class InterruptedError extends Error {
  /** The name of the class. */
  override readonly name: string = "InterruptedError";
  /** What the process ends with, as shells have it: 128 and the number of the signal. */
  readonly exitCode: number;

  /** Makes the error of a signal. */
  constructor(signal: Deno.Signal, number: number) {
    super(signal === "SIGINT" ? "Interrupted" : `Interrupted by ${signal}`);
    this.exitCode = 128 + number;
  }
}

/** Aborted where the process that this one works for has gone; see {@linkcode stopWith}. */
const orphaned = new AbortController();

/** Whether SIGHUP was ignored as the program began. Some time later Deno listens to it for its own ends. */
const HANGUP_IGNORED = isHangupIgnored();

/** Whether SIGHUP does nothing. */
let ignoresHangup = false;

/**
 * Stops this process, as a signal would, when a stream ends: the standard input of a child ends with its parent, whatever
 * became of that, on every system. That the terminal was closed is then for the parent to hear of.
 */
export async function stopWith(parent: ReadableStream<Uint8Array>): Promise<void> {
  ignoreHangup();
  for await (const _ of parent);
  orphaned.abort(new InterruptedError("SIGTERM", 15));
}

/**
 * Milliseconds in which signals count as one: a key that is pressed once reaches a program under `deno task` from the terminal
 * and from the task, and a service manager sends two signals in a row.
 */
const ONE_REQUEST = 500;

/** What a listener for signals does, and its clock. */
export interface InterruptOptions {
  /** What is done at a second request before the process ends; nothing by default. */
  readonly atOnce?: () => void;
  /** Ends the process. */
  readonly exit?: (code: number) => void;
  /** Milliseconds since any moment. */
  readonly now?: () => number;
}

/** Listens for signals until it is disposed of. */
export class Interrupt implements Disposable {
  /** Aborted with an {@linkcode InterruptedError} once a signal has come. */
  readonly signal: AbortSignal;
  readonly #asked = new AbortController();
  readonly #options: Required<InterruptOptions>;
  readonly #listeners: readonly (readonly [signal: Deno.Signal, listener: () => void])[];
  #first = 0;

  /** Starts listening. */
  constructor(options: InterruptOptions = {}) {
    const { atOnce = () => {}, exit = Deno.exit, now = () => performance.now() } = options;
    this.#options = { atOnce, exit, now };
    this.signal = AbortSignal.any([this.#asked.signal, orphaned.signal]);
    if (HANGUP_IGNORED) ignoreHangup();
    this.#listeners = NUMBERS.filter(([signal]) => signal !== "SIGHUP" || !ignoresHangup)
      .map(([signal, number]) => [signal, () => this.#hear(new InterruptedError(signal, number))]);
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  #hear(request: InterruptedError): void {
    const { atOnce, exit, now } = this.#options;
    if (!this.#asked.signal.aborted) {
      this.#first = now();
      this.#asked.abort(request);
    } else if (now() - this.#first > ONE_REQUEST) {
      atOnce();
      exit(request.exitCode);
    }
  }

  /**
   * Lets pending signals arrive.
   *
   * @throws {InterruptedError} if one has come.
   */
  async check(): Promise<void> {
    await this.listen();
    this.signal.throwIfAborted();
  }

  /** Lets pending signals arrive, in a turn of the event loop: promises that are ready keep them waiting. */
  async listen(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
  }
}

/** Has SIGHUP do nothing from now on: without a listener Deno ends the process, also where it was ignored before. */
function ignoreHangup(): void {
  if (ignoresHangup || Deno.build.os === "windows") return;
  ignoresHangup = true;
  Deno.addSignalListener("SIGHUP", () => {});
}

/**
 * Whether SIGHUP was ignored as the process began: `nohup` has it so, for a program to outlive its terminal. Linux tells, and
 * Deno passes that on to programs with all permissions; others are stopped by SIGHUP in any case, unless `setsid` or a terminal
 * multiplexer keeps it away.
 */
function isHangupIgnored(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const last = /^SigIgn:\s*[0-9a-f]*([0-9a-f])$/m.exec(status)?.[1] ?? "0";
    return Number.parseInt(last, 16) % 2 === 1;
  } catch (error) {
    const { NotCapable, NotFound } = Deno.errors;
    if (error instanceof NotCapable || error instanceof NotFound) return false;
    throw error;
  }
}
