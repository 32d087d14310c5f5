#!/usr/bin/env bash
# npm @tensorflow/tfjs-backend-wasm 4.22.0: a NaN becomes an ordinary number on its way through a model, where the CPU backend of
# the same version keeps it. A dense layer with the activation `relu`, and `tf.fused.matMul` and `conv2d` with it, give 0, as `relu6`
# and `clipByValue` from 0 do; `tf.relu` alone keeps NaN. `maximum` and `minimum` give their first argument if either is NaN. A
# `maxPool` passes over NaN in both, but in WASM it is -Infinity if it begins with one. So a model whose first layer is nothing
# but NaN, as after a training that diverged, gives finite probabilities, the same for each example, and a loss that looks well. The
# README of the backend does not say so. Seen on x86-64: XNNPACK, which computes most of this, has kernels of its own for ARM.
#
# Expected, last lines:
#   cpu: probabilities of 2 examples NaN NaN, NaN NaN; loss NaN
#   cpu: relu NaN, relu6 NaN, clip 0..1 NaN, maximum of NaN 1 and of 1 NaN: NaN NaN, maxPool of NaN 1 3 and of 1 NaN 3: 3 3
#   wasm: probabilities of 2 examples 0.5 0.5, 0.5 0.5; loss 0.693
#   wasm: relu NaN, relu6 0, clip 0..1 0, maximum of NaN 1 and of 1 NaN: NaN 1, maxPool of NaN 1 3 and of 1 NaN 3: -Infinity 3
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-layers@4.22.0 \
  @tensorflow/tfjs-backend-cpu@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cat >nan.cjs <<'JS'
const tf = require("@tensorflow/tfjs-core");
const { layers, sequential } = require("@tensorflow/tfjs-layers");
require("@tensorflow/tfjs-backend-cpu");
require("@tensorflow/tfjs-backend-wasm");

const read = (tensor) => Array.from(tensor.dataSync(), (x) => Number(x.toFixed(3)));
const pool = (numbers) => tf.maxPool(tf.tensor4d(numbers, [1, 1, 3, 1]), [1, 3], 1, "valid");
const wanted = {
  cpu: "NaN NaN, NaN NaN; loss NaN | NaN NaN NaN NaN NaN 3 3",
  wasm: "0.5 0.5, 0.5 0.5; loss 0.693 | NaN 0 0 NaN 1 -Infinity 3",
};
(async () => {
  let changed = false;
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    await tf.ready();
    const model = sequential({
      layers: [
        layers.dense({ units: 4, inputShape: [3], activation: "relu" }),
        layers.dense({ units: 2, activation: "softmax" }),
      ],
    });
    const [kernel, ...others] = model.getWeights();
    model.setWeights([tf.fill(kernel.shape, NaN), ...others]);
    const output = model.predict(tf.tensor2d([[1, 2, 3], [4, 5, 6]]));
    const loss = read(tf.neg(tf.mean(tf.log(tf.slice(output, [0, 0], [2, 1])))))[0];
    const [a, b, c, d] = read(output);
    const nan = tf.tensor1d([NaN]);
    const one = tf.tensor1d([1]);
    const found = [
      tf.relu(nan),
      tf.relu6(nan),
      tf.clipByValue(nan, 0, 1),
      tf.maximum(nan, one),
      tf.maximum(one, nan),
      pool([NaN, 1, 3]),
      pool([1, NaN, 3]),
    ].map((tensor) => read(tensor)[0]);
    const line = `${a} ${b}, ${c} ${d}; loss ${loss}`;
    console.log(`${backend}: probabilities of 2 examples ${line}`);
    console.log(
      `${backend}: relu ${found[0]}, relu6 ${found[1]}, clip 0..1 ${found[2]}, maximum of NaN 1 and of 1 NaN: ` +
        `${found[3]} ${found[4]}, maxPool of NaN 1 3 and of 1 NaN 3: ${found[5]} ${found[6]}`,
    );
    changed ||= `${line} | ${found.join(" ")}` !== wanted[backend];
  }
  if (changed) {
    console.error("This has changed.");
    process.exit(1);
  }
})();
JS
node nan.cjs
