/**
 * Runs the runs of a sweep on this machine, as processes of their own, a few at a time.
 *
 * @module
 */
import { scoreOf } from "../../best.ts";
import { Interrupt } from "../../interrupt.ts";
import { readResult } from "../../result.ts";
import { pauseAt, schedulerOf } from "../asha.ts";
import { errorIn, type Place, wordsOf } from "../place.ts";
import type { Job } from "../scheduler.ts";
import { bestOf, standingOf, validationsIn } from "../standing.ts";
import type { Ended, Executor, Work } from "./executor.ts";

/** The pool of this machine. */
export const local: Executor = {
  name: "local",
  description: "processes on this machine",
  canHalve: true,
  requireSettings(settings, fail) {
    const [stranger] = Object.keys(settings);
    if (stranger !== undefined) fail(`local has the key "${stranger}"; expected none`);
  },
  carryOut,
};

/** A process with a run. */
interface Child {
  /** Closes its input, at which it saves and ends. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
  /** Whether it succeeded, and what it wrote to standard error. */
  readonly output: Promise<{ readonly success: boolean; readonly stderr: string }>;
}

/** A run while the sweep goes on. */
interface Climb {
  readonly place: Place;
  readonly scores: number[];
  running: boolean;
}

/**
 * Carries runs out, `jobs` at a time; those that are finished are not run again, those that were interrupted go on. A signal
 * stops the processes as it would stop one run: they save, and are waited for; a second one ends them at once.
 *
 * @throws {InterruptedError} after a signal.
 */
async function* carryOut({ sweep, places, jobs = 1, detail }: Work): AsyncGenerator<Ended> {
  const { halving } = sweep;
  const next = schedulerOf(halving);
  const climbs: Climb[] = [];
  for (const place of places) {
    const { scores, ended } = await standingOf(place, halving?.rungs);
    climbs.push({ place, scores, running: false });
    if (ended !== undefined) yield ended;
  }
  const children = new Set<Child>();
  const running = new Map<Climb, Promise<{ climb: Climb; ended: Ended }>>();
  using interrupt = new Interrupt({ atOnce: () => children.forEach((child) => child.kill()) });
  const stop = (): void => children.forEach((child) => child.stop());
  interrupt.signal.addEventListener("abort", stop);
  const climbTo = async (climb: Climb, { rung }: Job) => {
    const ended = await runTo(climb.place, pauseAt(rung, halving), (words) => {
      interrupt.signal.throwIfAborted();
      detail(`filigree ${words.join(" ")}`);
      return start(words, children);
    });
    return { climb, ended };
  };
  try {
    while (true) {
      while (running.size < jobs) {
        const job = next(climbs);
        if (job === undefined) break;
        const climb = climbs[job.trial];
        climb.running = true;
        running.set(climb, climbTo(climb, job));
      }
      if (running.size === 0) return;
      const { climb, ended } = await Promise.race(running.values());
      running.delete(climb);
      climb.running = false;
      climb.scores.push(scoreAt(ended));
      await interrupt.check();
      yield ended;
    }
  } finally {
    // Whatever ended this loop: no process is left behind.
    stop();
    await Promise.allSettled(running.values());
  }
}

/** The score of a run that has just come to its end, or to a rung. */
function scoreAt({ result, rung }: Ended): number {
  const validation = rung?.validation ?? result?.validation;
  if (validation !== undefined) return scoreOf(validation);
  // Without rungs nothing is chosen by it.
  return result === undefined ? -Infinity : 0;
}

/** Runs a run to its end, or for so many epochs. */
async function runTo(
  { run, out }: Place,
  pauseAfter: number | undefined,
  begin: (words: readonly string[]) => Promise<{ success: boolean; stderr: string }>,
): Promise<Ended> {
  const { success, stderr } = await begin(await wordsOf(out, pauseAfter));
  const result = success ? await readResult(out) : undefined;
  if (result !== undefined) return { run, result, skipped: false };
  if (success && pauseAfter !== undefined) {
    const validation = bestOf(await validationsIn(out), pauseAfter);
    return { run, rung: { epochs: pauseAfter, validation }, skipped: false };
  }
  const said = errorIn(stderr) ?? stderr.trim().split("\n").at(-1);
  return { run, error: said || "it left no result", skipped: false };
}

/** Carries out words as a process of its own, one of `children` as long as it lives. */
async function start(
  words: readonly string[],
  children: Set<Child>,
): Promise<{ success: boolean; stderr: string }> {
  const child = spawn([...words, "--quiet"]);
  children.add(child);
  try {
    return await child.output;
  } finally {
    children.delete(child);
  }
}

/** Starts the program, with no more permissions than it needs. */
function spawn(args: readonly string[]): Child {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write", CHILD, ...args],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  let stopped = false;
  return {
    stop: () => {
      if (stopped) return;
      stopped = true;
      // One that has just ended has closed it already.
      child.stdin.close().catch(() => undefined);
    },
    kill: () => child.kill("SIGKILL"),
    output: output.then(({ success, stderr }) => ({
      success,
      stderr: new TextDecoder().decode(stderr),
    })),
  };
}

const CHILD = new URL("child.ts", import.meta.url).href;
