/**
 * The masks of weights that are trained dense towards N:M: what a method says of them before every step, and what is measured of
 * them now and then.
 *
 * @module
 */
import type { Method } from "../methods/method.ts";
import type { Moments } from "../optim/moments.ts";
import type { Device } from "../program/device.ts";
import type { Clock } from "../program/trace.ts";
import { isAlongOutputs, maskState, ratioOf } from "../sparse/mask.ts";
import type { SparseWeight } from "../sparse/weight.ts";

/** Says what the masks of weights are in a step; those without a mask are left alone. */
export async function setMasks(
  method: Method,
  device: Device,
  weights: readonly { readonly weight: SparseWeight }[],
  { step, totalSteps }: Clock,
): Promise<void> {
  for (const { weight: { mask, spec, values, rows, inputs } } of weights) {
    const ratio = ratioOf(spec);
    if (mask === undefined || ratio === undefined) continue;
    const state = method.mask?.({
      ...{
        ratio,
        step,
        totalSteps,
        shape: [rows, inputs],
        outputs: isAlongOutputs(spec),
        before: maskState(mask.words),
      },
      values: () => device.readFloats(values),
      replace: (data) => device.write(values, data),
    });
    const said = state instanceof Promise ? await state : state;
    if (said !== undefined) mask.set(device, said);
  }
}

/** What is measured of the mask of a layer. */
export interface MaskMeasures {
  /** Bits of the mask that changed in a step, on average since the measurement before; absent at the first one. */
  readonly sad?: number;
  /** Mean variance of the gradients of weights in the mask, by AdamW's moments; absent of an optimizer that has none. */
  readonly keptVariance?: number;
  /** The same of weights that the mask leaves out. */
  readonly prunedVariance?: number;
}

/** One more than the largest number of a word. */
const WORD = 2 ** 32;

/** Measures masks now and then. */
export class MaskMeter {
  readonly #before = new Map<SparseWeight, { readonly flips: number; readonly step: number }>();

  /** When the mask of a weight was measured last, and what its flips were then, for a checkpoint: the flips as two words. */
  wordsOf(weight: SparseWeight): Uint32Array | undefined {
    const before = this.#before.get(weight);
    if (before === undefined) return undefined;
    const { flips, step } = before;
    return Uint32Array.of(step, flips % WORD, Math.floor(flips / WORD));
  }

  /** Goes on with words that {@linkcode wordsOf} gave, or as if nothing had been measured. */
  restore(weight: SparseWeight, words?: Uint32Array): void {
    this.#before.delete(weight);
    if (words === undefined) return;
    const [step, low, high] = words;
    this.#before.set(weight, { step, flips: low + high * WORD });
  }

  /**
   * Measures the masks of weights after `step` steps.
   *
   * @returns By the labels of weights that have one.
   */
  async read(
    { device, moments }: { readonly device: Device; readonly moments: Moments },
    weights: readonly { readonly weight: SparseWeight; readonly label: string }[],
    step: number,
  ): Promise<Map<string, MaskMeasures>> {
    const found = new Map<string, MaskMeasures>();
    for (const { weight, label } of weights) {
      const { mask, inputs, values } = weight;
      if (mask === undefined || !device.has(mask.flips)) continue;
      const flips = sumOf(await device.read(mask.flips));
      const before = this.#before.get(weight);
      this.#before.set(weight, { flips, step });
      const [first, second] = moments.of(values);
      const known = second !== undefined && device.has(second);
      const variances = !known ? {} : variancesOf(
        await device.read(mask.bits),
        await device.readFloats(first),
        await device.readFloats(second),
        inputs,
      );
      found.set(label, {
        ...(before === undefined || before.step >= step
          ? {}
          : { sad: (flips - before.flips) / (step - before.step) }),
        ...variances,
      });
    }
    return found;
  }
}

function sumOf(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

/** The mean of `v - m^2` of AdamW's moments, of weights in a mask and of the others. */
export function variancesOf(
  bits: ArrayLike<number>,
  m: Float32Array,
  v: Float32Array,
  inputs: number,
): Required<Pick<MaskMeasures, "keptVariance" | "prunedVariance">> {
  const words = Math.ceil(inputs / 32);
  const sums = [0, 0];
  const counts = [0, 0];
  for (let at = 0; at < m.length; at++) {
    const input = at % inputs;
    const word = bits[Math.floor(at / inputs) * words + (input >> 5)];
    const kept = word >>> (input & 31) & 1;
    sums[kept] += Math.max(0, v[at] - m[at] ** 2);
    counts[kept]++;
  }
  const [prunedVariance, keptVariance] = sums.map((sum, i) =>
    counts[i] === 0 ? 0 : sum / counts[i]
  );
  return { keptVariance, prunedVariance };
}
