/**
 * Tells what went wrong when a loss or a gradient is no number any more.
 *
 * @module
 */
import type { Layer } from "../nn/layer.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Device } from "../program/device.ts";
import type { Resource } from "../program/resource.ts";
import type { UpdateScalars } from "./update.ts";

/** Where to look for the cause. */
export interface Suspects {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: Layer;
  /** Whose moments tell of past gradients. */
  readonly optimizer: Optimizer;
}

/**
 * Throws unless all losses and norms are finite numbers.
 *
 * @throws {Error} naming the step and the first parameter that holds other values, if one does.
 */
export async function requireFinite(
  { steps, losses, norms }: UpdateScalars,
  suspects: Suspects,
): Promise<void> {
  const bad = losses.findIndex((loss, i) => !Number.isFinite(loss) || !Number.isFinite(norms[i]));
  if (bad < 0) return;
  const what = Number.isFinite(losses[bad])
    ? `the norm of the gradient of step ${steps[bad]} is ${norms[bad]}`
    : `the loss of step ${steps[bad]} is ${losses[bad]}`;
  throw new Error(
    `Cannot go on training: ${what}, and ${await culprit(suspects)}; ` +
      "expected finite numbers (a lower learning rate or clipNorm may help)",
  );
}

/** The first parameter that is not finite, in the order of the model. */
async function culprit({ device, model, optimizer }: Suspects): Promise<string> {
  for (const parameter of model.parameters) {
    const count = await countNonFinite(device, parameter);
    if (count > 0) {
      return `${count} of the ${parameter.length} values of "${parameter.label}" are not finite`;
    }
    for (const moment of optimizer.moments(parameter)) {
      if (await countNonFinite(device, moment) > 0) {
        return `"${parameter.label}" has had gradients that are not finite`;
      }
    }
  }
  return "all weights are finite, so that activations or the loss itself overflowed";
}

async function countNonFinite(device: Device, resource: Resource): Promise<number> {
  if (!device.has(resource)) return 0;
  let count = 0;
  for (const value of await device.readFloats(resource)) count += Number.isFinite(value) ? 0 : 1;
  return count;
}
