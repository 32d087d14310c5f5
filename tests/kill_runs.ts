/**
 * Runs that are killed at random moments and gone on with until they end: each must be the run that never stopped.
 *
 * ```sh
 * deno task kills                       # 10 kills
 * deno task kills --kills 200 --seed 1
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { Random } from "../src/device/random.ts";
import { sha256 } from "../src/data/digest.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { encodeSafetensors } from "../src/train/safetensors.ts";
import { denoArgs, filigree, namesIn, sendSignal, withTraining } from "./faulty_runs.ts";

/** A kind of run. */
export interface KilledRun {
  /** For reports. */
  readonly name: string;
  /** Flags. */
  readonly flags: readonly string[];
}

const EVERY = [
  ...["--method", "srigl", "--every", "5", "--sparsity", "0.5", "--batch", "32"],
  ...["--validation", "0.2", "--checkpoint-every", "7", "--json"],
];
const MLP = ["--hidden", "64,64", ...EVERY];
const CONVNET = ["--model", "convnet", "--widths", "4,8", ...EVERY];
const WASM = ["--device", "wasm", "--threads", "1"];
const WEBGPU = ["--device", "webgpu"];

/** Runs on both devices, on WebGPU of fewer epochs. */
export const KILLED_RUNS: readonly KilledRun[] = [
  { name: "mlp on wasm", flags: [...MLP, "--epochs", "60", ...WASM] },
  { name: "convnet on wasm", flags: [...CONVNET, "--epochs", "4", ...WASM] },
  { name: "mlp on webgpu", flags: [...MLP, "--epochs", "20", ...WEBGPU] },
  { name: "convnet on webgpu", flags: [...CONVNET, "--epochs", "2", ...WEBGPU] },
];

/** Kills between two starts of the same run from the beginning. */
const KILLS_OF_A_RUN = 5;

/**
 * Kills runs of a kind.
 *
 * @param kills How often, in all.
 * @param random When.
 * @returns Milliseconds after its start at which each process was killed.
 * @throws {assert.AssertionError} if a run that was gone on with ends with another result, other metrics or other checkpoints.
 */
export async function killRuns(
  { name, flags }: KilledRun,
  kills: number,
  random: Random,
): Promise<number[]> {
  const delays: number[] = [];
  await withTraining(async (folder) => {
    const given = ["--data", `${folder}/data`, ...flags];
    const begin = performance.now();
    const straight = await filigree(["train", ...given, "--out", `${folder}/straight`]);
    assert.equal(straight.code, 0, straight.err);
    const duration = performance.now() - begin;
    for (let broken = 0; delays.length < kills; broken++) {
      const run = `${folder}/broken${broken}`;
      const count = Math.min(KILLS_OF_A_RUN, kills - delays.length);
      const killed = await killOnce(run, given, count, Math.ceil(duration), random);
      delays.push(...killed);
      const about = `${name}, killed after ${killed} ms`;
      const resumed = await filigree(verbOf(run, given));
      assert.equal(resumed.code, 0, `${about}: ${resumed.err}`);
      assert.deepEqual(result(resumed.out), result(straight.out), about);
      assert.deepEqual(metrics(run), metrics(`${folder}/straight`), about);
      // One that was killed between a checkpoint and the removal of the oldest has that one too.
      const [left, expected] = await Promise.all([run, `${folder}/straight`].map(digests));
      assert.deepEqual(left.filter((each) => expected.includes(each)), expected, about);
      assert.deepEqual(namesIn(run).filter((file) => file.endsWith(".tmp")), [], about);
      await Deno.remove(run, { recursive: true });
    }
  });
  return delays;
}

/** What begins a run, or goes on with it. */
function verbOf(run: string, given: readonly string[]): string[] {
  const [folder, name] = [run.slice(0, run.lastIndexOf("/")), run.slice(run.lastIndexOf("/") + 1)];
  const begun = namesIn(folder).includes(`${name}/config.toml`);
  return begun ? ["resume", run, "--json"] : ["train", ...given, "--out", run];
}

/** Starts a run, and goes on with it, `count` times; kills each process at a random moment. */
async function killOnce(
  run: string,
  given: readonly string[],
  count: number,
  duration: number,
  random: Random,
): Promise<number[]> {
  const delays: number[] = [];
  while (delays.length < count) {
    const child = new Deno.Command(Deno.execPath(), {
      args: denoArgs(verbOf(run, given)),
      stdout: "null",
      stderr: "null",
    }).spawn();
    const delay = random.below(duration);
    const timer = setTimeout(() => sendSignal(child, "SIGKILL"), delay);
    const { success } = await child.status;
    clearTimeout(timer);
    delays.push(delay);
    // It came to its end first.
    if (success) break;
  }
  return delays;
}

/** The last line of a run, without what depends on the clock. */
export function result(out: string): unknown {
  const { seconds: _, ...rest } = JSON.parse(out.trim().split("\n").at(-1) ?? "{}");
  return rest;
}

/** The metrics of a run, without what depends on the clock. */
function metrics(run: string): string[] {
  return Deno.readTextFileSync(`${run}/metrics.jsonl`).trim().split("\n").map((line) => {
    const { seconds: _, examplesPerSecond: __, ...rest } = JSON.parse(line);
    return JSON.stringify(rest);
  });
}

/** Names of a run's checkpoints, each with a digest of its arrays to the last bit. */
async function digests(run: string): Promise<string[]> {
  const names = namesIn(run).filter((name) => name.startsWith("checkpoints/step-"));
  return await Promise.all(names.map(async (name) => {
    const { tensors } = await readCheckpoint(`${run}/${name}`);
    const bytes = encodeSafetensors([...tensors.values()], {});
    return `${name} ${await sha256(bytes)}`;
  }));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
  });
  const random = new Random({ seed: Number(values.seed), use: "noise" });
  const each = Math.ceil(Number(values.kills) / KILLED_RUNS.length);
  for (const run of KILLED_RUNS) {
    const delays = await killRuns(run, each, random);
    console.log(`${run.name}: ${delays.length} kills, after ${delays.join(", ")} ms`);
  }
}
