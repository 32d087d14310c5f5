/**
 * Folders of one's own that verbs write into: what lies there stays, or nothing is written.
 *
 * @module
 */
import assert from "node:assert/strict";
import { requireFreeNames } from "../src/cli/free_names.ts";
import { createRunFolder } from "../runs.ts";
import { namesIn } from "./faulty_runs.ts";
import { refused, succeed } from "./in_process.ts";

/** Calls `body` with the path of a folder that is not there yet. */
async function withPath(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/run`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (
  const own of [
    "labels.txt",
    "environment.json",
    "report.html",
    "checkpoints/best.safetensors",
  ]
) {
  Deno.test(`createRunFolder() refuses a folder with somebody's ${own}, and changes nothing of it`, () =>
    withPath(async (path) => {
      await Deno.mkdir(`${path}/checkpoints`, { recursive: true });
      for (const name of ["notes.txt", own]) await Deno.writeTextFile(`${path}/${name}`, "mine");
      const before = namesIn(path);
      await assert.rejects(createRunFolder(path, { files: { "labels.txt": "a" } }), {
        message: new RegExp(`there is "${own}" in it, .*; expected a folder that is new or empty`),
      });
      assert.deepEqual(namesIn(path), before);
      assert.equal(await Deno.readTextFile(`${path}/${own}`), "mine");
    }));
}

Deno.test("createRunFolder() that fails midway removes what it made, and nothing else", () =>
  withPath(async (path) => {
    await Deno.mkdir(path);
    await Deno.writeTextFile(`${path}/notes.txt`, "mine");
    const files = {
      "labels.txt": "a",
      "neighbours.bin": () => Promise.reject(new Error("no room")),
    };
    await assert.rejects(createRunFolder(path, { files }), { message: /no room/ });
    assert.deepEqual(namesIn(path), ["notes.txt"]);
    await Deno.writeTextFile(`${path}/labels.txt`, "mine");
    await assert.rejects(createRunFolder(path, { files }), { message: /there is "labels.txt"/ });
    assert.equal(await Deno.readTextFile(`${path}/labels.txt`), "mine");
    // Without a file of that name it is a folder like any other.
    using run = await createRunFolder(path);
    await run.discard();
    assert.deepEqual(namesIn(path), ["labels.txt", "notes.txt"]);
  }));

Deno.test("data prepare replaces no file of one's own, and writes beside others", () =>
  withPath(async (path) => {
    await Deno.mkdir(path);
    for (const name of ["test.txt", "words.txt"]) {
      await Deno.writeTextFile(`${path}/${name}`, "mine");
    }
    const sizes = ["--rows", "20", "--many-labels", "10", "--many-features", "10"];
    const synthetic = ["data", "prepare", "synthetic", ...sizes, "--out", path];
    assert.match(await refused(...synthetic), /Cannot prepare synthetic in .* "test.txt" in it/);
    const vectors = await refused("data", "prepare", "vectors", "--out", path);
    assert.match(vectors, /Cannot prepare vectors in ".*": there is "words.txt" in it; expected/);
    assert.deepEqual(namesIn(path), ["test.txt", "words.txt"]);
    await Deno.remove(`${path}/test.txt`);
    await succeed(...synthetic);
    assert.deepEqual(namesIn(path), ["test.txt", "train.txt", "words.txt"]);
    await requireFreeNames("write", path, ["other.txt"]);
  }));
