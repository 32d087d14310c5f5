#!/usr/bin/env bash
# npm @jax-js/jax 0.1.25: `power(0, 0)` is NaN, where NumPy and JAX 0.10.2 say 1, and the gradient of `power(x, 2)` is NaN where x is
# 0, where JAX says 0. `power(x, 3)` and `prod` have NaN in their gradients at a 0 as well. The values of `power(x, 2)` are right, so
# that a loss looks well until its first step: a penalty on squares of pruned weights makes NaN of each weight that is 0, and of no
# other one. `square(x)` and `x.mul(x)` have the gradient 0. The project's table of compatibility with JAX has `power` and `prod` as
# supported, without a note. The backends `cpu` and `wasm` agree.
#
# Expected, last lines:
#   power(0, 0), power(0, 1), power(0, 2): NaN 0 0, JavaScript 1 0 0
#   gradient of power(x, 2) at 0 1 -2: NaN 2 -4, by differences 0 2 -4
#   gradient of power(x, 3) at 0 1 -2: NaN 3 12, by differences 0 3 12
#   gradient of square(x) at 0 1 -2: 0 2 -4, by differences 0 2 -4
#   gradient of prod(x) at 0 2 3: NaN 0 0, by differences 6 0 0
#   weights 0 1 -2 0, a step of 0.1 on the sum of power(x, 2): NaN 0.8 -1.6 NaN
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @jax-js/jax@0.1.25
cat >power.mjs <<'JS'
import { defaultDevice, grad, init, numpy as np } from "@jax-js/jax";

const show = (numbers) => [...numbers].map((x) => Number(x.toPrecision(3)) + 0).join(" ");
const differences = (f, point) =>
  point.map((_, i) => {
    const moved = [-0.125, 0.125].map((step) => f(np.array(point.map((x, j) => x + (i === j ? step : 0)))).js());
    return (moved[1] - moved[0]) / 0.25;
  });
const cases = {
  "power(x, 2)": [(x) => np.power(x, 2).sum(), [0, 1, -2], "NaN 2 -4", [0, 2, -4]],
  "power(x, 3)": [(x) => np.power(x, 3).sum(), [0, 1, -2], "NaN 3 12", [0, 3, 12]],
  "square(x)": [(x) => np.square(x).sum(), [0, 1, -2], "0 2 -4", [0, 2, -4]],
  "prod(x)": [(x) => np.prod(x), [0, 2, 3], "NaN 0 0", [6, 0, 0]],
};
let changed = false;
for (const device of ["cpu", "wasm"]) {
  await init(device);
  defaultDevice(device);
  const last = device === "wasm";
  const values = show(np.power(np.array([0, 0, 0]), np.array([0, 1, 2])).js());
  if (last) console.log(`power(0, 0), power(0, 1), power(0, 2): ${values}, JavaScript ${show([0 ** 0, 0 ** 1, 0 ** 2])}`);
  changed ||= values !== "NaN 0 0";
  for (const [name, [f, point, expected, right]] of Object.entries(cases)) {
    const found = show(grad(f)(np.array(point)).js());
    const near = differences(f, point).map((x) => Math.round(x));
    if (last) console.log(`gradient of ${name} at ${point.join(" ")}: ${found}, by differences ${show(near)}`);
    changed ||= found !== expected || show(near) !== show(right);
  }
  const weights = np.array([0, 1, -2, 0]);
  const gradient = grad((x) => np.power(x, 2).sum())(weights.ref);
  const stepped = show(weights.sub(gradient.mul(0.1)).js());
  if (last) console.log(`weights 0 1 -2 0, a step of 0.1 on the sum of power(x, 2): ${stepped}`);
  changed ||= stepped !== "NaN 0.8 -1.6 NaN";
}
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node power.mjs
