/**
 * Files of the system, by what Deno, Node and Bun have in common. A page has none.
 *
 * @module
 */
import { builtIn } from "./built_in.ts";

/** A file that is open. */
export interface OpenFile {
  /** Writes bytes from where the last ones ended; says how many were written. */
  write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }>;
  /** Returns once what was written outlives a power failure. */
  sync(): Promise<void>;
  /** Closes it. */
  close(): Promise<void>;
}

/** What is done with files. */
export interface Files {
  /** The content of a file, as a `Buffer` where there are such: its slices are no copies. */
  readFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>>;
  /** The names in a folder. */
  readdir(path: string): Promise<readonly string[]>;
  /** What lies at a path. */
  stat(path: string): Promise<{ isDirectory(): boolean }>;
  /** Opens a file to read (`r`) or one that must not be there yet to write (`wx`). */
  open(path: string, mode: "r" | "wx"): Promise<OpenFile>;
  /** Gives a file another name, in the place of the one that had it. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  unlink(path: string): Promise<void>;
}

/**
 * The files of the system.
 *
 * @param action What they are wanted for, and what would do without them; appears in the error.
 * @throws {TypeError} in a page, which has none.
 */
export function filesFor(action: string, instead: string): Files {
  const files = builtIn<Files>("node:fs/promises");
  if (files !== undefined) return files;
  throw new TypeError(`Cannot ${action}: there are no files here; expected ${instead}`);
}

/** Whether an error says that there is nothing of that name: what lies under a file is not there either. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : "";
  return error.name === "NotFound" || code === "ENOENT" || code === "ENOTDIR";
}

/** The error of a file that is not there, as the runtime has it. */
export function missingFile(message: string): Error {
  const { Deno: deno } = globalThis as {
    Deno?: { readonly errors: { readonly NotFound: new (message: string) => Error } };
  };
  return deno === undefined
    ? Object.assign(new Error(message), { name: "NotFound", code: "ENOENT" })
    : new deno.errors.NotFound(message);
}
