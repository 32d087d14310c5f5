#!/usr/bin/env bash
# npm @tensorflow/tfjs-backend-wasm 4.22.0: a cast to bool is true for all but 0, in TensorFlow and in the CPU backend of the same
# version. In the WASM backend it is the low byte of the whole part. A mask of token ids, int32, leaves out 256, 512 and all their
# like, and counts 5 as five; a mask of weights between 0 and 1 is empty. `tf.sign` is 0 for what is nearer to 0 than 1.2e-7: an
# update by signs (signSGD, Lion) leaves out small gradients. There is no warning. So masks are made by `tf.notEqual(x, 0)`, and
# signs of small numbers by a comparison with 0.
#
# Expected, last lines:
#   cpu: ids 5 256 511 512 0 -> bool 1 1 1 1 0, sum 4
#   cpu: weights 0.9 0.5 0 -> bool 1 1 0, sum 2
#   cpu: gradients 0.000001 2e-8 -2e-8 -> sign 1 1 -1, notEqual 1 1 1
#   wasm: ids 5 256 511 512 0 -> bool 5 0 255 0 0, sum 260
#   wasm: weights 0.9 0.5 0 -> bool 0 0 0, sum 0
#   wasm: gradients 0.000001 2e-8 -2e-8 -> sign 1 0 0, notEqual 1 1 1
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
  @tensorflow/tfjs-backend-wasm@4.22.0
cat >masks.cjs <<'JS'
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
require("@tensorflow/tfjs-backend-wasm");

const read = (tensor) => Array.from(tensor.dataSync());
const wanted = {
  cpu: [[[1, 1, 1, 1, 0], 4], [[1, 1, 0], 2], [[1, 1, -1], [1, 1, 1]]],
  wasm: [[[5, 0, 255, 0, 0], 260], [[0, 0, 0], 0], [[1, 0, 0], [1, 1, 1]]],
};
(async () => {
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    await tf.ready();
    const found = [["ids", [5, 256, 511, 512, 0], "int32"], ["weights", [0.9, 0.5, 0], "float32"]].map(
      ([name, numbers, type]) => {
        const mask = tf.cast(tf.tensor1d(numbers, type), "bool");
        const [bool, sum] = [read(mask), read(tf.sum(mask))[0]];
        console.log(`${backend}: ${name} ${numbers.join(" ")} -> bool ${bool.join(" ")}, sum ${sum}`);
        return [bool, sum];
      },
    );
    const numbers = [1e-6, 2e-8, -2e-8];
    const gradients = tf.tensor1d(numbers);
    const [sign, differ] = [read(tf.sign(gradients)), read(tf.notEqual(gradients, 0))];
    console.log(`${backend}: gradients ${numbers.join(" ")} -> sign ${sign.join(" ")}, notEqual ${differ.join(" ")}`);
    if (JSON.stringify([...found, [sign, differ]]) !== JSON.stringify(wanted[backend])) {
      console.error("This has changed.");
      process.exitCode = 1;
    }
  }
})();
JS
node masks.cjs
