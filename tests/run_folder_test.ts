/**
 * The folder of a run: who may write it, which of its checkpoints count, and what of it is mended.
 *
 * @module
 */
import assert from "node:assert/strict";
import files from "node:fs/promises";
import { CheckpointError } from "../mod.ts";
import {
  checkpointsIn,
  createRunFolder,
  FolderInUseError,
  lockFolder,
  openRunFolder,
  readNewest,
  type RunFolder,
} from "../runs.ts";
import { sealSafetensors } from "../src/train/safetensors.ts";
import { writeAtomically } from "../src/runtime/atomic_files.ts";
import { namesIn } from "./faulty_runs.ts";

const ON_UNIX = Deno.build.os !== "windows";

/** Calls `body` with the path of a folder that is not there yet. */
async function withPath(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(`${folder}/run`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes a small checkpoint of a step, and prunes as a run does. */
async function save(run: RunFolder, step: number, keep = 3, accuracy?: number): Promise<void> {
  await Deno.writeFile(run.checkpointPath(step), await checkpoint(step, accuracy));
  await run.prune(keep, step, accuracy);
}

async function checkpoint(step: number, accuracy?: number): Promise<Uint8Array> {
  const training = JSON.stringify({ step, seed: 0 });
  const score = accuracy === undefined ? {} : { score: String(accuracy) };
  return await sealSafetensors([], { format: "filigree 3", training, ...score });
}

async function stepsIn(path: string): Promise<number[]> {
  return (await checkpointsIn(path)).map(({ step }) => step);
}

/** The step of the best checkpoint. */
async function bestStep(path: string): Promise<number> {
  const text = await Deno.readTextFile(`${path}/checkpoints/best.safetensors`);
  return Number(/step\\":(\d+)/.exec(text)?.[1]);
}

function linesOf(path: string): number[][] {
  const text = Deno.readTextFileSync(`${path}/metrics.jsonl`).trim();
  return text.split("\n").map((line) => JSON.parse(line)).map((
    { step, seconds },
  ) => [step, seconds]);
}

Deno.test("RunFolder.prune() never removes what was just written, whatever else lies there", () =>
  withPath(async (path) => {
    using run = await createRunFolder(path);
    await Deno.writeFile(run.checkpointPath(900), await checkpoint(900));
    for (const step of [1, 2, 3]) await save(run, step, 1);
    assert.deepEqual(await stepsIn(path), [3, 900]);
    await save(run, 4, 0);
    assert.deepEqual(await stepsIn(path), [4, 900]);
    await save(run, 5, 2);
    assert.deepEqual(await stepsIn(path), [4, 5, 900]);
  }));

Deno.test("openRunFolder() puts checkpoints of a dropped future aside, which then shadow nothing", () =>
  withPath(async (path) => {
    {
      using run = await createRunFolder(path);
      for (const [step, accuracy] of [[5, 0.5], [10, 0.6], [15, 0.7]]) {
        await save(run, step, 9, accuracy);
      }
      await Deno.writeTextFile(run.checkpointPath(20), "damaged");
    }
    for (let again = 0; again < 2; again++) {
      using run = await openRunFolder(path, 10);
      assert.equal(run.repairs.length, again === 0 ? 3 : 1, run.repairs.join("\n"));
      assert.match(run.repairs[0], /^The run goes on from step 10: ".*15\.s.*" is now ".*dropped-/);
      // The best of those that are left.
      assert.equal(await bestStep(path), 10);
      assert.ok(!run.isBest(0.6) && run.isBest(0.61));
      await save(run, 12, 9);
      assert.equal((await readNewest(path)).metadata.training, '{"step":12,"seed":0}');
      await Deno.rename(run.checkpointPath(12), run.checkpointPath(15));
    }
    const dropped = namesIn(`${path}/checkpoints`).filter((name) => name.startsWith("dropped-"));
    assert.deepEqual(dropped, [
      "dropped-2-step-000000015.safetensors",
      "dropped-best.safetensors",
      "dropped-step-000000015.safetensors",
      "dropped-step-000000020.safetensors",
    ]);
  }));

Deno.test("openRunFolder() passes a damaged best checkpoint over, and says so", () =>
  withPath(async (path) => {
    {
      using run = await createRunFolder(path);
      for (const [step, accuracy] of [[5, 0.9], [10, 0.6]]) await save(run, step, 9, accuracy);
    }
    assert.equal(await bestStep(path), 5);
    await Deno.truncate(`${path}/checkpoints/best.safetensors`, 20);
    using run = await openRunFolder(path, 10);
    assert.match(
      run.repairs.join(),
      /^Cannot read the checkpoint ".*best.*" is now ".*dropped-best/,
    );
    assert.equal(await bestStep(path), 5);
    assert.ok(!run.isBest(0.9));
  }));

Deno.test("openRunFolder() takes damaged lines out of the metrics, and names them", () =>
  withPath(async (path) => {
    const whole = (step: number) => JSON.stringify({ step, seconds: 1, note: "a\u2028b" }) + "\n";
    {
      using _ = await createRunFolder(path);
    }
    const damaged = ["{oops\n", "\n", "null\n", '{"seconds":1}\n', '{"step":-1,"seconds":1}\n'];
    const text = [whole(1), ...damaged, whole(2), whole(3), '{"step":2,'].join("");
    await Deno.writeTextFile(`${path}/metrics.jsonl`, text);
    using run = await openRunFolder(path, 2);
    assert.deepEqual(
      run.repairs,
      [2, 3, 4, 5, 6].map((line) =>
        `Line ${line} of "${path}/metrics.jsonl" is damaged; it was removed.`
      ),
    );
    assert.equal(await Deno.readTextFile(`${path}/metrics.jsonl`), whole(1) + whole(2));
  }));

Deno.test("RunFolder.sink() writes no line again that a killed run wrote after its checkpoint", () =>
  withPath(async (path) => {
    {
      using run = await createRunFolder(path);
      await run.sink({ step: 4, seconds: 1, loss: 2 });
      await run.sink({ step: 4, seconds: 1, epochLoss: 2 });
      await run.sink({ step: 8, seconds: 1, loss: 2 });
    }
    using run = await openRunFolder(path, 4);
    await run.sink({ step: 4, seconds: 9, epochLoss: 2 });
    await run.sink({ step: 4, seconds: 9, other: 2 });
    await run.sink({ step: 8, seconds: 9, loss: 2 });
    assert.deepEqual(linesOf(path), [[4, 1], [4, 1], [4, 9], [8, 9]]);
  }));

Deno.test("createRunFolder() with `unique` gives each of many at once a folder of its own", () =>
  withPath(async (path) => {
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => createRunFolder(path, { unique: true })),
    );
    const paths = runs.map((run) => run.path).sort();
    assert.deepEqual(paths, ["", "-2", "-3", "-4", "-5"].map((end) => path + end));
    for (const run of runs) run[Symbol.dispose]();
    await assert.rejects(createRunFolder(path), { message: /it holds a run already/ });
  }));

Deno.test("createRunFolder() of one path at the same time makes one run", () =>
  withPath(async (path) => {
    const made = await Promise.allSettled(
      Array.from({ length: 4 }, (_, i) => createRunFolder(path, { config: `name = ${i}` })),
    );
    assert.equal(made.filter(({ status }) => status === "fulfilled").length, 1);
    for (const one of made) {
      if (one.status === "fulfilled") one.value[Symbol.dispose]();
      else assert.ok(one.reason instanceof FolderInUseError, String(one.reason));
    }
    assert.ok(namesIn(path).includes("config.toml"));
  }));

for (
  const left of ["config.toml", "metrics.jsonl", "result.json", "checkpoints/step-1.safetensors"]
) {
  Deno.test(`createRunFolder() refuses a folder with ${left}`, () =>
    withPath(async (path) => {
      await Deno.mkdir(`${path}/checkpoints`, { recursive: true });
      await Deno.writeTextFile(`${path}/${left}`, "");
      await assert.rejects(createRunFolder(path), { message: /it holds a run already/ });
      assert.deepEqual(namesIn(path), [left]);
    }));
}

Deno.test("RunFolder.discard() leaves what was there before", () =>
  withPath(async (path) => {
    await Deno.mkdir(path);
    const run = await createRunFolder(path);
    await run.discard();
    run[Symbol.dispose]();
    assert.deepEqual([...Deno.readDirSync(path)], []);
    await Deno.remove(path);
    await (await createRunFolder(`${path}/a/b`)).discard();
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
  }));

Deno.test("openRunFolder() heals a folder without checkpoints and with files of a killed run", () =>
  withPath(async (path) => {
    {
      using _ = await createRunFolder(path);
    }
    await Deno.remove(`${path}/checkpoints`);
    await Deno.writeTextFile(`${path}/result.json.${crypto.randomUUID()}.tmp`, "half");
    await Deno.writeTextFile(`${path}/notes.tmp`, "of the user");
    using _ = await openRunFolder(path, 0);
    const names = ["config.toml", "environment.json", "metrics.jsonl", "notes.tmp", "writer.lock"];
    assert.deepEqual(namesIn(path), names);
    assert.ok((await Deno.stat(`${path}/checkpoints`)).isDirectory);
  }));

Deno.test({
  name: "a run folder may be a link",
  ignore: !ON_UNIX,
  fn: () =>
    withPath(async (path) => {
      await Deno.mkdir(`${path}-elsewhere`);
      await Deno.symlink(`${path}-elsewhere`, path);
      {
        using run = await createRunFolder(path);
        await save(run, 1);
        await assert.rejects(openRunFolder(`${path}-elsewhere`, 1), FolderInUseError);
      }
      {
        using run = await openRunFolder(path, 1);
        await save(run, 2);
      }
      assert.deepEqual(await stepsIn(`${path}-elsewhere`), [1, 2]);
      await Deno.mkdir(`${path}-empty`);
      await Deno.symlink(`${path}-empty`, `${path}-link`);
      await (await createRunFolder(`${path}-link`)).discard();
      assert.ok((await Deno.lstat(`${path}-link`)).isSymlink);
    }),
});

Deno.test("lockFolder() refuses a second writer by name, and nobody after the first has gone", () =>
  withPath(async (path) => {
    await Deno.mkdir(path);
    const lock = await lockFolder(path);
    const who = Deno.build.os === "windows" ? "another process" : `process ${Deno.pid}.*, since 2`;
    await assert.rejects(lockFolder(path), {
      name: "FolderInUseError",
      message: new RegExp(`^Cannot write the run folder ".*run": ${who}.* writes it; expected one`),
    });
    lock[Symbol.dispose]();
    lock[Symbol.dispose]();
    assert.deepEqual(namesIn(path), []);
    // As a process that was killed leaves it.
    await Deno.writeTextFile(`${path}/writer.lock`, "process 1, since the flood");
    using _ = await lockFolder(path);
  }));

Deno.test("a file system without locks is said to have none, and written", () =>
  withPath(async (path) => {
    const { tryLock } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.tryLock = () =>
      Promise.reject(Object.assign(new Error("Not supported"), { code: "ENOTSUP" }));
    try {
      using run = await createRunFolder(path);
      assert.match(run.repairs.join(), /^The file system of ".*run" knows no locks: nothing keeps/);
      Deno.FsFile.prototype.tryLock = () => Promise.reject(new Error("Input/output error"));
      await assert.rejects(lockFolder(path), {
        name: "FileWriteError",
        message: /^Cannot lock ".*writer.lock": Input\/output error/,
      });
    } finally {
      Deno.FsFile.prototype.tryLock = tryLock;
    }
  }));

Deno.test("lockFolder() holds one at a time, however often it is given back", () =>
  withPath(async (path) => {
    await Deno.mkdir(path);
    let holders = 0, taken = 0;
    const take = async (): Promise<void> => {
      while (taken < 200) {
        try {
          using _ = await lockFolder(path);
          assert.equal(++holders, 1);
          taken++;
          await Promise.resolve();
          holders--;
        } catch (error) {
          if (!(error instanceof FolderInUseError)) throw error;
          await new Promise((resolve) => setTimeout(resolve, 0));
        }
      }
    };
    await Promise.all([take(), take(), take(), take()]);
  }));

Deno.test("readNewest() lists again where a checkpoint is removed under it", () =>
  withPath(async (path) => {
    using run = await createRunFolder(path);
    await save(run, 1);
    const passed: string[] = [];
    const read = async (file: string): Promise<string> => {
      // The run saves the next one and removes this one, twice, between the list and the read.
      const step = Number(/step-0*(\d+)/.exec(file)?.[1]);
      if (step < 3) await save(run, step + 1, 1);
      try {
        return (await Deno.readTextFile(file)).length > 0 ? file : "";
      } catch (cause) {
        throw new CheckpointError(file, "there is no such file", { cause });
      }
    };
    const found = await readNewest(path, ({ message }) => passed.push(message), read);
    assert.equal(found, run.checkpointPath(3));
    assert.deepEqual(passed, []);
  }));

Deno.test("readNewest() passes over what cannot be read, and names it", () =>
  withPath(async (path) => {
    await assert.rejects(readNewest(path), { message: /the run has no checkpoint yet; expected/ });
    using run = await createRunFolder(path);
    await save(run, 1);
    await Deno.writeTextFile(run.checkpointPath(2), "damaged");
    await Deno.mkdir(run.checkpointPath(3));
    if (ON_UNIX) await Deno.symlink("nowhere", run.checkpointPath(4));
    const passed: string[] = [];
    const found = await readNewest(path, ({ message }) => passed.push(message));
    assert.equal(found.path, run.checkpointPath(1));
    const expected = [
      /000004.*": there is no such file/,
      /000003.*: it cannot be opened/,
      /000002/,
    ];
    for (const [i, message] of expected.slice(ON_UNIX ? 0 : 1).entries()) {
      assert.match(passed[i], message);
    }
    await Deno.remove(run.checkpointPath(1));
    await assert.rejects(readNewest(path), CheckpointError);
  }));

Deno.test({
  name: "writeAtomically() syncs the file, renames it, and syncs the folder",
  ignore: !ON_UNIX,
  fn: () =>
    withPath(async (path) => {
      await Deno.mkdir(path);
      const calls: string[] = [];
      const { rename } = files;
      const folder = await files.open(path);
      const handle: files.FileHandle = Object.getPrototypeOf(folder);
      const { sync } = handle;
      await folder.close();
      handle.sync = async function () {
        calls.push((await this.stat()).isDirectory() ? "sync folder" : "sync file");
        await sync.call(this);
      };
      files.rename = async (from, to) => {
        calls.push("rename");
        await rename(from, to);
      };
      try {
        await writeAtomically(`${path}/a`, "text");
      } finally {
        files.rename = rename;
        handle.sync = sync;
      }
      assert.deepEqual(calls, ["sync file", "rename", "sync folder"]);
      assert.deepEqual(namesIn(path), ["a"]);
    }),
});
