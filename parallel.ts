/**
 * Trainings on several processes, on one machine or many: the ranks of MPI. See `docs/parallel.md`.
 *
 * @example
 * ```ts
 * import { openParallel } from "@filigree/filigree/parallel";
 *
 * const parallel = openParallel();
 * const mine = Float32Array.of(parallel.rank);
 * parallel.allReduce(mine);
 * console.assert(mine[0] === parallel.size * (parallel.size - 1) / 2);
 * parallel.close();
 * ```
 *
 * @module
 */
export { type MpiOptions, openMpi, openParallel } from "./src/parallel/mpi.ts";
export type { Parallel, Traffic } from "./src/parallel/parallel.ts";
export { single } from "./src/parallel/single.ts";
