/**
 * The masks of weights that are trained dense towards N:M: what a method says of them before every step, and what is measured of
 * them now and then.
 *
 * @module
 */
import type { Method } from "../methods/method.ts";
import type { Device } from "../program/device.ts";
import type { Clock } from "../program/trace.ts";
import { maskState, ratioOf } from "../sparse/mask.ts";
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
      ...{ ratio, step, totalSteps, shape: [rows, inputs], before: maskState(mask.words) },
      values: () => device.readFloats(values),
      replace: (data) => device.write(values, data),
    });
    const said = state instanceof Promise ? await state : state;
    if (said !== undefined) mask.set(device, said);
  }
}
