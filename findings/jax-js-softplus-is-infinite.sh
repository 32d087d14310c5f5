#!/usr/bin/env bash
# npm @jax-js/jax 0.1.25: `nn.softplus` is computed as log(exp(x) + 1), which is infinite from x = 89 on, where softplus is x, and its
# gradient is NaN there, where it is 1. `nn.logSigmoid` is built of it: from -89 down it is -Infinity instead of x. So the loss of a
# label by its logit is infinite as soon as one logit is far off, and one step makes NaN of the weights.
# JAX 0.10.2 gives 89, -89 and the gradients 1 and 1, and so does `log1p(exp(-abs(x))) + maximum(x, 0)` in jax-js itself. The
# documentation describes both functions by their formulas, without a bound for x. The backends `cpu` and `wasm` agree.
#
# Expected, last lines:
#   x: -100 80 88 89 100
#   softplus: 0 80 88 Infinity Infinity, in float64 0 80 88 89 100
#   gradient of softplus: 0 0.5 1 NaN NaN at -100 0 80 89 100, in float64 0 0.5 1 1 1
#   logSigmoid of -x: 0 -80 -88 -Infinity -Infinity, in float64 0 -80 -88 -89 -100
#   another form in jax-js: softplus 0 80 88 89 100, gradient at 80 89 100: 1 1 1
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @jax-js/jax@0.1.25
cat >softplus.mjs <<'JS'
import { defaultDevice, grad, init, nn, numpy as np } from "@jax-js/jax";

const show = (numbers) => [...numbers].map((x) => Number(x.toFixed(3)) + 0).join(" ");
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const points = [-100, 80, 88, 89, 100];
const slopes = [-100, 0, 80, 89, 100];
const stable = (x) => np.log1p(np.exp(np.negative(np.abs(x.ref)))).add(np.maximum(x, 0));
let changed = false;
for (const device of ["cpu", "wasm"]) {
  await init(device);
  defaultDevice(device);
  const value = show(nn.softplus(np.array(points)).js());
  const gradient = show(grad((x) => nn.softplus(x).sum())(np.array(slopes)).js());
  const log = show(nn.logSigmoid(np.array(points.map((x) => -x))).js());
  const better = show(stable(np.array(points)).js());
  const slope = show(grad((x) => stable(x).sum())(np.array([80, 89, 100])).js());
  if (device === "wasm") {
    console.log("x:", show(points));
    console.log(`softplus: ${value}, in float64 ${show(points.map(softplus))}`);
    console.log(
      `gradient of softplus: ${gradient} at ${show(slopes)}, in float64 ${show(slopes.map((x) => 1 / (1 + Math.exp(-x))))}`,
    );
    console.log(`logSigmoid of -x: ${log}, in float64 ${show(points.map((x) => -softplus(x)))}`);
    console.log(`another form in jax-js: softplus ${better}, gradient at 80 89 100: ${slope}`);
  }
  changed ||= value !== "0 80 88 Infinity Infinity" || gradient !== "0 0.5 1 NaN NaN" ||
    log !== "0 -80 -88 -Infinity -Infinity" || better !== "0 80 88 89 100" || slope !== "1 1 1";
}
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
node softplus.mjs
