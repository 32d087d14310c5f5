/**
 * Data sets of pictures: a folder of which one file is damaged.
 *
 * @module
 */
import { checkDataset } from "../../src/data/check.ts";
import { loadCifarFolder } from "../../src/data/cifar.ts";
import { DataFormatError } from "../../src/data/errors.ts";
import { loadIdxFolder } from "../../src/data/idx.ts";
import { gzip, idx } from "../idx_files.ts";
import type { Target } from "./target.ts";

/** The four files of IDX, plain and in gzip. */
export async function idxTarget(): Promise<Target> {
  const plain: [name: string, bytes: Uint8Array<ArrayBuffer>][] = ["train", "t10k"].flatMap((
    part,
  ) => [
    [`${part}-images-idx3-ubyte`, idx([6, 4, 4], Array.from({ length: 96 }, (_, i) => i))],
    [`${part}-labels-idx1-ubyte`, idx([6], [0, 1, 2, 2, 1, 0])],
  ]);
  const packed = await Promise.all(
    plain.map(async (
      [name, bytes],
    ): Promise<[string, Uint8Array<ArrayBuffer>]> => [`${name}.gz`, await gzip(bytes)]),
  );
  const folders = [await folderOf(plain), await folderOf(packed)];
  const all = [...plain, ...packed];
  return {
    name: "idx",
    files: all.map(([, bytes]) => bytes),
    errors: [DataFormatError],
    async read(bytes, file) {
      const [name, whole] = all[file];
      const folder = folders[file < plain.length ? 0 : 1];
      await withFile(`${folder}/${name}`, bytes, whole, async () => {
        const { train, test } = await loadIdxFolder(folder);
        checkDataset(train);
        checkDataset(test);
      });
    },
  };
}

/** The files of CIFAR-10. */
export async function cifarTarget(): Promise<Target> {
  const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat("test_batch.bin");
  const record = Uint8Array.from({ length: 3073 }, (_, i) => i === 0 ? 3 : i);
  const folder = await folderOf(names.map((name) => [name, record]));
  return {
    name: "cifar",
    files: [record],
    errors: [DataFormatError],
    async read(bytes, _, even) {
      await withFile(`${folder}/${names[even ? 0 : 5]}`, bytes, record, async () => {
        const { train, test } = await loadCifarFolder(folder);
        checkDataset(train);
        checkDataset(test);
      });
    },
  };
}

/** A folder with files, in memory where the system has a place for that. */
export async function folderOf(
  files: readonly (readonly [name: string, bytes: Uint8Array])[],
): Promise<string> {
  const folder = await Deno.makeTempDir();
  for (const [name, bytes] of files) await Deno.writeFile(`${folder}/${name}`, bytes);
  return folder;
}

/** Calls `body` while a file has another content. */
export async function withFile(
  path: string,
  bytes: Uint8Array,
  whole: Uint8Array,
  body: () => Promise<void>,
): Promise<void> {
  await Deno.writeFile(path, bytes);
  try {
    await body();
  } finally {
    await Deno.writeFile(path, whole);
  }
}
