/**
 * Finds the data set that `--data` names.
 *
 * @module
 */
import { type CifarOptions, cifarSetIn, loadCifarFolder } from "../data/cifar.ts";
import { loadIdxFolder } from "../data/idx.ts";
import type { Dataset, SplitDataset, TestedDataset } from "../data/dataset.ts";
import { splitDataset } from "../data/split.ts";
import { mnistFolder, ValidationError } from "./deps.ts";

/** Where the Debian package `dataset-fashion-mnist` puts its files. */
const FASHION_FOLDER = "/usr/share/datasets/fashion-mnist";

/**
 * Reads a data set.
 *
 * @param name `mnist`, `fashion`, or a folder with four IDX files or the binary files of CIFAR-10 or CIFAR-100.
 * @param labels Which labels of CIFAR-100; no other set has more than one kind.
 * @throws {ValidationError} if there is no such folder, or `labels` are given for another set.
 */
export async function openData(
  name: string,
  labels?: CifarOptions["labels"],
): Promise<SplitDataset> {
  const folder = await dataFolder(name);
  const set = await cifarSetIn(folder);
  if (labels !== undefined && set !== "CIFAR-100") {
    throw new ValidationError(
      `Option "--labels" (data.labels) applies to CIFAR-100 only, but the data set "${name}" is ` +
        `${set ?? "of IDX files"}.`,
    );
  }
  if (set === undefined) return await loadIdxFolder(folder);
  return await loadCifarFolder(folder, labels === undefined ? {} : { labels });
}

/** Share of the examples that is set aside where a data set has no part to test with. */
const TEST_SHARE = 0.1;

/** A data set with a part to test with: its own, or a tenth of its examples, the same for the same seed. */
export function tested({ train, test }: SplitDataset, seed: number): TestedDataset {
  return test === undefined ? splitDataset(train, { share: TEST_SHARE, seed }) : { train, test };
}

/** The examples of another data set that a model is tested with: all of them, if it has no part for that. */
export function examplesToTest({ train, test }: SplitDataset): Dataset {
  return test ?? train;
}

/**
 * Where the files of a data set lie.
 *
 * @param name As {@linkcode openData} takes it.
 * @throws {ValidationError} if there is no such folder.
 */
export async function dataFolder(name: string): Promise<string | URL> {
  if (name === "mnist") return await mnistFolder();
  if (name === "fashion") {
    await requireFolder(
      FASHION_FOLDER,
      `Option "--data" is fashion, but there is no folder "${FASHION_FOLDER}": install the Debian package ` +
        "dataset-fashion-mnist, or give the folder that holds the four IDX files.",
    );
    return FASHION_FOLDER;
  }
  await requireFolder(
    name,
    `Option "--data" must be mnist, fashion or a folder with four IDX files or the files of CIFAR, but got "${name}": there is no such folder.`,
  );
  return name;
}

async function requireFolder(folder: string, message: string): Promise<void> {
  try {
    if ((await Deno.stat(folder)).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new ValidationError(message);
}
