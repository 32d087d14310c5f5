/**
 * Runs on two ranks of which one is killed at a random moment: the others end soon, and the run that is gone on with is the one that
 * never stopped.
 *
 * ```sh
 * deno run -A tests/kill_ranks.ts                 # 20 kills, in turn by each MPI
 * deno run -A tests/kill_ranks.ts --kills 4 --seed 7
 * ```
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { Random } from "../src/device/random.ts";
import { exists } from "../src/runtime/atomic_files.ts";
import { denoArgs, type Ended, filigree, withTraining } from "./faulty_runs.ts";
import { type Engine, ENGINES, launcherWords, rankCommand } from "./ranks.ts";

/** Seconds after which the others are said to wait for the one that was killed. */
const HANG = 60;

/** What is trained: 65 steps, rewirings and checkpoints between them. */
const FLAGS = ["--method", "srigl", "--epochs", "5", "--checkpoint-every", "7", "--json"];

/** What came of a kill. */
export interface Kill {
  readonly engine: Engine["name"];
  /** The rank. */
  readonly rank: number;
  /** Milliseconds after the start at which it was killed. */
  readonly after: number;
  /** Seconds until all had ended; 0 where they had before. */
  readonly seconds: number;
  /** What the run was gone on with from. */
  readonly checkpoint: string;
}

/**
 * Kills a rank of as many runs, and goes on with each.
 *
 * @throws {assert.AssertionError} if the others wait for it, or a run ends with another result than one that was let alone.
 */
export async function killRanks(engine: Engine, kills: number, random: Random): Promise<Kill[]> {
  const made: Kill[] = [];
  await withTraining(async (folder, given) => {
    const args = [...given, ...FLAGS];
    const begin = performance.now();
    const straight = await filigree(
      ["train", ...args, "--out", `${folder}/straight`],
      launcherWords(engine, 2),
    );
    assert.equal(straight.code, 0, straight.err);
    const duration = performance.now() - begin;
    for (let i = 0; i < kills; i++) {
      const run = `${folder}/run${i}`;
      const after = Math.floor(duration * random.uniform());
      const rank = i % 2;
      const train = denoArgs(["train", ...args, "--out", run]);
      const seconds = await killedAfter(engine, train, rank, after);
      const again = await exists(`${run}/config.toml`) ? ["resume", run, "--json"] : undefined;
      const resumed = await filigree(
        again ?? ["train", ...args, "--out", run],
        launcherWords(engine, 2),
      );
      const about = `${engine.name}, rank ${rank} killed after ${after} ms`;
      assert.equal(resumed.code, 0, `${about}: ${resumed.err}`);
      assert.deepEqual(resultOf(resumed), resultOf(straight), about);
      assert.ok(seconds <= HANG, `${about}: the others ended after ${seconds} s`);
      const checkpoint = /"event":"checkpoint","path":"[^"]*?(step-\d+)/.exec(resumed.out)?.[1];
      made.push({
        ...{ engine: engine.name, rank, after, seconds },
        checkpoint: again === undefined ? "none" : `before ${checkpoint ?? "the end"}`,
      });
    }
  });
  return made;
}

/** Runs something, kills one of its ranks, and gives the seconds in which the launcher ended then. */
async function killedAfter(
  engine: Engine,
  args: readonly string[],
  rank: number,
  after: number,
): Promise<number> {
  const mark = `FILIGREE_TEST_RUN=${crypto.randomUUID()}`;
  const [name, value] = mark.split("=");
  const child = rankCommand(engine, 2, args, { [name]: value }).spawn();
  const said = Promise.all([child.stdout, child.stderr].map((each) => new Response(each).text()));
  const status = child.status;
  await new Promise((resolve) => setTimeout(resolve, after));
  const killed = performance.now();
  const process = killRank(mark, rank);
  const { success } = await status;
  const seconds = (performance.now() - killed) / 1000;
  const [out, err] = await said;
  const done = out.includes('"event":"done"');
  assert.ok(success || process !== undefined, err);
  if (!done) assert.match(out + err, /signal 9|KILLED BY SIGNAL: 9|exit code 9|Killed/i);
  return process === undefined ? 0 : seconds;
}

/** Kills the process of a rank; says which one it was, if there was one that had not ended. */
function killRank(mark: string, rank: number): number | undefined {
  const process = rankOf(mark, rank);
  try {
    if (process !== undefined) Deno.kill(process, "SIGKILL");
    return process;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The process of a rank, among those that have a mark in their environment; none where it has not begun or has ended. */
function rankOf(mark: string, rank: number): number | undefined {
  const wanted = [`OMPI_COMM_WORLD_RANK=${rank}`, `PMI_RANK=${rank}`];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const variables = Deno.readTextFileSync(`/proc/${name}/environ`).split("\0");
      if (variables.includes(mark) && wanted.some((each) => variables.includes(each))) {
        return Number(name);
      }
    } catch (error) {
      // It has ended meanwhile, or is another user's.
      if (!(error instanceof Error)) throw error;
    }
  }
  return undefined;
}

/** What does not depend on clocks. */
export function resultOf({ out }: Ended): unknown {
  const lines = out.trim().split("\n");
  const { seconds: _, bytes: _bytes, ...done } = JSON.parse(lines[lines.length - 1]);
  return done;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { kills: { type: "string", default: "20" }, seed: { type: "string", default: "1" } },
  });
  const each = Math.ceil(Number(values.kills) / ENGINES.length);
  for (const [i, engine] of ENGINES.entries()) {
    const random = new Random({ seed: Number(values.seed), use: "order", step: i });
    for (const kill of await killRanks(engine, each, random)) console.log(JSON.stringify(kill));
  }
}
