/**
 * Gradient of the losses of `target_losses` that have one: `doutputs[i, c] = share * upstream[c] * d`, with `share` one over
 * the rows and, by `kind`, d = 2 (x - t) of `square`, the sign of x - t (0 where they are equal) of `absolute`,
 * (1 - u) sigmoid(x) - p u sigmoid(-x) of `logistic`; see target_losses.ts.
 *
 * @module
 */
import type { Kernel } from "../../device/kernel.ts";
import { overItems } from "./grid.ts";

/** The kernel `target_losses_gradient`. */
export const targetLossesGradient: Kernel = {
  name: "target_losses_gradient",
  bindings: [
    { name: "outputs", access: "read", type: "f32" },
    { name: "targets", access: "read", type: "f32" },
    { name: "upstream", access: "read", type: "f32" },
    { name: "doutputs", access: "write", type: "f32" },
  ],
  params: [
    { name: "rows", type: "u32" },
    { name: "columns", type: "u32" },
    { name: "kind", type: "u32" },
    { name: "positiveWeight", type: "f32" },
    { name: "targetScale", type: "f32" },
    { name: "targetShift", type: "f32" },
    { name: "share", type: "f32" },
  ],
  gpu: {
    dispatches: (p, traits) => overItems(p.rows * p.columns, traits),
  },
};
