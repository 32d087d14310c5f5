/**
 * What a verb of the program is: a file that says its name, its flags and what it does, and a line in `verbs.ts`.
 *
 * @module
 */
import type { Command } from "./deps.ts";

/** A verb of the program. */
export interface Verb {
  /** What people type. */
  readonly name: string;
  /** Its place in the help, lower ones first; those without one come last, by name. */
  readonly rank?: number;
  /**
   * Makes its command: description, arguments, flags, action.
   *
   * @param program The program that it is a part of.
   */
  command(program: Command): Command;
}
