/**
 * The storages by name.
 *
 * @module
 */
import { compressed } from "./compressed.ts";
import { master } from "./master.ts";
import type { WeightStorage } from "./storage.ts";

export type { WeightStorage } from "./storage.ts";

/** Where the values of a sparse weight live: those of active units alone, or a dense master under the pattern. */
export type StorageName = "compressed" | "master";

const STORAGES: Readonly<Record<StorageName, WeightStorage>> = { compressed, master };

/**
 * The storage of a name.
 *
 * @throws {RangeError} if there is none.
 */
export function storageOf(name: StorageName): WeightStorage {
  if (Object.hasOwn(STORAGES, name)) return STORAGES[name];
  throw new RangeError(
    `Cannot store a weight as ${JSON.stringify(name)}: expected one of ${
      Object.keys(STORAGES).join(", ")
    }`,
  );
}
