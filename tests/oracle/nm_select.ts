/**
 * `nm_select` in float64: see `src/ops/kernels/nm_select.ts`.
 *
 * @module
 */
import { MASK } from "../../src/ops/kernels/constants.ts";
import { MIN_NORMAL, ULP } from "./bounds.ts";
import { expected, type HostArray, type Inputs, type Outputs } from "./types.ts";

/** masked = w in the mask, beta * w outside. */
export function nmSelect(
  { values, control, bits, flips }: Inputs,
  { rows, inputs, along }: Readonly<Record<string, number>>,
): Outputs {
  const beta = maskFloat(control, "beta");
  const masked = expected(rows * inputs);
  const words = Math.ceil(inputs / 32);
  const now = new Uint32Array(rows * words);
  for (let row = 0; row < rows; row++) {
    for (let input = 0; input < inputs; input++) {
      const at = row * inputs + input;
      const inside = isInside(
        values,
        control,
        along === 0
          ? { first: row * inputs, stride: 1, place: input, count: inputs }
          : { first: input, stride: inputs, place: row, count: rows },
      );
      if (inside) now[row * words + (input >> 5)] |= 1 << (input & 31);
      masked.value[at] = inside ? values[at] : beta * values[at];
      masked.bound[at] = ULP * Math.abs(masked.value[at]) + MIN_NORMAL;
    }
  }
  const changed = { value: Float64Array.from(now), bound: new Float64Array(now.length) };
  const counted = expected(now.length);
  now.forEach((word, i) => counted.value[i] = flips[i] + ones(word ^ bits[i]));
  return { bits: changed, flips: counted, masked };
}

/** An f32 word of what says a mask. */
export function maskFloat(control: HostArray, name: "beta" | "limit" | "decay"): number {
  return new Float32Array(Uint32Array.from(control).buffer)[MASK[name]];
}

/** Whether a bit of a row's words is set. */
export function isSet(bits: HostArray, inputs: number, at: number): boolean {
  const row = Math.floor(at / inputs);
  const input = at % inputs;
  return (bits[row * Math.ceil(inputs / 32) + (input >> 5)] >>> (input & 31) & 1) === 1;
}

function isInside(
  values: HostArray,
  control: HostArray,
  { first, stride, place, count }: Readonly<Record<"first" | "stride" | "place" | "count", number>>,
): boolean {
  const magnitude = (i: number): number => Math.abs(values[first + i * stride]);
  const own = magnitude(place);
  if (control[MASK.mode] === 1) return own > 0;
  const [n, m] = [control[MASK.n], control[MASK.m]];
  const begin = Math.floor(place / m) * m;
  const members = Array.from({ length: Math.min(m, count - begin) }, (_, i) => begin + i);
  const before = members.filter((i) => magnitude(i) > own || (magnitude(i) === own && i < place));
  const sum = members.reduce((total, i) => total + magnitude(i), 0);
  return before.length < Math.ceil(n * members.length / m) || sum > maskFloat(control, "limit");
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count;
}
