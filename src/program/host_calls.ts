/**
 * What the host does in the middle of a program, such as to exchange numbers with other processes: the program is cut there, and what
 * it computes from then on sees what the host has made of its tensors.
 *
 * @module
 */
import type { Backend, BufferView, Executable } from "../device/backend.ts";
import type { Binding, Kernel } from "../device/kernel.ts";
import type { Replacements } from "../device/replace.ts";
import { locate, type ProgramMemory } from "./memory.ts";
import type { TracedProgram } from "./program.ts";
import type { ResourceData } from "./resource.ts";
import type { Clock, Tensor, Trace } from "./trace.ts";

/** A tensor of a call of the host. */
export interface HostOperand {
  readonly tensor: Tensor;
  /** What the host does with it; one that is only written holds zeros before. */
  readonly access: Binding["access"];
}

/**
 * What the host does: changes in place what the tensors hold, padding included.
 *
 * @param examples Examples of the run that count: see `UpdatePart`.
 */
export type HostChange = (contents: readonly ResourceData[], examples: number) => void;

/**
 * Records that the host changes tensors in every run, in the place in which a kernel would: after what has made them, before what
 * reads them. A program with such a call is run to its end by whoever waits for what `run` gives.
 *
 * @param name For people.
 */
export function hostChange(
  trace: Trace,
  name: string,
  operands: readonly HostOperand[],
  change: HostChange,
): void {
  const kernel: Kernel = {
    name,
    bindings: operands.map(({ tensor: { type }, access }, i) => ({ name: `x${i}`, access, type })),
    params: [],
    gpu: { dispatches: () => [] },
    host: change,
  };
  trace.emit(kernel, operands.map(({ tensor }) => tensor), {});
}

/**
 * What the host was given of a tensor of f32.
 *
 * @throws {TypeError} if it is one of u32.
 */
export function floatsIn(content: ResourceData): Float32Array {
  if (content instanceof Float32Array) return content;
  throw new TypeError("Cannot change a tensor on the host: its numbers are u32; expected f32");
}

/**
 * What the host was given of a tensor of u32.
 *
 * @throws {TypeError} if it is one of f32.
 */
export function wordsIn(content: ResourceData): Uint32Array {
  if (content instanceof Uint32Array) return content;
  throw new TypeError("Cannot change a tensor on the host: its numbers are f32; expected u32");
}

/** Calls of a device that follow each other, and the call of the host behind them, if there is one. */
export interface Stretch<Call> {
  readonly calls: readonly Call[];
  readonly host?: Call;
}

/** Cuts calls where the host has one: one more stretch than those. */
export function cutAtHost<Call extends { readonly kernel: Kernel }>(
  calls: readonly Call[],
): Stretch<Call>[] {
  const stretches: Stretch<Call>[] = [];
  let begin = 0;
  calls.forEach((call, i) => {
    if (call.kernel.host === undefined) return;
    stretches.push({ calls: calls.slice(begin, i), host: call });
    begin = i + 1;
  });
  return [...stretches, { calls: begin === 0 ? calls : calls.slice(begin) }];
}

/** A stretch that was compiled. */
export interface CompiledStretch {
  readonly executable: Executable;
  /** What the host does behind it, and where its tensors lie. */
  readonly host?: { readonly change: HostChange; readonly places: readonly HostPlace[] };
}

/** Where a tensor of a call of the host lies. */
export interface HostPlace {
  readonly view: BufferView;
  readonly elements: number;
  readonly type: "f32" | "u32";
  readonly access: Binding["access"];
}

/** Puts executables together with what the host does between them. */
export function stretchesOf(
  executables: readonly Executable[],
  program: TracedProgram,
  memory: ProgramMemory,
): CompiledStretch[] {
  const stretches = cutAtHost(program.order);
  return executables.map((executable, i) => {
    const { host } = stretches[i];
    const change = host?.kernel.host;
    if (host === undefined || change === undefined) return { executable };
    const places = host.tensors.map((tensor, j) => {
      const { elements, type } = tensor;
      const { access } = host.kernel.bindings[j];
      return { view: locate(tensor, program, memory), elements, type, access };
    });
    return { executable, host: { change, places } };
  });
}

/** One run of a program. */
interface StretchesRun {
  /** What is bound in the place of inputs. */
  readonly replaced: Replacements;
  readonly clock: Clock;
  /** Examples of the batch. */
  readonly examples: number;
}

/** Runs stretches, one after the other, with what the host does between them. No other program of the device may run meanwhile. */
export async function runStretches(
  backend: Backend,
  stretches: readonly CompiledStretch[],
  { gate }: Pick<ProgramMemory, "gate">,
  { replaced, clock, examples }: StretchesRun,
): Promise<void> {
  const counted = clock.part?.counts === false ? 0 : examples;
  gate.busy = "waits for its host";
  try {
    for (const { executable, host } of stretches) {
      backend.run(executable, replaced);
      if (host === undefined) continue;
      const contents = await Promise.all(host.places.map((place) => read(backend, place)));
      host.change(contents, counted);
      contents.forEach((content, i) => {
        const { view: { buffer, offset }, access } = host.places[i];
        if (access !== "read") backend.write(buffer, content, offset);
      });
    }
  } finally {
    gate.busy = undefined;
  }
}

async function read(
  backend: Backend,
  { view, elements, type, access }: HostPlace,
): Promise<ResourceData> {
  const bytes = access === "write"
    ? new ArrayBuffer(4 * elements)
    : await backend.read(view.buffer, view.offset, 4 * elements);
  return type === "f32" ? new Float32Array(bytes) : new Uint32Array(bytes);
}

/**
 * The only executable of a program.
 *
 * @throws {TypeError} if the host has calls in it.
 */
export function whole(action: string, stretches: readonly CompiledStretch[]): Executable {
  if (stretches.length === 1) return stretches[0].executable;
  throw new TypeError(
    `Cannot ${action} the program: the host has calls in it, such as an exchange with other ranks; expected one without`,
  );
}
