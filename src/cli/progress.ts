/**
 * Progress on standard error: one line that is rewritten on a terminal, lines one after the other
 * elsewhere.
 *
 * @module
 */
import { formatDuration } from "./deps.ts";
import { grantedVariable } from "../runtime/granted.ts";
import { grouped } from "./grouped.ts";

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
    terminal: Deno.stderr.isTerminal() && !keepsLines(),
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

/** Whether a terminal only adds to what it shows, as the logs of builds do. */
function keepsLines(): boolean {
  return grantedVariable("TERM") === "dumb" || grantedVariable("CI") !== undefined;
}

/** A line of progress. */
export class Progress {
  readonly #target: ProgressTarget;
  /** Columns of the line that is shown. */
  #shown = 0;

  /** Writes to `target`. */
  constructor(target: ProgressTarget) {
    this.#target = target;
  }

  /** Whether lines are rewritten in place. */
  get terminal(): boolean {
    return this.#target.terminal;
  }

  /** Replaces the line that is shown by fields, as many as fit; where that cannot be, writes one more. */
  update(fields: Fields): void {
    if (!this.#target.terminal) return this.#target.write(`${textOf(fields)}\n`);
    const line = fitting(fields, Math.max(1, this.#target.columns() - 1));
    this.#target.write(this.#erasing() + line);
    this.#shown = widthOf(line);
  }

  /** Writes a line that stays. */
  log(text: string): void {
    this.clear();
    this.#target.write(`${text}\n`);
  }

  /** Takes away the line that is shown. */
  clear(): void {
    if (this.#shown > 0) this.#target.write(this.#erasing());
    this.#shown = 0;
  }

  /** What takes the line away. A terminal that has become narrower since has wrapped it over several. */
  #erasing(): string {
    const above = Math.ceil(this.#shown / Math.max(1, this.#target.columns())) - 1;
    return above > 0 ? `\x1b[${above}A\r\x1b[J` : "\r\x1b[2K";
  }
}

/** Parts of a line, in their order. Where there is no room for all, those of the highest rank are left out first. */
export type Fields = string | readonly { readonly text: string; readonly rank: number }[];

function textOf(fields: Fields): string {
  return typeof fields === "string" ? fields : fields.map(({ text }) => text).join("  ");
}

/** The fields that fit into columns, on one line; what the last one lacks room for is cut. */
export function fitting(fields: Fields, columns: number): string {
  let left = typeof fields === "string" ? [{ text: fields, rank: 0 }] : [...fields];
  while (left.length > 1 && widthOf(textOf(left)) > columns) {
    const last = Math.max(...left.map(({ rank }) => rank));
    left = left.filter(({ rank }) => rank < last);
  }
  let line = "", width = 0;
  for (const letter of lettersOf(textOf(left))) {
    width += widthOfLetter(letter);
    if (width > columns) break;
    line += letter;
  }
  return line;
}

/** Columns of a text on a terminal. */
function widthOf(text: string): number {
  return lettersOf(text).reduce((sum, letter) => sum + widthOfLetter(letter), 0);
}

/** What people see as letters, each whole; what would move the cursor is a blank. */
function lettersOf(text: string): string[] {
  const letters = new Intl.Segmenter("en").segment(text.replace(/\p{Cc}/gu, " "));
  return Array.from(letters, ({ segment }) => segment);
}

/** Letters that take two columns: those of East Asia, and pictures. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;

function widthOfLetter(letter: string): number {
  return WIDE.test(letter) ? 2 : 1;
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
  /** Active share of all weights. */
  readonly density: number;
  /** Seconds since the first step. */
  readonly elapsed: number;
}

/** A line such as `step 400/2345  loss 0.1234  gradient 0.512  42,000 examples/s  density 5.0 %  6s left`, in fields. */
export function progressFields(state: ProgressState): Exclude<Fields, string> {
  const { step, totalSteps, loss, gradientNorm, examplesPerSecond, density, elapsed } = state;
  const left = step === 0 ? 0 : elapsed / step * (totalSteps - step);
  return [
    { text: `step ${step}/${totalSteps}`, rank: 0 },
    { text: `loss ${loss.toFixed(4)}`, rank: 1 },
    { text: `gradient ${gradientNorm.toPrecision(3)}`, rank: 5 },
    { text: `${grouped(examplesPerSecond)} examples/s`, rank: 3 },
    { text: `density ${(100 * density).toFixed(1)} %`, rank: 4 },
    { text: `${seconds(left)} left`, rank: 2 },
  ];
}

/** A duration in whole seconds, such as `1m 5s`. */
export function seconds(duration: number): string {
  return formatDuration(1000 * Math.round(duration), { ignoreZero: true }) || "0s";
}
