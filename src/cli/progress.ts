/**
 * Progress on standard error: one line that is rewritten on a terminal, lines one after the other
 * elsewhere.
 *
 * @module
 */
import { formatDuration } from "./deps.ts";

/** Where progress is written. */
export interface ProgressTarget {
  /** Whether it is a terminal, on which a line can be rewritten. */
  readonly terminal: boolean;
  /** Columns of the terminal. */
  columns(): number;
  /** Writes text. */
  write(text: string): void;
}

/** Standard error. */
export function standardError(): ProgressTarget {
  const encoder = new TextEncoder();
  return {
    terminal: Deno.stderr.isTerminal(),
    // Some terminals do not tell their size.
    columns: () => Deno.consoleSize().columns || 80,
    write: (text) => {
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
      } catch {
        // The terminal was closed: nobody is there to read it, or this either, and what is trained is worth more.
      }
    },
  };
}

/** A line of progress. */
export class Progress {
  readonly #target: ProgressTarget;
  #shown = false;

  /** Writes to `target`. */
  constructor(target: ProgressTarget) {
    this.#target = target;
  }

  /** Whether lines are rewritten in place. */
  get terminal(): boolean {
    return this.#target.terminal;
  }

  /** Replaces the line that is shown; where that cannot be, writes one more. */
  update(text: string): void {
    if (!this.#target.terminal) return this.#target.write(`${text}\n`);
    const line = text.slice(0, Math.max(1, this.#target.columns() - 1));
    this.#target.write(`\r\x1b[2K${line}`);
    this.#shown = true;
  }

  /** Writes a line that stays. */
  log(text: string): void {
    this.clear();
    this.#target.write(`${text}\n`);
  }

  /** Takes away the line that is shown. */
  clear(): void {
    if (this.#shown) this.#target.write("\r\x1b[2K");
    this.#shown = false;
  }
}

/** What a line of progress says. */
export interface ProgressState {
  /** Steps carried out. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** Loss of the last step. */
  readonly loss: number;
  /** Global norm of its gradient. */
  readonly gradientNorm: number;
  /** Examples per second. */
  readonly examplesPerSecond: number;
  /** Active share of the weights. */
  readonly density: number;
  /** Seconds since the first step. */
  readonly elapsed: number;
}

/** A line such as `step 400/2345  loss 0.1234  gradient 0.512  42,000 examples/s  density 5.0 %  6s left`. */
export function progressLine(state: ProgressState): string {
  const { step, totalSteps, loss, gradientNorm, examplesPerSecond, density, elapsed } = state;
  const left = step === 0 ? 0 : elapsed / step * (totalSteps - step);
  return [
    `step ${step}/${totalSteps}`,
    `loss ${loss.toFixed(4)}`,
    `gradient ${gradientNorm.toPrecision(3)}`,
    `${Math.round(examplesPerSecond).toLocaleString("en")} examples/s`,
    `density ${(100 * density).toFixed(1)} %`,
    `${seconds(left)} left`,
  ].join("  ");
}

/** A duration in whole seconds, such as `1m 5s`. */
export function seconds(duration: number): string {
  return formatDuration(1000 * Math.round(duration), { ignoreZero: true }) || "0s";
}
