/**
 * Small data with very many labels, and runs of them, for tests of the command line.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readManyLabels } from "../src/data/labels/set.ts";
import { writeSparseText } from "../src/data/labels/write.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { succeed } from "./in_process.ts";

/** Where they compute. */
export const DEVICE = ["--device", "wasm", "--threads", "1"];

/** A small head over few features. */
export const SMALL = ["--width", "32", "--pattern", "fan-in:16", "--every", "5", "--batch", "32"];

/** Texts of six subjects, of which each has words of its own. */
export const SUBJECTS = [
  "cats purr",
  "dogs bark",
  "ships sail",
  "planes fly",
  "fires burn",
  "rains fall",
];

/** Figures that results have. */
export const FIGURES = ["P@1", "P@3", "P@5", "PSP@1", "PSP@3", "PSP@5"];

/** Calls `body` with a folder with texts of subjects (`texts`) and with features of some of them (`features`). */
export async function withData(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const texts = `${folder}/texts`, features = `${folder}/features`;
    await Deno.mkdir(texts);
    await Deno.mkdir(features);
    const lines = (count: number, first: number) =>
      Array.from({ length: count }, (_, i) => {
        const subject = (first + i) % SUBJECTS.length;
        const title = `${SUBJECTS[subject]} number${(first + i) % 7}`;
        // Twenty labels of each subject, of which the first one always applies.
        const labels = [20 * subject, 20 * subject + 1 + (first + i) % 19];
        return JSON.stringify({ title, target_ind: labels, target_rel: labels.map(() => 1) });
      }).join("\n") + "\n";
    await Deno.writeTextFile(`${texts}/trn.json`, lines(240, 0));
    await Deno.writeTextFile(`${texts}/tst.json`, lines(48, 5));
    const names = Array.from({ length: 120 }, (_, i) => `{"title": "label ${i}"}`);
    await Deno.writeTextFile(`${texts}/lbl.json`, names.join("\n") + "\n");
    const { train, test } = await readManyLabels(texts);
    for (const [name, part] of [["train", train], ["test", test]] as const) {
      assert.ok(part !== undefined);
      const rows = {
        ...{ rows: part.labels.rows, columns: 9, indices: part.labels.labels },
        ...{ offsets: part.labels.offsets, values: new Float32Array(part.labels.labels.length) },
      };
      const indices = rows.indices.map((label) => label % 9);
      // Every label of a row is another feature, the first one that it has.
      const offsets = Uint32Array.from({ length: rows.rows + 1 }, (_, i) => i);
      const first = Uint32Array.from({ length: rows.rows }, (_, i) => indices[rows.offsets[i]]);
      await writeSparseText(`${features}/${name}.txt`, {
        labels: part.labels,
        features: { ...rows, offsets, indices: first, values: new Float32Array(rows.rows).fill(1) },
      });
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The newest checkpoint of a run. */
export async function newestOf(run: string) {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(`${run}/checkpoints`)) {
    if (name.startsWith("step-")) names.push(name);
  }
  return await readCheckpoint(`${run}/checkpoints/${names.sort().at(-1)}`);
}

/** Goes on with what lies there when a run is killed behind its second checkpoint: it ends as the whole run did. */
export async function resumeFrom(
  whole: string,
  part: string,
  done: Readonly<Record<string, unknown>>,
): Promise<void> {
  await Deno.mkdir(`${part}/checkpoints`, { recursive: true });
  for (
    const name of ["config.toml", "environment.json", "checkpoints/step-000000014.safetensors"]
  ) {
    await Deno.copyFile(`${whole}/${name}`, `${part}/${name}`);
  }
  const rest = await succeed("resume", part);
  for (const figure of ["loss", "hash", ...FIGURES]) {
    assert.equal(rest[figure], done[figure], figure);
  }
  assert.deepEqual((await newestOf(part)).tensors, (await newestOf(whole)).tensors);
}
