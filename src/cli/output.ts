/**
 * What `--json`, `--quiet` and `--verbose` do, the same in every verb: the result goes to standard output, as text or JSON;
 * everything else goes to standard error, less of it or more.
 *
 * @module
 */
import type { Device } from "../program/device.ts";
import type { Flags } from "./config/flags.ts";

/** Where lines go; standard output and standard error where absent. */
export interface Streams {
  /** Takes a line of the result. */
  readonly print?: (line: string) => void;
  /** Takes a line beside it. */
  readonly tell?: (line: string) => void;
}

/** Prints what a verb has to say, as much of it as the flags ask for. */
export class Output {
  /** Whether the result is JSON. */
  readonly json: boolean;
  /** Whether the result is all that is said. */
  readonly quiet: boolean;
  /** Whether more is said; never together with `quiet`. */
  readonly verbose: boolean;
  readonly #print: (line: string) => void;
  readonly #tell: (line: string) => void;

  /** Reads the three flags. */
  constructor({ json, quiet, verbose }: Flags, streams: Streams = {}) {
    this.json = json === true;
    this.quiet = quiet === true;
    this.verbose = verbose === true && !this.quiet;
    this.#print = streams.print ?? console.log;
    this.#tell = streams.tell ?? console.error;
  }

  /** Prints a result: the object as a line of JSON, or else the lines for people. */
  result(object: object, lines: () => Iterable<string>): void {
    if (this.json) return this.#print(JSON.stringify(object));
    for (const line of lines()) this.#print(line);
  }

  /** Prints a part of the result before the end of it, where not the end alone is asked for. */
  part(object: object, lines: () => Iterable<string>): void {
    if (!this.quiet) this.result(object, lines);
  }

  /** Says of a file that is the result where it is: an object with `--json`, a line beside the result otherwise. */
  written(object: object, line: string): void {
    if (this.json) this.#print(JSON.stringify(object));
    else this.tell(line);
  }

  /** A line beside the result, such as progress. */
  tell(line: string): void {
    if (!this.quiet) this.#tell(line);
  }

  /** A line that `--verbose` alone asks for. */
  detail(line: string): void {
    if (this.verbose) this.#tell(line);
  }

  /** The detail of which device computes, and why. */
  device({ name, backend: { info }, reason }: Pick<Device, "name" | "backend" | "reason">): void {
    this.detail(`device ${name}: ${info.description} (${reason})`);
  }
}
