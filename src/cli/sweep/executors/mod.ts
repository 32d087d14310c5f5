/**
 * What carries out sweeps, a line each; the first one does where nothing else is asked for.
 *
 * @module
 */
import type { Executor } from "./executor.ts";
import { kubernetes } from "./kubernetes.ts";
import { local } from "./local.ts";
import { slurm } from "./slurm.ts";

/** All of them. */
export const EXECUTORS: readonly Executor[] = [local, slurm, kubernetes];
