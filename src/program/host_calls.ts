/**
 * What the host does in the middle of a program, such as to exchange numbers with other processes: the program is cut there, and what
 * it computes from then on sees what the host has made of its tensors.
 *
 * @module
 */
import type { Backend, BufferView, Executable } from "../device/backend.ts";
import type { Kernel } from "../device/kernel.ts";
import type { Replacements } from "../device/replace.ts";
import { locate, type ProgramMemory } from "./memory.ts";
import type { TracedProgram } from "./program.ts";
import type { ResourceData } from "./resource.ts";
import type { Tensor, Trace } from "./trace.ts";

/**
 * Records that the host changes tensors in every run, in the place in which a kernel would: after what has made them, before what
 * reads them. A program with such a call is run to its end by whoever waits for what `run` gives.
 *
 * @param name For people.
 * @param change Is given what each tensor holds, padding included, and changes it in place.
 */
export function hostChange(
  trace: Trace,
  name: string,
  tensors: readonly Tensor[],
  change: (contents: readonly ResourceData[]) => void,
): void {
  const kernel: Kernel = {
    name,
    bindings: tensors.map(({ type }, i) => ({ name: `x${i}`, access: "readwrite", type })),
    params: [],
    gpu: { dispatches: () => [] },
    host: change,
  };
  trace.emit(kernel, tensors, {});
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
  /** What the host does behind it, and where what it changes lies. */
  readonly host?: {
    readonly change: (contents: readonly ResourceData[]) => void;
    readonly places: readonly HostPlace[];
  };
}

/** Where a tensor lies that the host changes. */
export interface HostPlace {
  readonly view: BufferView;
  readonly elements: number;
  readonly type: "f32" | "u32";
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
    const places = host.tensors.map((tensor) => {
      const { elements, type } = tensor;
      return { view: locate(tensor, program, memory), elements, type };
    });
    return { executable, host: { change, places } };
  });
}

/** Runs stretches, one after the other, with what the host does between them. No other program of the device may run meanwhile. */
export async function runStretches(
  backend: Backend,
  stretches: readonly CompiledStretch[],
  { gate }: Pick<ProgramMemory, "gate">,
  replaced: Replacements,
): Promise<void> {
  gate.busy = "waits for its host";
  try {
    for (const { executable, host } of stretches) {
      backend.run(executable, replaced);
      if (host === undefined) continue;
      const contents = await Promise.all(host.places.map((place) => read(backend, place)));
      host.change(contents);
      contents.forEach((content, i) => {
        const { buffer, offset } = host.places[i].view;
        backend.write(buffer, content, offset);
      });
    }
  } finally {
    gate.busy = undefined;
  }
}

async function read(backend: Backend, { view, elements, type }: HostPlace): Promise<ResourceData> {
  const bytes = await backend.read(view.buffer, view.offset, 4 * elements);
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
