/**
 * The libraries of MPI: where they are found, and what tells one binary interface from another.
 *
 * @module
 */
import { grantedVariable } from "../runtime/granted.ts";
import type { Launched } from "./launcher.ts";

/** What is called of MPI. Handles and counts are as wide as its standard interface has them; the others read the low half. */
const SYMBOLS = {
  MPI_Get_library_version: { parameters: ["buffer", "buffer"], result: "i32" },
  MPI_Init_thread: { parameters: ["pointer", "pointer", "i32", "buffer"], result: "i32" },
  MPI_Comm_rank: { parameters: ["usize", "buffer"], result: "i32" },
  MPI_Comm_size: { parameters: ["usize", "buffer"], result: "i32" },
  MPI_Bcast: { parameters: ["buffer", "i32", "usize", "i32", "usize"], result: "i32" },
  MPI_Barrier: { parameters: ["usize"], result: "i32" },
  MPI_Alltoallv: {
    parameters: [
      ...["buffer", "buffer", "buffer", "usize"] as const,
      ...["buffer", "buffer", "buffer", "usize", "usize"] as const,
    ],
    result: "i32",
  },
  MPI_Allgatherv: {
    parameters: ["buffer", "i32", "usize", "buffer", "buffer", "buffer", "usize", "usize"],
    result: "i32",
  },
  MPI_Error_string: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  MPI_Abort: { parameters: ["usize", "i32"], result: "i32" },
  MPI_Finalize: { parameters: [], result: "i32" },
} as const;

/** Functions of MPI, as the library has them. */
export type Functions = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** A library of MPI with the constants of its binary interface. */
export interface Library {
  /** What it calls itself: `"Open MPI 4.1.4"`. */
  readonly name: string;
  /** Its functions. */
  readonly mpi: Functions;
  /** `MPI_COMM_WORLD`. */
  readonly world: number;
  /** `MPI_BYTE`. */
  readonly byte: number;
}

/** The constants of a binary interface: numbers, or the addresses of symbols. */
type Interface = (handles: Handles) => Pick<Library, "world" | "byte">;

/** MPI 5.0, section 20.3: the same in every library that has it. */
const STANDARD: Interface = () => ({ world: 0x101, byte: 0x247 });

/** MPICH and what follows it: Intel MPI, MVAPICH, Cray MPICH. */
const MPICH: Interface = () => ({ world: 0x44000000, byte: 0x4c00010d });

/** Open MPI, whose handles are addresses. */
const OPEN_MPI: Interface = (handles) => ({
  world: handles("ompi_mpi_comm_world"),
  byte: handles("ompi_mpi_byte"),
});

/** Gives the address of a symbol. */
type Handles = (symbol: string) => number;

const MAC: boolean = Deno.build.os === "darwin";

/** Names under which systems have libraries; the standard interface first, then those of one MPI. */
const NAMES: readonly string[] = MAC
  ? ["libmpi_abi.0.dylib", "libmpi.40.dylib", "libmpi.12.dylib"]
  : ["libmpi_abi.so.0", "libmpi.so.40", "libmpich.so.12", "libmpi.so.12"];

/** The variable that names another one. */
const VARIABLE = "FILIGREE_MPI";

/** Longest text of `MPI_Get_library_version`, in any library. */
const LONGEST_VERSION = 8192;

/**
 * Opens the library of the MPI whose launcher started this process.
 *
 * @param path The library; by default what `FILIGREE_MPI` names, else the first one that is found: the standard interface
 * before those of Open MPI and MPICH.
 * @throws {Error} if there is none.
 */
export function openLibrary(
  launcher: Launched | undefined,
  path = grantedVariable(VARIABLE),
): Library {
  const names = path === undefined ? NAMES : [path];
  const reasons: string[] = [];
  for (const name of names) {
    const library = tried(name, reasons);
    if (library === undefined) continue;
    const { openMpi, variable } = launcher ?? {};
    const isOpenMpi = library.name.startsWith("Open MPI");
    if (path !== undefined || openMpi === undefined || openMpi === isOpenMpi) return library;
    reasons.push(`${name} is ${library.name}, whose launcher does not set ${variable}`);
  }
  throw new Error(
    `Cannot open MPI: ${reasons.join("; ")}; expected one of ${
      names.join(", ")
    }, as of the packages ` +
      `"openmpi-bin" or "mpich", or ${VARIABLE} to be the path of another one`,
  );
}

/** The library of a name, or nothing and the reason. */
function tried(name: string, reasons: string[]): Library | undefined {
  let mpi: Functions;
  let handles: Handles;
  try {
    handles = handlesOf(name);
    mpi = Deno.dlopen(name, SYMBOLS).symbols;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || !(error instanceof Error)) throw error;
    reasons.push(error.message);
    return undefined;
  }
  const text = textOf(
    LONGEST_VERSION,
    (buffer, length) => mpi.MPI_Get_library_version(buffer, length),
  );
  const constants = /libmpi_abi/.test(name)
    ? STANDARD
    : text.startsWith("Open MPI")
    ? OPEN_MPI
    : MPICH;
  return { name: shortName(text), mpi, ...constants(handles) };
}

/** What MPI writes into a buffer. */
export function textOf(
  most: number,
  write: (buffer: Uint8Array<ArrayBuffer>, length: Int32Array<ArrayBuffer>) => number,
): string {
  const buffer = new Uint8Array(most);
  const length = new Int32Array(1);
  write(buffer, length);
  return new TextDecoder().decode(buffer.subarray(0, length[0]));
}

/** Name and version of `MPI_Get_library_version`, whose texts are long. */
function shortName(text: string): string {
  const open = /Open MPI v([\w.]+)/.exec(text)?.[1];
  const mpich = /MPICH Version:\s*([\w.]+)/.exec(text)?.[1];
  if (open !== undefined) return `Open MPI ${open}`;
  return mpich === undefined ? text.split("\n")[0].trim() : `MPICH ${mpich}`;
}

/** `RTLD_NOW | RTLD_GLOBAL`: what an MPI loads later has to find it. */
const NOW_FOR_ALL = MAC ? 0xa : 0x102;

/** Loads a library for all that come later, and gives the addresses of its symbols. */
function handlesOf(name: string): Handles {
  const system = Deno.dlopen(MAC ? "libSystem.dylib" : "libc.so.6", {
    dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
    dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
  }).symbols;
  const library = system.dlopen(cString(name), NOW_FOR_ALL);
  return (symbol) => Number(Deno.UnsafePointer.value(system.dlsym(library, cString(symbol))));
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
