/**
 * `deno task bench --against REVISION [--rounds N] [NAME...]`: the same benches of this build and of that of a Git revision, a process
 * each, in turn, so that a slow hour of the machine meets both. Ends with exit code 1 if something became slower.
 *
 * @module
 */
import { round } from "./case.ts";
import { median, quartiles, type Result } from "./measure.ts";

/** Times each build is run; the one that goes first changes. */
export const ROUNDS = 5;

/** Rounds below which nothing is judged. */
const JUDGED = 3;

/** What a build may be slower before it counts. */
const ALLOWED = 1.03;

/** Milliseconds of a bench, one for each round. */
export type Times = readonly number[];

/** A bench of two builds. */
export interface Compared {
  /** Time of this build over that of the other one, a ratio of medians. */
  readonly ratio: number;
  /** Lower and upper quartile of this build. */
  readonly ours: readonly [number, number];
  /** Those of the other one. */
  readonly theirs: readonly [number, number];
  /** Whether this build is slower by more than 3 %, with interquartile ranges apart. */
  readonly slower: boolean;
}

/**
 * Compares what a bench took in two builds. Fewer than three rounds are told, not judged.
 *
 * @throws {RangeError} if a build has no times.
 */
export function compareTimes(ours: Times, theirs: Times): Compared {
  if (ours.length === 0 || theirs.length === 0) {
    throw new RangeError(
      `Cannot compare builds: there are ${ours.length} and ${theirs.length} times; expected some of both`,
    );
  }
  const ratio = median(ours) / median(theirs);
  const [own, other] = [quartiles(ours), quartiles(theirs)];
  const judged = Math.min(ours.length, theirs.length) >= JUDGED;
  return {
    ratio,
    ours: own,
    theirs: other,
    slower: judged && ratio > ALLOWED && own[0] > other[1],
  };
}

/** What is compared. */
export interface AgainstOptions {
  /** A revision, as Git names it: `HEAD~3`, `v0.2.0`, a commit. */
  readonly revision: string;
  /** Names of benches. */
  readonly names: readonly string[];
  /** How often each is run. */
  readonly rounds?: number;
  /** Whether lines are of JSON. */
  readonly json?: boolean;
}

/**
 * Runs benches of this checkout and of a revision in turn, and prints a line for each that times something.
 *
 * @returns Whether nothing became slower, and every bench ran in both builds.
 * @throws {Error} if there is no such revision.
 */
export async function benchAgainst(
  { revision, names, rounds = ROUNDS, json = false }: AgainstOptions,
): Promise<boolean> {
  const here = new URL("..", import.meta.url).pathname;
  const git = async (...args: string[]) => (await output("git", ["-C", here, ...args])).trim();
  const commit = await git("rev-parse", "--verify", "--quiet", `${revision}^{commit}`)
    .catch((cause) => {
      throw new Error(
        `Cannot compare with "${revision}": Git knows no such revision here; expected a commit, a tag or a branch`,
        { cause },
      );
    });
  const there = await Deno.makeTempDir({ prefix: "filigree_bench_" });
  await git("worktree", "add", "--detach", "--force", there, commit);
  try {
    return await inTurn([here, there], { revision, names, rounds, json });
  } finally {
    await git("worktree", "remove", "--force", there);
  }
}

async function inTurn(
  folders: readonly [here: string, there: string],
  { revision, names, rounds, json }: Required<AgainstOptions>,
): Promise<boolean> {
  let well = true;
  for (const name of names) {
    const times = folders.map(() => new Map<string, number[]>());
    try {
      for (let turn = 0; turn < 2 * rounds; turn++) {
        // A B, B A, A B: neither always runs on a machine that the other one has warmed.
        const side = (turn + (turn >> 1)) % 2;
        for (const { key, milliseconds } of await timesOf(folders[side], name)) {
          times[side].set(key, [...times[side].get(key) ?? [], milliseconds]);
        }
      }
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
      well = false;
      continue;
    }
    for (const [key, ours] of times[0]) {
      const theirs = times[1].get(key);
      if (theirs === undefined) continue;
      const compared = compareTimes(ours, theirs);
      print(key, revision, compared, json);
      well &&= !compared.slower;
    }
  }
  return well;
}

/** Milliseconds of what a bench says of itself. Names are prefixes, so that what only begins so is left out. */
async function timesOf(
  folder: string,
  name: string,
): Promise<{ readonly key: string; readonly milliseconds: number }[]> {
  const lines = await output(Deno.execPath(), [
    ...["run", "-A", "--config", `${folder}/deno.json`, `${folder}/benches/mod.ts`, "--json", name],
  ]);
  return lines.split("\n").filter((line) => line !== "").flatMap((line) => {
    const result: Result = JSON.parse(line);
    const milliseconds = result.details?.ourMs;
    if (result.name !== name || typeof milliseconds !== "number") return [];
    return [{ key: `${result.name} on ${result.device}`, milliseconds }];
  });
}

function print(name: string, revision: string, compared: Compared, json: boolean): void {
  const { ratio, ours, theirs, slower } = compared;
  if (json) return console.log(JSON.stringify({ name, against: revision, ...compared }));
  const range = (ends: readonly number[]) => ends.map(round).join(" to ");
  console.log(
    `${name}\n    ${round(ratio)} times as long as ${revision}: ${range(ours)} ms against ${
      range(theirs)
    } ms${slower ? "; SLOWER" : ""}`,
  );
}

/** What a program prints. */
async function output(program: string, args: readonly string[]): Promise<string> {
  const command = new Deno.Command(program, { args: [...args], stdout: "piped", stderr: "piped" });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(
    `Cannot run ${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr).trim()}`,
  );
}
