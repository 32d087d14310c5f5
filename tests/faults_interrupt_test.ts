/**
 * Ctrl-C, and what every verb ends with where it is used wrongly.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Interrupt } from "../src/cli/interrupt.ts";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { lockFolder } from "../src/train/folder_lock.ts";
import { denoArgs, filigree, halfTrained, withTraining } from "./faulty_runs.ts";
import { withFlags } from "./flags.ts";

Deno.test({
  name: "Interrupt ends the process at a second signal, but not at one that comes with the first",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { addSignalListener, removeSignalListener } = Deno;
    const listeners = new Map<string, () => void>();
    // The signals of this process are the test runner's.
    Deno.addSignalListener = (signal, listener) => void listeners.set(signal, listener);
    Deno.removeSignalListener = (signal) => void listeners.delete(signal);
    try {
      let time = 1000;
      const calls: unknown[] = [];
      const atOnce = () => calls.push("at once");
      const exit = (code: number) => calls.push(code);
      using interrupt = new Interrupt({ atOnce, exit, now: () => time });
      await interrupt.check();
      listeners.get("SIGTERM")?.();
      const asked = { name: "InterruptedError", message: "Interrupted by SIGTERM", exitCode: 143 };
      await assert.rejects(interrupt.check(), asked);
      assert.ok(interrupt.signal.aborted);
      time += 499;
      listeners.get("SIGINT")?.();
      assert.deepEqual(calls, []);
      time += 2;
      listeners.get("SIGINT")?.();
      assert.deepEqual(calls, ["at once", 130]);
    } finally {
      Object.assign(Deno, { addSignalListener, removeSignalListener });
    }
    assert.deepEqual([...listeners.keys()], []);
  },
});

Deno.test({
  name: "two signals of one press stop a run once, and it saves",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTraining(async (folder, args) => {
      const run = `${folder}/run`;
      const { code, err } = await interrupted(longTraining(args, run), ["SIGINT", "SIGINT"]);
      assert.equal(code, 130, err);
      assert.match(err, /^Interrupted\nThe checkpoint "/);
      const read = await filigree(["eval", run, "--json"]);
      assert.equal(read.code, 0, read.err);
    }),
});

/** Starts a long training, sends signals once it has reported, and returns how it ended. */
async function interrupted(
  args: readonly string[],
  signals: readonly Deno.Signal[],
  by: readonly string[] = [],
): Promise<{ code: number; err: string }> {
  const [program, ...rest] = [...by, Deno.execPath(), ...denoArgs(args)];
  const child = new Deno.Command(program, {
    args: rest,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const err = new Response(child.stderr).text();
  let sent = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (sent || !text.includes('"event":"step"')) continue;
    sent = true;
    for (const signal of signals) child.kill(signal);
  }
  const { code } = await child.status;
  return { code, err: await err };
}

/** How to begin a training of steps without end, few of them in an epoch. */
function longTraining(args: readonly string[], run: string): string[] {
  const long = ["--batch", "1", "--epochs", "100000", "--out", run, "--json"];
  return ["train", ...withFlags(args, ...long)];
}

const SIGNALS: readonly [signal: Deno.Signal, code: number, said: string][] = [
  ["SIGINT", 130, "Interrupted"],
  ["SIGTERM", 143, "Interrupted by SIGTERM"],
  ["SIGHUP", 129, "Interrupted by SIGHUP"],
];

for (const [signal, expected, said] of SIGNALS) {
  Deno.test({
    name: `${signal} ends a run with exit code ${expected}, after what was trained is saved`,
    ignore: Deno.build.os === "windows",
    fn: () =>
      withTraining(async (folder, args) => {
        const run = `${folder}/run`;
        const { code, err } = await interrupted(longTraining(args, run), [signal]);
        assert.equal(code, expected, err);
        assert.ok(err.startsWith(`${said}\nThe checkpoint "`), err);
        const lines = (await Deno.readTextFile(`${run}/metrics.jsonl`)).trim().split("\n");
        const newest = (await checkpointsIn(run)).at(-1)?.step ?? 0;
        assert.ok(newest >= JSON.parse(lines.at(-1) ?? "{}").step, `${newest}: ${lines.at(-1)}`);
        using _ = await lockFolder(run);
      }),
  });
}

/** The command line, with SIGTERM as soon as it listens: before the first step. */
const EARLY = `
import { main } from ${JSON.stringify(new URL("../src/cli/main.ts", import.meta.url).href)};
const listen = Deno.addSignalListener;
Deno.addSignalListener = (signal, listener) => {
  listen(signal, listener);
  if (signal === "SIGTERM") listener();
};
Deno.exit(await main(Deno.args));
`;

Deno.test({
  name: "a signal before the first step leaves no run behind, and a run that goes on as it was",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withTraining(async (folder, args) => {
      const [run, script] = [`${folder}/run`, `${folder}/early.ts`];
      await Deno.writeTextFile(script, EARLY);
      const early = await filigree(["train", ...args, "--out", run], [], script);
      assert.equal(early.code, 143, early.err);
      await assert.rejects(Deno.stat(run), Deno.errors.NotFound);
      await halfTrained(args, run);
      const before = await checkpointsIn(run);
      const { code, err } = await filigree(["resume", run], [], script);
      assert.equal(code, 143, err);
      assert.match(err, /^Interrupted by SIGTERM\nThe checkpoint ".*" is intact;/m);
      assert.deepEqual(await checkpointsIn(run), before);
    }),
});

Deno.test({
  name: "a run that ignores SIGHUP, as nohup has it, goes on",
  // Elsewhere nothing tells that it is ignored.
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withTraining(async (folder, args) => {
      const nohup = ["sh", "-c", `trap '' HUP; exec "$@"`, "nohup"];
      const long = longTraining(args, `${folder}/run`);
      const { code, err } = await interrupted(long, ["SIGHUP", "SIGTERM"], nohup);
      assert.equal(code, 143, err);
      assert.match(err, /^Interrupted by SIGTERM\n/);
    }),
});

const VERBS =
  "train resume eval predict inspect export data sweep devices profile bench tune completions";

for (const verb of VERBS.split(" ")) {
  Deno.test(`filigree ${verb} knows --json, --quiet and -v, and refuses other flags with exit code 2`, async () => {
    const wrong = await filigree([verb, "--json", "--quiet", "-v", "--bogus"]);
    assert.equal(wrong.code, 2, wrong.err);
    assert.match(wrong.err, /Unknown option "--bogus"/);
  });
}

for (const verb of ["resume", "eval", "inspect", "export"]) {
  Deno.test(`filigree ${verb} ends with exit code 1 where the checkpoint is damaged`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/damaged.safetensors`, "nothing of ours");
      const path = verb === "resume" ? folder : `${folder}/damaged.safetensors`;
      if (verb === "resume") {
        await Deno.mkdir(`${folder}/checkpoints`);
        await Deno.writeTextFile(`${folder}/config.toml`, "");
        await Deno.writeTextFile(`${folder}/checkpoints/step-000000001.safetensors`, "nothing");
      }
      const { code, err } = await filigree([verb, path]);
      assert.equal(code, 1, err);
      assert.match(err, /^error: Cannot read the checkpoint/m);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
