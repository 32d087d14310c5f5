/**
 * The variants of every kernel that has some, measured on a few shapes of each class. Every result is compared with the first
 * variant's before its time counts.
 *
 * @module
 */
import type { DeviceBuffer, Executable, KernelCall } from "../device/backend.ts";
import { KernelCompileError } from "../device/errors.ts";
import { variantKey } from "../device/webgpu/text_of.ts";
import { Random } from "../device/random.ts";
import type { WebgpuBackend } from "../device/webgpu/backend.ts";
import { type VariantCase, variantCases } from "./variant_cases.ts";

/** What a variant did on one shape. */
export interface VariantTiming {
  /** Its name. */
  readonly variant: string;
  /** Seconds of the best look: other work can only add to it. Absent if the compiler refused it. */
  readonly seconds?: number;
}

/** The variants of a kernel on one shape. */
export interface VariantLadder {
  /** The kernel. */
  readonly kernel: string;
  /** The class that the shape stands for. */
  readonly shapeClass: string;
  /** What the choice is kept under. */
  readonly key: string;
  /** Floating-point operations of the call. */
  readonly flops: number;
  /** Every variant that the adapter allows, fastest first, refused ones last. */
  readonly timings: readonly VariantTiming[];
  /** The variant that traits alone would take. */
  readonly preferred: string;
  /** The fastest, unless the preferred one is as fast but for noise. */
  readonly best: string;
}

/** A variant must be this much faster than the preferred one to be taken instead of it. */
const MARGIN = 1.03;

/** Seconds of all looks at one shape, about. */
const SECONDS = 1;

/** Least and most looks at a variant. */
const LOOKS = { least: 2, most: 15 } as const;

/** A variant that took so many times as long as the best one is not looked at again. */
const HOPELESS = 4;

/**
 * Measures all variants, one shape after the other.
 *
 * @throws {TypeError} if the adapter has no timestamps.
 * @throws {Error} if two variants do not agree.
 */
export async function* measureVariants(
  backend: WebgpuBackend,
  cases: Iterable<VariantCase> = variantCases(),
): AsyncGenerator<VariantLadder> {
  for (const each of cases) yield await ladderOf(backend, each);
}

async function ladderOf(backend: WebgpuBackend, given: VariantCase): Promise<VariantLadder> {
  const { kernel, params } = given;
  const { gpu: { variants } } = kernel;
  if (variants === undefined) {
    throw new TypeError(`Cannot compare variants of "${kernel.name}": it has none`);
  }
  const possible = Object.entries(variants.all)
    .filter(([, { supports }]) => supports(params, backend.traits));
  const buffers = fill(backend, given);
  const written = kernel.bindings.findIndex(({ access }) => access !== "read");
  const output = buffers[written];
  // What a kernel adds to has to be there.
  const before = kernel.bindings[written].access === "write" ? NaN : 0;
  const contenders: Contender[] = [];
  const timings: VariantTiming[] = [];
  try {
    let expected: Float32Array | undefined;
    for (const [variant, { dispatches }] of possible) {
      const forced = { ...kernel, gpu: { ...kernel.gpu, dispatches } };
      const executable = await compile(backend, { kernel: forced, buffers, params });
      if (executable === undefined) {
        timings.push({ variant });
        continue;
      }
      contenders.push({ variant, executable, seconds: Infinity });
      backend.write(output, new Float32Array(output.bytes / 4).fill(before));
      backend.run(executable);
      const result = new Float32Array(await backend.read(output));
      requireAgreement(`${kernel.name}.${variant}`, result, expected ??= result);
    }
    await time(backend, contenders);
  } finally {
    for (const { executable } of contenders) backend.release(executable);
    for (const buffer of buffers) backend.free(buffer);
  }
  contenders.sort((a, b) => a.seconds - b.seconds);
  timings.unshift(...contenders.map(({ variant, seconds }) => ({ variant, seconds })));
  const shapeClass = variants.shapeClass(params);
  const preferred = variants.prefer(params, backend.traits);
  return {
    kernel: kernel.name,
    shapeClass,
    key: variantKey(kernel, shapeClass),
    flops: kernel.flops?.(params) ?? 0,
    timings,
    preferred,
    best: bestOf(timings, preferred),
  };
}

/** A variant that is measured, and its best look so far. */
interface Contender {
  readonly variant: string;
  readonly executable: Executable;
  seconds: number;
}

/** Looks at all in turn: what disturbs one disturbs its neighbours. */
async function time(backend: WebgpuBackend, contenders: readonly Contender[]): Promise<void> {
  let spent = 0;
  for (let look = 0; look < LOOKS.most && (look < LOOKS.least || spent < SECONDS); look++) {
    const best = Math.min(...contenders.map(({ seconds }) => seconds));
    for (const each of contenders) {
      if (look >= LOOKS.least && each.seconds > HOPELESS * best) continue;
      const [seconds] = await backend.measure(each.executable);
      each.seconds = Math.min(each.seconds, seconds);
      spent += seconds;
    }
  }
}

/** The call compiled, or `undefined` if the compiler refuses it. */
async function compile(backend: WebgpuBackend, call: KernelCall): Promise<Executable | undefined> {
  try {
    return await backend.compile([call]);
  } catch (error) {
    if (error instanceof KernelCompileError) return undefined;
    throw error;
  }
}

/** The fastest variant, or the preferred one if it is no slower but for noise. */
export function bestOf(timings: readonly VariantTiming[], preferred: string): string {
  const usable = timings.filter(({ seconds }) => seconds !== undefined);
  const secondsOf = ({ seconds = Infinity }: VariantTiming): number => seconds;
  const fastest = usable.reduce<VariantTiming | undefined>(
    (a, b) => a !== undefined && secondsOf(a) <= secondsOf(b) ? a : b,
    undefined,
  );
  const own = usable.find(({ variant }) => variant === preferred);
  if (fastest === undefined) return preferred;
  return own !== undefined && secondsOf(own) <= MARGIN * secondsOf(fastest)
    ? preferred
    : fastest.variant;
}

/** Sums of normal numbers agree but for the order of addition. */
function requireAgreement(name: string, result: Float32Array, expected: Float32Array): void {
  for (let i = 0; i < expected.length; i++) {
    const same = Math.abs(result[i] - expected[i]) <= 1e-3 * (1 + Math.abs(expected[i]));
    // What lies behind the last element stays as it was.
    if (same || (Number.isNaN(result[i]) && Number.isNaN(expected[i]))) continue;
    throw new Error(
      `Cannot measure ${name}: element ${i} is ${result[i]}; expected ${
        expected[i]
      }, as of the first variant`,
    );
  }
}

/** Buffers for a call: what the case gives, normal numbers for the rest. */
function fill(
  backend: WebgpuBackend,
  { kernel: { bindings }, inputs, lengths }: VariantCase,
): DeviceBuffer[] {
  return bindings.map(({ name }, i) => {
    const random = new Random({ seed: 1, use: "values", stream: i });
    const content = inputs[name] ?? random.normals(lengths[name], 1);
    const buffer = backend.allocate(content.byteLength, name);
    backend.write(buffer, content);
    return buffer;
  });
}
