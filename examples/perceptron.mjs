/**
 * A 90 % sparse perceptron that is rewired while it trains, in plain JavaScript: it runs wherever the package is installed
 * from npm (`node perceptron.mjs`, `bun perceptron.mjs`), and in a clone with `deno run examples/perceptron.mjs`. Its
 * arguments, if any, are a device (`auto`, `wasm` or `webgpu`) and a number of threads.
 *
 * @module
 */
import process from "node:process";
import { adamw, cosine, createDevice, mlp, srigl, Trainer } from "@filigree/filigree";

const [prefer = "auto", threads] = process.argv.slice(2);

// Any numbers will do: here, 1024 examples of 64 features whose largest one tells the class.
const examples = 1024, inputs = 64, classes = 4;
const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
const features = Float32Array.from(
  { length: examples * inputs },
  (_, i) => i % inputs === labels[Math.floor(i / inputs)] ? 1 : Math.sin(i) / 4,
);
const data = { features, labels, examples, inputs, classes };

const device = await createDevice({
  prefer,
  ...(threads === undefined ? {} : { threads: Number(threads) }),
});
const trainer = new Trainer({
  device,
  model: mlp({ sizes: [inputs, 128, 128, classes], sparsity: 0.9 }),
  optimizer: adamw({ learningRate: cosine(1e-2) }),
  method: srigl({ every: 20, fraction: 0.3 }),
  seed: 1,
});
for await (const event of trainer.fit(data, { epochs: 4, batchSize: 64 })) {
  if (event.kind === "epoch") console.log(`epoch ${event.epoch}: loss ${event.loss.toFixed(3)}`);
}
const { accuracy } = await trainer.evaluate(data);
console.log(`${device.backend.info.description} (${device.reason})`);
console.log(`accuracy ${(100 * accuracy).toFixed(1)} %`);
device.close();
