/**
 * Master: a dense weight `[rows, inputs]`, of which the pattern is a view. The forward and the gradient of the input read the
 * connections of the pattern; the gradient of the weight is that of all of it, as if the pattern were not there
 * (straight-through), so that connections which do not exist are trained too and come back as what they have become. Optimizer,
 * moments, decay and checkpoint are of the master. For recipes that choose their connections anew and anew, such as SR-STE
 * (Zhou et al., ICLR 2021).
 *
 * @module
 */
import { NONE } from "../../ops/kernels/constants.ts";
import { permute } from "../../ops/kernels/permute.ts";
import { eachConnection } from "../convert.ts";
import { areaOf } from "../geometry.ts";
import type { Pattern } from "../pattern.ts";
import { heScales } from "../init.ts";
import type { View, WeightStorage } from "./storage.ts";

const view: View = {
  places,
  read(trace, stored, where) {
    const values = trace.transient([where.elements], "permuted");
    trace.emit(permute, [where, stored, values], { length: values.elements });
    return values;
  },
};

/** A dense weight under a pattern. */
export const master: WeightStorage = {
  name: "master",
  gradient: "dense",
  moves: false,
  view,
  shape: ({ rows, inputs }) => [rows, inputs],
  /** As large as the values of a compressed weight, so that what the forward reads begins alike. */
  first(pattern, draw) {
    const { rows, inputs } = pattern;
    const span = Uint32Array.from({ length: 2 * rows }, (_, i) => ((i + 1) >>> 1) * inputs);
    return draw(rows * inputs, { span, scales: heScales(pattern) });
  },
  slots(pattern, stored) {
    const values = new Float32Array(pattern.capacity * areaOf(pattern.unit));
    eachConnection(pattern, (at, row, input) => values[at] = stored[row * pattern.inputs + input]);
    return values;
  },
};

function places(pattern: Pattern): Uint32Array {
  const { inputs, capacity, unit } = pattern;
  const where = new Uint32Array(capacity * areaOf(unit)).fill(NONE);
  eachConnection(pattern, (at, row, input) => where[at] = row * inputs + input);
  return where;
}
