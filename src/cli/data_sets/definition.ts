/**
 * What people choose a data set by, where its name is not that of a file or a folder.
 *
 * @module
 */
import type { SplitData } from "../../data/training_data.ts";
import type { Definition } from "../../definitions/definition.ts";
import { ValidationError } from "../deps.ts";

/** A data set by name. It gives the file or the folder that it lies in, fetched if need be. */
export interface DataSetDefinition extends Definition<Promise<string | URL>> {
  /** Reads what lies there, if it is not read like any other: see `loadData`. Options that say how data are read do not apply. */
  readonly read?: (path: string | URL) => Promise<SplitData>;
  /** Whether it is a corpus to pre-train with, and no examples. */
  readonly corpus?: boolean;
}

/**
 * Refuses a path that there is nothing at.
 *
 * @param message What is missing, and what would be expected.
 * @throws {ValidationError} if there is nothing.
 */
export async function requirePath(path: string, message: string): Promise<void> {
  await statOf(path, message);
}

/**
 * Refuses what is no file.
 *
 * @param what What names it, such as `Argument "file"`.
 * @throws {ValidationError} if there is nothing, or a folder.
 */
export async function requireFile(path: string, what: string): Promise<void> {
  const { isDirectory } = await statOf(path, `${what} is "${path}", and there is no such file.`);
  if (isDirectory) throw new ValidationError(`${what} is "${path}", a folder; expected a file.`);
}

async function statOf(path: string, message: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ValidationError(message, { cause: error });
  }
}
