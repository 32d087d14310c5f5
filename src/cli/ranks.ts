/**
 * A training of the command line on several ranks: rank 0 alone prints and writes, all end together.
 *
 * @module
 */
import { launched } from "../parallel/launcher.ts";
import { openMpi, openParallel } from "../parallel/mpi.ts";
import type { Parallel } from "../parallel/parallel.ts";
import { single } from "../parallel/single.ts";
import type { Flags } from "./config/flags.ts";
import { type Command, ValidationError } from "./deps.ts";
import { InterruptedError } from "./interrupt.ts";

/** How ranks are found, by the name that `--parallel` takes. */
const WAYS: Readonly<Record<string, () => Parallel>> = {
  auto: openParallel,
  mpi: openMpi,
  none: single,
};

/** Milliseconds in which rank 0 may say first what happened on all of them. */
const HEAD_START = 1000;

/** A rank failed; `cause` is why. Whoever prints it ends all ranks then. */
export class RankError extends Error {
  /** The name of the class. */
  override readonly name: string = "RankError";
  /** The ranks. */
  readonly parallel: Parallel;

  /** Makes the error of this rank. */
  constructor(parallel: Parallel, cause: unknown) {
    super(`rank ${parallel.rank} of ${parallel.size} failed`, { cause });
    this.parallel = parallel;
  }
}

/** Adds the flag that says how ranks are found. */
export function addRankFlag(command: Command): Command {
  return command.option(
    "--parallel <ranks:string>",
    'Train on several processes: "mpi", "none", or "auto" for MPI where mpirun or srun has started several. See docs/parallel.md.',
    { default: "auto" },
  );
}

/**
 * Does what a training does on each rank, and ends all of them: in the same way if they are done or were interrupted, at once if one
 * of them fails.
 *
 * @throws {RankError} if this rank has failed and there are others.
 */
export async function onRanks(
  { parallel: way }: Flags,
  body: (parallel: Parallel) => Promise<void>,
): Promise<void> {
  const open = WAYS[String(way)];
  if (open === undefined) {
    throw new ValidationError(
      `Option "--parallel" must be one of ${Object.keys(WAYS).join(", ")}, but got "${way}".`,
    );
  }
  const parallel = open();
  try {
    await body(parallel);
  } catch (error) {
    if (parallel.size === 1) throw error;
    const { exitCode } = interruptIn(error) ?? {};
    if (exitCode === undefined) return await fail(parallel, error);
    parallel.close();
    if (parallel.rank === 0) throw error;
    Deno.exit(exitCode);
  }
  parallel.close();
}

/** The signal behind an error, which ends all ranks in the same way. */
function interruptIn(error: unknown): InterruptedError | undefined {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof InterruptedError ? cause : undefined;
}

async function fail(parallel: Parallel, error: unknown): Promise<never> {
  // What fails on all of them is said once.
  if (parallel.rank > 0) await new Promise((resolve) => setTimeout(resolve, HEAD_START));
  throw new RankError(parallel, error);
}

/** Threads of a rank where nobody says how many: those of the machine, shared among its ranks. */
export function threadsOfRank(cores: number): number {
  return Math.max(1, Math.floor(cores / (launched({ jobs: false })?.here ?? 1)));
}
