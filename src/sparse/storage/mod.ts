/**
 * The storages by name.
 *
 * @module
 */
import { compressed } from "./compressed.ts";
import { masked } from "./masked.ts";
import { master } from "./master.ts";
import { subset } from "./subset.ts";
import type { WeightStorage } from "./storage.ts";

export type { WeightStorage } from "./storage.ts";

/**
 * Where the values of a sparse weight live: those of active units alone, the same of which the forward reads a part, a dense
 * master under the pattern, or a dense weight under an N:M mask that follows it.
 */
export type StorageName = "compressed" | "subset" | "master" | "masked";

const STORAGES: Readonly<Record<StorageName, WeightStorage>> = {
  ...{ compressed, subset, master, masked },
};

const NAMES: readonly StorageName[] = ["compressed", "subset", "master", "masked"];

/**
 * A name of a storage that was read.
 *
 * @throws {RangeError} if it is none.
 */
export function storageNamed(name: unknown): StorageName {
  const found = NAMES.find((each) => each === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `Cannot store a weight as ${JSON.stringify(name)}: expected one of ${NAMES.join(", ")}`,
  );
}

/**
 * The storage of a name.
 *
 * @throws {RangeError} if there is none.
 */
export function storageOf(name: StorageName): WeightStorage {
  return STORAGES[storageNamed(name)];
}
