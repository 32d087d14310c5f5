/**
 * Finds the data set that `--data` names.
 *
 * @module
 */
import { type CifarOptions, isCifarFolder, loadCifarFolder } from "../data/cifar.ts";
import { loadIdxFolder } from "../data/idx.ts";
import type { SplitDataset } from "../data/dataset.ts";
import { mnistFolder, ValidationError } from "./deps.ts";

/** Where the Debian package `dataset-fashion-mnist` puts its files. */
const FASHION_FOLDER = "/usr/share/datasets/fashion-mnist";

/**
 * Reads a data set.
 *
 * @param name `mnist`, `fashion`, or a folder with four IDX files or the binary files of CIFAR-10 or CIFAR-100.
 * @param labels Which labels of CIFAR-100.
 * @throws {ValidationError} if there is no such folder.
 */
export async function openData(
  name: string,
  labels?: CifarOptions["labels"],
): Promise<SplitDataset> {
  if (name === "mnist") return await loadIdxFolder(await mnistFolder());
  if (name !== "fashion") {
    await requireFolder(
      name,
      `Option "--data" must be mnist, fashion or a folder with four IDX files or the files of CIFAR, but got "${name}": there is no such folder.`,
    );
    if (await isCifarFolder(name)) {
      return await loadCifarFolder(name, labels === undefined ? {} : { labels });
    }
    return await loadIdxFolder(name);
  }
  await requireFolder(
    FASHION_FOLDER,
    `Option "--data" is fashion, but there is no folder "${FASHION_FOLDER}": install the Debian package ` +
      "dataset-fashion-mnist, or give the folder that holds the four IDX files.",
  );
  return await loadIdxFolder(FASHION_FOLDER);
}

async function requireFolder(folder: string, message: string): Promise<void> {
  try {
    if ((await Deno.stat(folder)).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new ValidationError(message);
}
