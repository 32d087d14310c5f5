/**
 * A program: a traced function, compiled for a device and replayed for every step. A run
 * allocates nothing and waits for nothing; the scalars that the function returns go to rings on
 * the device, which are read now and then.
 *
 * @module
 */
import type { Backend, DeviceBuffer, Executable, KernelCallShape } from "../device/backend.ts";
import type { Kernel } from "../device/kernel.ts";
import { NONE_REPLACED, type Replacements } from "../device/replace.ts";
import { STEP_BYTES, STEP_WORDS } from "../device/step_block.ts";
import { HeldOutput } from "./holds.ts";
import { type CompiledStretch, runStretches, stretchesOf, whole } from "./host_calls.ts";
import {
  checkHeld,
  checkRun,
  columnTileOf,
  fullBatch,
  type InputReading,
  type InputSpec,
  type RunInputs,
} from "./inputs.ts";
import { type GivenInputs, locate, overwritten, type ProgramMemory } from "./memory.ts";
import { type PlannedProgram, planSlots } from "./plan.ts";
import { Resource } from "./resource.ts";
import { schedule } from "./schedule.ts";
import {
  type Clock,
  kindOf,
  paddedElements,
  STEP,
  type StepBlock,
  type StepWords,
  Tensor,
  Trace,
} from "./trace.ts";

export type { InputReading, InputSpec };

/** Scalars that a program remembers before the oldest is overwritten. */
export const RING_SIZE = 1024;

/** Options of `Device.trace` and `Device.compile`. */
export interface TraceOptions {
  /**
   * Whether f32 inputs are known to be finite, as those of a `Batcher` are; false by default: every run then looks at each
   * number, which costs about a millisecond for 2 million of them.
   */
  readonly trustInputs?: boolean;
}

/** What a traced function may return. */
export type Traced = Tensor | readonly Tensor[];

/** A function traced and planned, before anything is allocated. */
export interface TracedProgram extends PlannedProgram {
  /** The trace. */
  readonly trace: Trace;
  /** Whether f32 inputs are known to be finite. */
  readonly trustInputs: boolean;
  /** Calls in the order of execution, with their tensors. */
  readonly order: readonly {
    kernel: Kernel;
    tensors: readonly Tensor[];
    params: KernelCallShape["params"];
  }[];
  /** Rings of the scalars that the function returned, in order. */
  readonly rings: readonly Resource[];
  /** The other tensors that it returned, in order. */
  readonly outputs: readonly Tensor[];
}

/**
 * Traces a function and plans its memory.
 *
 * @param specs The inputs.
 * @param body The function; it may return scalars (they go to rings) and other tensors (they can be read).
 * @param record Kernel `record`, which writes a scalar to its ring.
 * @param options Whether inputs are trusted, and what parts of tensors are aligned to on the device.
 * @throws {TypeError} if the function returns something else than tensors of the trace.
 */
export function traceProgram(
  specs: readonly InputSpec[],
  body: (...inputs: Tensor[]) => Traced,
  record: Kernel,
  { trustInputs = false, alignment }: TraceOptions & { readonly alignment?: number } = {},
): TracedProgram {
  const tile = columnTileOf(specs);
  const trace = new Trace(tile, alignment);
  const inputs = specs.map((spec) => trace.input(spec.shape, spec.type));
  const result = body(...inputs.map((input, i) => specs[i].reading?.of(input) ?? input));
  const returned = returnedOf(result, trace);
  const rings: Resource[] = [];
  for (const scalar of returned.filter((t) => t.shape.length === 0)) {
    const ring = new Resource({
      label: `ring ${rings.length}`,
      type: "f32",
      length: RING_SIZE,
      category: "outputs",
    });
    rings.push(ring);
    trace.emit(record, [scalar, trace.step, trace.resource(ring)], { size: RING_SIZE });
  }
  const outputs = returned.filter((t) => t.shape.length > 0);
  const roots = outputs.map(({ root }) => root);
  const order = schedule(trace.calls, roots);
  const referred = new Set(
    [...order.flatMap(({ tensors }) => tensors), ...outputs].map(({ root }) => root),
  );
  return {
    trace,
    trustInputs,
    order,
    rings,
    outputs,
    resources: trace.resources.filter((r) => referred.has(trace.resource(r)) || r === STEP),
    inputElements: specs.map((spec) => paddedElements(spec.shape, tile)),
    keptInputs: new Set(trace.inputs.flatMap((input, i) => roots.includes(input) ? [i] : [])),
    slots: planSlots(order, roots),
    calls: order.map(({ kernel, params }) => ({ kernel, params })),
  };
}

function returnedOf(result: Traced, trace: Trace): Tensor[] {
  const returned: unknown[] = Array.isArray(result) ? result : [result];
  return returned.map((each) => {
    if (each instanceof Tensor && each.trace === trace) return each;
    const found = each instanceof Tensor ? "a tensor of another trace" : kindOf(each);
    throw new TypeError(
      `Cannot trace the function: it returns ${found}; expected tensors that it has computed, and no promise`,
    );
  });
}

const NOTHING_GIVEN: GivenInputs = new Map();

/** A compiled program. Made by `Device.compile`. */
export class Program {
  /** What was traced. */
  readonly traced: TracedProgram;
  readonly #backend: Backend;
  readonly #memory: ProgramMemory;
  /** One, or several with what the host does between them. */
  readonly #stretches: readonly CompiledStretch[];
  readonly #words: StepWords = stepWords();
  /** Those of a group of parameters, one after the other. */
  readonly #ownWords: StepWords = stepWords();
  readonly #usesStep: boolean;
  readonly #stepBlocks: readonly StepBlock[];
  /** Buffers that every run changes and that something may hold; known once anything is held. */
  #overwritten: readonly DeviceBuffer[] | undefined;
  /** What was given to the last run in the place of inputs that it returns, held until the next one. */
  #given: GivenInputs = NOTHING_GIVEN;
  #runs = 0;
  #read = 0;
  #disposed = false;

  /** Used by `Device` only. */
  constructor(
    backend: Backend,
    traced: TracedProgram,
    memory: ProgramMemory,
    executables: readonly Executable[],
  ) {
    this.traced = traced;
    this.#backend = backend;
    this.#memory = memory;
    this.#stretches = stretchesOf(executables, traced, memory);
    this.#usesStep = traced.resources.includes(STEP);
    this.#stepBlocks = traced.trace.stepBlocks.filter(({ resource }) =>
      traced.resources.includes(resource)
    );
  }

  /** Bytes of the executables: command list, scratch. */
  get executableBytes(): number {
    return this.#stretches.reduce((sum, { executable }) => sum + executable.bytes, 0);
  }

  /** Number of runs so far. */
  get runs(): number {
    return this.#runs;
  }

  /**
   * Runs one step and returns at once. What it is given is checked before anything is changed.
   *
   * @param inputs An array per input, padded columns included, or an output of a program of the device that is held.
   * @param clock Where the run stands, for schedules.
   * @param examples Examples in this batch; the columns from here on are padding. By default all of them.
   * @throws {TypeError} if an input is of another type, or there are too many.
   * @throws {RangeError} if an input has a wrong length, a number that is not finite or a class that there is not; if there
   * are more examples than columns, or the clock has no whole numbers.
   * @throws {Error} if it would overwrite what is held.
   * @returns Of a program with calls of the host, such as of a head that is spread over ranks, a promise: then it is over.
   */
  run(
    inputs: RunInputs,
    clock: Clock = { step: this.#runs, totalSteps: 0 },
    examples: number = fullBatch(this.traced.trace),
  ): void | Promise<void> {
    this.#requireLive("run");
    const replaced = this.#prepare(inputs, clock, examples);
    if (this.#stretches.length > 1) {
      const run = { replaced, clock, examples };
      return runStretches(this.#backend, this.#stretches, this.#memory, run).then(() => {
        this.#runs++;
      });
    }
    this.#backend.run(this.#stretches[0].executable, replaced);
    this.#runs++;
  }

  /**
   * Runs one step as {@linkcode run} does, and measures every kernel call; slower than a run. Until it is over no program of
   * the device may run.
   *
   * @returns Seconds of each call of `traced.order`.
   * @throws {TypeError} if the device cannot measure, or the program has calls of the host.
   */
  async measure(
    inputs: RunInputs,
    clock: Clock = { step: this.#runs, totalSteps: 0 },
    examples: number = fullBatch(this.traced.trace),
  ): Promise<readonly number[]> {
    this.#requireLive("measure");
    const { gate } = this.#memory;
    const executable = whole("measure", this.#stretches);
    const replaced = this.#prepare(inputs, clock, examples);
    gate.busy = "is being measured";
    try {
      const seconds = await this.#backend.measure(executable, replaced);
      this.#runs++;
      return seconds;
    } finally {
      gate.busy = undefined;
    }
  }

  /** Checks what differs between runs, then writes it; gives what is bound in the place of inputs. */
  #prepare(inputs: RunInputs, clock: Clock, examples: number): Replacements {
    const { busy } = this.#memory.gate;
    if (busy !== undefined) {
      throw new Error(
        `Cannot run the program: one of the device ${busy}; expected to be called when that is over`,
      );
    }
    checkRun(this.traced, inputs, clock, examples);
    const replaced = this.#replace(inputs);
    const { u32 } = this.#words;
    u32[STEP_WORDS.step] = clock.step;
    u32[STEP_WORDS.examples] = examples;
    u32[STEP_WORDS.slot] = this.#runs % RING_SIZE;
    u32[STEP_WORDS.before] = clock.part?.before ?? 0;
    for (const write of this.traced.trace.stepWriters) write(this.#words, clock);
    inputs.forEach((input, i) => {
      if (!(input instanceof HeldOutput)) this.#backend.write(this.#memory.inputs[i], input);
    });
    // A program that only computes outputs asks nothing of the step.
    if (this.#usesStep) this.#backend.write(this.#memory.resource(STEP), u32);
    for (const { resource, write } of this.#stepBlocks) {
      this.#ownWords.u32.set(u32);
      write(this.#ownWords, clock);
      this.#backend.write(this.#memory.resource(resource), this.#ownWords.u32);
    }
    return replaced;
  }

  /** Refuses to overwrite what is held, and holds what is given in the place of inputs that are read after the run. */
  #replace(inputs: RunInputs): Replacements {
    const { holds } = this.#memory;
    const plain = !inputs.some((input) => input instanceof HeldOutput);
    if (plain && !holds.any && this.#given.size === 0) return NONE_REPLACED;
    const held = new Map<number, HeldOutput>();
    const arrays: DeviceBuffer[] = [];
    inputs.forEach((input, i) => {
      if (input instanceof HeldOutput) held.set(i, input);
      else arrays.push(this.#memory.inputs[i]);
    });
    if (held.size > 0) checkHeld(this.traced, held, holds);
    if (holds.any) {
      this.#overwritten ??= overwritten(this.traced, this.#memory);
      holds.requireFree([...arrays, ...this.#overwritten], "run the program");
    }
    const kept = [...held].filter(([i]) => this.traced.keptInputs.has(i));
    const given = kept.map(([i, each]) => [i, each.again(each)] as const);
    this.#letGo();
    this.#given = new Map(given);
    return new Map([...held].map(([i, { view }]) => [this.#memory.inputs[i], view]));
  }

  #letGo(): void {
    for (const held of this.#given.values()) held.dispose();
    this.#given = NOTHING_GIVEN;
  }

  /**
   * Reads the scalars of the runs since the last call, one array per scalar that the function
   * returned. At most {@linkcode RING_SIZE} runs are remembered.
   */
  async scalars(): Promise<Float32Array[]> {
    this.#requireLive("read");
    const first = Math.max(this.#read, this.#runs - RING_SIZE);
    const end = this.#runs;
    this.#read = end;
    if (first === end) return this.traced.rings.map(() => new Float32Array(0));
    return await Promise.all(this.traced.rings.map(async (ring) => {
      const all = new Float32Array(await this.#backend.read(this.#memory.resource(ring)));
      return Float32Array.from({ length: end - first }, (_, i) => all[(first + i) % RING_SIZE]);
    }));
  }

  /** Leaves out the scalars of the runs so far: {@linkcode scalars} begins with those of the next one. */
  forget(): void {
    this.#read = this.#runs;
  }

  /**
   * Reads output `i` (a tensor that the function returned and that is no scalar) as f32, padding included: what the last run
   * has computed, whatever other programs have run since. A parameter is read as it is by now.
   *
   * @throws {ReferenceError} if the program has not run.
   */
  async floats(i: number): Promise<Float32Array> {
    return new Float32Array(await this.#content(i, "f32"));
  }

  /** Reads output `i` as u32 as {@linkcode floats} does, padding included. */
  async words(i: number): Promise<Uint32Array> {
    return new Uint32Array(await this.#content(i, "u32"));
  }

  /**
   * Holds output `i` (a tensor that the function returned and that is no scalar) as the last run left it: see
   * {@linkcode HeldOutput}. It outlives the program.
   *
   * @throws {RangeError} if there is no such output.
   * @throws {ReferenceError} if the program has not run.
   */
  hold(i: number): HeldOutput {
    this.#requireLive("hold an output of");
    const tensor = this.#output(i, "hold output", this.traced.outputs[i]?.type ?? "f32");
    const view = locate(tensor, this.traced, this.#memory, this.#given);
    const { storage } = tensor.root;
    const given = storage.kind === "input" ? this.#given.get(storage.index) : undefined;
    return given?.again(tensor, view) ?? this.#memory.hold(tensor, view);
  }

  /**
   * Gives the program's memory back: its rings and executable, and the buffers that no other program of the device shares.
   * Parameters and moments stay. Disposing twice is disposing once; a program that was disposed of cannot run or be read.
   */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#letGo();
    this.#memory.release();
  }

  /** Same as {@linkcode dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #content(i: number, type: "f32" | "u32"): Promise<ArrayBuffer> {
    this.#requireLive("read");
    const tensor = this.#output(i, "read output", type);
    const { buffer, offset } = locate(tensor, this.traced, this.#memory, this.#given);
    return await this.#backend.read(buffer, offset, tensor.elements * 4);
  }

  #output(i: number, action: string, type: "f32" | "u32"): Tensor {
    const tensor = this.traced.outputs[i];
    if (tensor?.type !== type) {
      throw new RangeError(
        `Cannot ${action} ${i} as ${type}: the outputs that are no scalars are ` +
          `[${this.traced.outputs.map((output) => output.type)}]`,
      );
    }
    if (this.#runs === 0) {
      throw new ReferenceError(
        `Cannot ${action} ${i}: the program has not run; expected a call of run before`,
      );
    }
    return tensor;
  }

  #requireLive(action: string): void {
    if (!this.#disposed) return;
    throw new ReferenceError(
      `Cannot ${action} the program: it was disposed of; expected one that was not, compile it again`,
    );
  }
}

function stepWords(): StepWords {
  const words = new ArrayBuffer(STEP_BYTES);
  return { u32: new Uint32Array(words), f32: new Float32Array(words) };
}
