/**
 * `deno run -A benches/peers/mod.ts [--json] [NAME...]`: Filigree against other libraries, same machine, same run, same task.
 * Runs the comparisons whose names start with one of the given ones, or all of them; both results are checked before
 * anything is timed. One line per figure, as those of `deno task bench`, with the goal where there is one:
 * `{"name":"...","ratio":...,"unit":"...","device":"...","goal":...,"details":{...}}`.
 *
 * A comparison that cannot be had prints why and the command ends with exit code 1; the others still run.
 *
 * @module
 */
import type { Result } from "../measure.ts";
import { bertMatches } from "./bert.ts";
import { checkLosses } from "./check.ts";
import { compare, type Contender } from "./contender.ts";
import { inferenceMatches } from "./inference.ts";
import { labelMatches } from "./labels.ts";
import type { Match } from "./match.ts";
import { memoryMatches } from "./memory.ts";
import { productMatches } from "./product.ts";
import { selectMatches } from "./select.ts";
import { stepMatches } from "./step.ts";

/** A figure with the goal that it has. */
interface PeerResult extends Result {
  readonly goal?: number;
}

/** Looks at each of the two. */
const ROUNDS = 15;

/** Share of a loss within which two are the same. */
const TOLERANCE = 1e-3;

function* matches(): Generator<Match> {
  yield* productMatches();
  yield* stepMatches();
  yield* memoryMatches();
  yield* bertMatches();
  yield* inferenceMatches();
  yield* labelMatches();
  yield* selectMatches();
}

async function measure(match: Match): Promise<PeerResult> {
  const ours = await match.ours();
  try {
    const theirs = await match.theirs();
    try {
      if (match.bytes === true) return await compareBytes(match, ours, theirs);
      await check(match, ours, theirs);
      const { first, second, ratio, cpuRatio, quartiles: [lower, upper] } = await compare(
        theirs,
        ours,
        match.rounds ?? ROUNDS,
      );
      return {
        name: match.name,
        ratio: round(ratio),
        unit: "their time / our time",
        device: ours.device,
        ...(match.goal === undefined ? {} : { goal: match.goal }),
        details: {
          theirMs: round(first),
          ourMs: round(second),
          lowerQuartile: round(lower),
          upperQuartile: round(upper),
          cpuRatio: round(cpuRatio),
          theirs: sayPeer(theirs),
        },
      };
    } finally {
      await theirs.close();
    }
  } finally {
    await ours.close();
  }
}

/** Their bytes over ours, after some steps of each. */
async function compareBytes(match: Match, ours: Contender, theirs: Contender): Promise<PeerResult> {
  const [ourBytes, theirBytes] = [await bytesOf(ours), await bytesOf(theirs)];
  return {
    name: match.name,
    ratio: round(theirBytes / ourBytes),
    unit: "their bytes / our bytes",
    device: ours.device,
    ...(match.goal === undefined ? {} : { goal: match.goal }),
    details: { theirBytes, ourBytes, theirs: sayPeer(theirs) },
  };
}

async function bytesOf(contender: Contender): Promise<number> {
  const { losses } = await contender.run(2);
  const bytes = (await contender.result()).at(-1) ?? NaN;
  if (bytes > 0 && losses.every(Number.isFinite)) return bytes;
  throw new Error(`Cannot compare memory: ${bytes} bytes after losses of ${losses}`);
}

/** What a peer is: its device and its versions. */
function sayPeer({ device, versions }: Contender): string {
  return [device, ...Object.entries(versions).map((v) => v.join(" "))].join(", ");
}

async function check(match: Match, ours: Contender, theirs: Contender): Promise<void> {
  if (match.losses !== undefined) {
    const [first, second] = [await ours.run(match.losses), await theirs.run(match.losses)];
    return checkLosses(first.losses, second.losses, match.losses, match.tolerance ?? TOLERANCE);
  }
  for (const contender of [ours, theirs]) {
    await contender.run(1);
    match.check?.(await contender.result());
  }
}

function round(x: number): number {
  return Number(x.toPrecision(4));
}

function print(result: PeerResult, json: boolean): void {
  if (json) return console.log(JSON.stringify(result));
  const { name, ratio, unit, device, goal, details = {} } = result;
  const aim = goal === undefined ? "" : `, goal ${goal}: ${ratio >= goal ? "reached" : "missed"}`;
  const pairs = Object.entries(details).map(([key, value]) => `${key} ${value}`);
  console.log(
    `${name.padEnd(60)} ${String(ratio).padStart(8)}  ${unit}${aim}\n` +
      `    on ${device}; ${pairs.join("; ")}`,
  );
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes("--json");
  const wanted = args.filter((arg) => arg !== "--json");
  const all = [...matches()];
  const selected = all.filter(({ name }) =>
    wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix))
  );
  if (selected.length === 0) {
    const names = all.map(({ name }) => name).join("\n");
    throw new RangeError(
      `Cannot run ${wanted}: no such comparison; expected a prefix of\n${names}`,
    );
  }
  for (const match of selected) {
    try {
      print(await measure(match), json);
    } catch (error) {
      console.error(`${match.name}: ${error instanceof Error ? error.message : error}`);
      Deno.exitCode = 1;
    }
  }
}

if (import.meta.main) await main(Deno.args);
