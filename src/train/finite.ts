/**
 * Tells what went wrong when a loss or a gradient is no number any more.
 *
 * @module
 */
import { type AnyModule, treeOfModel } from "../nn/module.ts";
import type { Moments } from "../optim/moments.ts";
import type { Device } from "../program/device.ts";
import type { Resource } from "../program/resource.ts";
import type { UpdateScalars } from "./update.ts";

/** A training diverged: a loss or the norm of a gradient is not finite. */
export class DivergenceError extends Error {
  /** The name of the class. */
  override readonly name: string = "DivergenceError";
  /** The step, from 0. */
  readonly step: number;
  /** The first parameter, in the order of the model, with values or moments that are not finite; absent if all are. */
  readonly parameter: string | undefined;

  /** Makes the error of a step; `message` says what is not finite. */
  constructor(step: number, parameter: string | undefined, message: string) {
    super(
      `Cannot go on training: ${message}; expected finite numbers (a lower learning rate or clipNorm may help)`,
    );
    this.step = step;
    this.parameter = parameter;
  }
}

/** Where to look for the cause. */
export interface Suspects {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: AnyModule;
  /** What tells of past gradients. */
  readonly moments: Moments;
}

/**
 * Throws unless all losses and norms are finite numbers.
 *
 * @throws {DivergenceError} at the first step at which one is not.
 */
export async function requireFinite(
  { steps, losses, norms }: Omit<UpdateScalars, "examples">,
  suspects: Suspects,
): Promise<void> {
  const bad = losses.findIndex((loss, i) => !Number.isFinite(loss) || !Number.isFinite(norms[i]));
  if (bad < 0) return;
  const step = steps[bad];
  const what = Number.isFinite(losses[bad])
    ? `the norm of the gradient of step ${step} is ${norms[bad]}`
    : `the loss of step ${step} is ${losses[bad]}`;
  const { parameter, why } = await findCause(suspects);
  throw new DivergenceError(step, parameter, `${what}, and ${why}`);
}

/** The first parameter that is not finite, as it is now: at the end of the steps that were read. */
async function findCause(
  { device, model, moments }: Suspects,
): Promise<{ parameter: string | undefined; why: string }> {
  for (const [resource, parameter] of treeOfModel(model).parameters) {
    const { length } = resource;
    const count = await countNonFinite(device, resource);
    if (count > 0) {
      const why = `by now ${count} of the ${length} values of "${parameter}" are not finite`;
      return { parameter, why };
    }
    for (const moment of moments.of(resource)) {
      if (await countNonFinite(device, moment) === 0) continue;
      return { parameter, why: `"${parameter}" has had gradients that are not finite` };
    }
  }
  const why = "all weights are finite, so that activations, the loss or gradients overflowed";
  return { parameter: undefined, why };
}

async function countNonFinite(device: Device, resource: Resource): Promise<number> {
  if (!device.has(resource)) return 0;
  let count = 0;
  for (const value of await device.readFloats(resource)) count += Number.isFinite(value) ? 0 : 1;
  return count;
}
