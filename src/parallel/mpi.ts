/**
 * Ranks of MPI, by calls of its library: Open MPI, MPICH and theirs, or whatever has the standard binary interface of MPI 5.
 *
 * @module
 */
import { launched } from "./launcher.ts";
import { type Library, openLibrary, textOf } from "./library.ts";
import { type Exchange, OrderedSum } from "./ordered_sum.ts";
import type { Parallel } from "./parallel.ts";
import { single } from "./single.ts";

/** Options of {@linkcode openMpi}. */
export interface MpiOptions {
  /** Path or name of the library; by default the one whose launcher started this process. */
  readonly library?: string;
}

/** `MPI_THREAD_FUNNELED`: one thread calls. */
const ONE_THREAD = 1;

/** Most bytes of one broadcast: counts of MPI are 32 bits wide. */
const AT_A_TIME = 1 << 30;

/** Longest text of `MPI_Error_string`, in any library. */
const LONGEST_ERROR = 512;

/** Milliseconds that a launcher has to read what a rank says before it ends all of them. */
const LAST_WORDS = 250;

/**
 * Joins the ranks that `mpirun` or `srun` started. Needs `--allow-ffi`, and `--allow-env` to know which library that was and how
 * many there should be.
 *
 * @throws {Error} if there is no library of MPI.
 * @throws {Error} if it knows of another number of processes than the launcher started: such as MPICH under a plain
 * `srun`, where each process would train by itself as rank 0 of 1.
 * @example
 * ```ts ignore
 * import { adamw, createDevice, mlp, Trainer } from "@filigree/filigree";
 * import { openMpi } from "@filigree/filigree/parallel";
 *
 * const parallel = openMpi();
 * using device = await createDevice();
 * const trainer = new Trainer({
 *   ...{ device, model: mlp({ sizes: [784, 512, 10], sparsity: 0.9 }) },
 *   ...{ optimizer: adamw({ learningRate: 1e-3 }), parallel },
 * });
 * // ... trainer.fit, the same on every rank
 * parallel.close();
 * ```
 */
export function openMpi({ library: path }: MpiOptions = {}): Parallel {
  const launcher = launched();
  const library = openLibrary(launcher, path);
  const parallel = new Mpi(library);
  if (launcher === undefined || launcher.size === parallel.size) return parallel;
  const { engine, size } = parallel;
  parallel.close();
  throw new Error(
    `Cannot join the ranks: ${launcher.variable} is ${launcher.size}, and ${engine} knows of ${size} process${
      size === 1 ? "" : "es"
    }, so that each would train by itself; expected a launcher of this MPI: its mpirun, or srun with --mpi=pmix or --mpi=pmi2 ` +
      "where Slurm has that plugin; or FILIGREE_MPI to name the library of the launcher's MPI",
  );
}

/**
 * Joins the ranks of MPI if a launcher has started several, else is one process by itself.
 *
 * @param options Which library, as of {@linkcode openMpi}.
 * @throws {Error} if there are several ranks and no library.
 * @example
 * ```ts
 * import { openParallel } from "@filigree/filigree/parallel";
 *
 * const parallel = openParallel();
 * console.assert(parallel.rank < parallel.size);
 * parallel.close();
 * ```
 */
export function openParallel(options: MpiOptions = {}): Parallel {
  const { size = 1 } = launched({ jobs: false }) ?? {};
  return size > 1 ? openMpi(options) : single();
}

/** The ranks of `MPI_COMM_WORLD`. */
class Mpi implements Parallel {
  readonly engine: string;
  readonly rank: number;
  readonly size: number;
  readonly #library: Library;
  readonly #sum: OrderedSum;
  readonly #traffic = { bytes: 0, seconds: 0 };
  #closed = false;

  constructor(library: Library) {
    this.#library = library;
    this.engine = library.name;
    const { mpi, world } = library;
    const number = new Int32Array(1);
    this.#require("MPI_Init_thread", mpi.MPI_Init_thread(null, null, ONE_THREAD, number));
    this.#require("MPI_Comm_rank", mpi.MPI_Comm_rank(BigInt(world), number));
    this.rank = number[0];
    this.#require("MPI_Comm_size", mpi.MPI_Comm_size(BigInt(world), number));
    this.size = number[0];
    this.#sum = new OrderedSum(this.#exchange());
  }

  get traffic(): Parallel["traffic"] {
    return { ...this.#traffic };
  }

  allReduce(values: Float32Array): void {
    this.#timed("sum", () => this.#sum.sum(values));
  }

  broadcast(data: Float32Array | Uint32Array | Uint8Array, from = 0): void {
    const { mpi, world, byte } = this.#library;
    const bytes = bytesOf(data);
    this.#timed("broadcast", () => {
      for (let begin = 0; begin < bytes.length; begin += AT_A_TIME) {
        const part = bytes.subarray(begin, begin + AT_A_TIME);
        const status = mpi.MPI_Bcast(part, part.length, BigInt(byte), from, BigInt(world));
        this.#require("MPI_Bcast", status);
      }
      return this.rank === from ? bytes.length : 0;
    });
  }

  barrier(): void {
    const { mpi, world } = this.#library;
    this.#timed("wait for the other ranks", () => {
      this.#require("MPI_Barrier", mpi.MPI_Barrier(BigInt(world)));
      return 0;
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#require("MPI_Finalize", this.#library.mpi.MPI_Finalize());
  }

  abort(code: number): never {
    const { mpi, world } = this.#library;
    if (!this.#closed) {
      // MPICH's launcher ends at once, and drops what it has not read yet of what a rank has said.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WORDS);
      mpi.MPI_Abort(BigInt(world), code);
    }
    Deno.exit(code);
  }

  #exchange(): Exchange {
    const { rank, size } = this;
    const { mpi, world, byte } = this.#library;
    const handles = [BigInt(byte), BigInt(world)] as const;
    const places = (begins: readonly number[]) => {
      const at = Int32Array.from(begins, (begin) => 4 * begin);
      const counts = Int32Array.from({ length: size }, (_, r) => at[r + 1] - at[r]);
      return { at, counts };
    };
    return {
      ...{ rank, size },
      scatter: (values, begins, received) => {
        const { at, counts } = places(begins);
        const own = new Int32Array(size).fill(counts[rank]);
        const to = own.map((count, r) => count * r);
        const status = mpi.MPI_Alltoallv(
          ...[bytesOf(values), counts, at, handles[0]] as const,
          ...[bytesOf(received), own, to, ...handles] as const,
        );
        this.#require("MPI_Alltoallv", status);
      },
      gather: (part, begins, values) => {
        const { at, counts } = places(begins);
        const status = mpi.MPI_Allgatherv(
          ...[bytesOf(part), counts[rank], handles[0]] as const,
          ...[bytesOf(values), counts, at, ...handles] as const,
        );
        this.#require("MPI_Allgatherv", status);
      },
    };
  }

  #timed(action: string, call: () => number): void {
    if (this.#closed) {
      throw new ReferenceError(
        `Cannot ${action}: the ranks were closed; expected a call before that`,
      );
    }
    const begin = performance.now();
    this.#traffic.bytes += call();
    this.#traffic.seconds += (performance.now() - begin) / 1000;
  }

  /** Libraries end all ranks at an error themselves, unless they were built not to. */
  #require(call: string, status: number): void {
    if (status === 0) return;
    const { mpi, name } = this.#library;
    const why = textOf(
      LONGEST_ERROR,
      (buffer, length) => mpi.MPI_Error_string(status, buffer, length),
    );
    throw new Error(
      `Cannot go on with the ranks: ${call} of ${name} failed with ${status} (${why}); expected all ranks to make the same calls`,
    );
  }
}

/** The bytes of an array, in place. */
function bytesOf(data: Float32Array | Uint32Array | Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = data;
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer, byteOffset, byteLength);
  throw new TypeError(
    "Cannot exchange the array: its memory is shared between threads; expected a copy of it",
  );
}
