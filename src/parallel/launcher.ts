/**
 * What the program that started this process says of the others that it has started.
 *
 * @module
 */
import type { Variable } from "../device/cache_folder.ts";
import { grantedVariable } from "../runtime/granted.ts";

/** What a launcher has said. */
export interface Launched {
  /** The variable that says how many processes there are. */
  readonly variable: string;
  /** How many there are. */
  readonly size: number;
  /** How many of them are on this machine, if it is said. */
  readonly here?: number;
  /** Whether Open MPI is what it starts; unknown where absent. */
  readonly openMpi?: boolean;
}

/** How launchers say it; the first one that is there counts: `mpirun` inside a job of Slurm has ranks of its own. */
const SAID: readonly (Omit<Launched, "size" | "here"> & { readonly local: string })[] = [
  { variable: "OMPI_COMM_WORLD_SIZE", openMpi: true, local: "OMPI_COMM_WORLD_LOCAL_SIZE" },
  // The protocol of MPICH and what follows it.
  { variable: "PMI_SIZE", openMpi: false, local: "MPI_LOCALNRANKS" },
  { variable: "SLURM_STEP_NUM_TASKS", local: "SLURM_NTASKS_PER_NODE" },
  { variable: "SLURM_NTASKS", local: "SLURM_NTASKS_PER_NODE" },
];

/**
 * What the launcher of this process has said; undefined where it was started by itself.
 *
 * @param jobs Whether the tasks of a job of Slurm count that nobody has started as one step: they do where ranks are asked for.
 */
export function launched(
  { jobs = true }: { readonly jobs?: boolean } = {},
  read: Variable = grantedVariable,
): Launched | undefined {
  for (const { variable, local, ...rest } of SAID) {
    if (variable === "SLURM_NTASKS" && !jobs) continue;
    const size = Number(read(variable));
    if (!(Number.isInteger(size) && size > 0)) continue;
    const here = Number(read(local));
    return { variable, size, ...rest, ...(Number.isInteger(here) && here > 0 ? { here } : {}) };
  }
  return undefined;
}
