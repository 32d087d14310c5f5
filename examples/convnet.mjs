/**
 * A small residual network of images, 80 % sparse, in plain JavaScript: it runs wherever the package is installed from npm
 * (`node convnet.mjs`, `bun convnet.mjs`), and in a clone with `deno run examples/convnet.mjs`. Its arguments, if any, are a
 * device (`auto`, `wasm` or `webgpu`) and a number of threads.
 *
 * @module
 */
import process from "node:process";
import { adamw, convnet, cosine, createDevice, set, Trainer } from "@filigree/filigree";

const [prefer = "auto", threads] = process.argv.slice(2);

// Pictures of 8 x 8 pixels with noise: stripes across, stripes down, or a board of squares.
const examples = 384, height = 8, width = 8, classes = 3;
const drawn = [(y) => y % 2, (_, x) => x % 2, (y, x) => (x + y) % 2];
const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
const features = Float32Array.from({ length: examples * height * width }, (_, i) => {
  const [example, pixel] = [Math.floor(i / (height * width)), i % (height * width)];
  return drawn[labels[example]](Math.floor(pixel / width), pixel % width) + Math.sin(7 * i) / 2;
});
const data = { features, labels, examples, inputs: height * width, classes };

const device = await createDevice({
  prefer,
  ...(threads === undefined ? {} : { threads: Number(threads) }),
});
const trainer = new Trainer({
  device,
  model: convnet({
    image: { channels: 1, height, width },
    classes,
    widths: [8, 16],
    sparsity: 0.8,
  }),
  optimizer: adamw({ learningRate: cosine(1e-2) }),
  method: set({ every: 10, fraction: 0.3 }),
  seed: 1,
});
for await (const event of trainer.fit(data, { epochs: 5, batchSize: 32 })) {
  if (event.kind === "epoch") console.log(`epoch ${event.epoch}: loss ${event.loss.toFixed(3)}`);
}
const { accuracy } = await trainer.evaluate(data);
console.log(`${device.backend.info.description} (${device.reason})`);
console.log(`accuracy ${(100 * accuracy).toFixed(1)} %`);
device.close();
