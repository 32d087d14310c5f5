/**
 * Tables and arrays: data sets of one's own, and examples for a trained model.
 *
 * @module
 */
import { checkDataset } from "../../src/data/check.ts";
import { DataFormatError } from "../../src/data/errors.ts";
import { readExamples } from "../../src/data/examples.ts";
import { loadData } from "../../src/data/folder.ts";
import { type Preparation, preparationOf } from "../../src/data/preparation.ts";
import { gzip, npy } from "../idx_files.ts";
import { folderOf, withFile } from "./pictures.ts";
import type { Target } from "./target.ts";

const TABLES: readonly string[] = [
  `width,height,"kind"\n1.5,2,ant\n0.5,1e1,bee\n1,3,"ant"\n2,2,bee\n`,
  `1,2,0\r\n3,4,1\r\n5,6,1\r\n7,8,0\r\n`,
  `"a ""b"", c",target\n-1.25e-3,0.5\n"4",1.75\n`,
];

/** Tables, plain and in gzip. */
export async function csvTarget(): Promise<Target> {
  const plain = TABLES.map((text) => new TextEncoder().encode(text));
  const packed = await Promise.all(plain.map(gzip));
  const folder = await Deno.makeTempDir();
  const name = (file: number): string => `${folder}/t.csv${file < plain.length ? "" : ".gz"}`;
  const preparations: Preparation[] = [];
  // One after the other: they are the same file.
  for (const bytes of plain) {
    await Deno.writeFile(name(0), bytes);
    preparations.push(preparationOf((await loadData(name(0))).train));
  }
  return {
    name: "csv",
    files: [...plain, ...packed],
    // A range error is that of columns or of sizes that do not fit the model or the task.
    errors: [DataFormatError, RangeError],
    async read(bytes, file, even) {
      const path = name(file);
      await Deno.writeFile(path, bytes);
      if (even) checkDataset((await loadData(path)).train);
      else await readExamples(path, preparations[file % plain.length]);
    },
  };
}

/** Folders of `.npy` files. */
export async function npyTarget(): Promise<Target> {
  const values = Array.from({ length: 24 }, (_, i) => Math.sin(i));
  const files: readonly (readonly [name: string, bytes: Uint8Array<ArrayBuffer>])[] = [
    ["train-features.npy", npy([6, 4], "f4", values)],
    ["train-targets.npy", npy([6, 2], "f8", values.slice(0, 12), { version: 2 })],
    ["test-features.npy", npy([6, 4], "f4", values, { little: false })],
    ["test-targets.npy", npy([6, 2], "u1", values.slice(0, 12).map((_, i) => i % 2))],
  ];
  const folder = await folderOf(files);
  const preparation = preparationOf((await loadData(folder)).train);
  return {
    name: "npy",
    files: files.map(([, bytes]) => bytes),
    errors: [DataFormatError, RangeError],
    async read(bytes, file, even) {
      const [name, whole] = files[file];
      await withFile(`${folder}/${name}`, bytes, whole, async () => {
        if (!even) return void await readExamples(`${folder}/${name}`, preparation);
        const { train, test } = await loadData(folder);
        checkDataset(train);
        if (test !== undefined) checkDataset(test);
      });
    },
  };
}
