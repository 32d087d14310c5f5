/**
 * Trains a network in whatever runs it, and says what a step takes and what it has learnt: data, task and result go over
 * HTTP, which all places have. `benches/places/mod.ts` bundles it for pages and starts it elsewhere.
 *
 * @module
 */
import { adamw, cosine, createDevice, mlp, srigl, Trainer } from "@filigree/filigree";

const { process, location } = globalThis;

/** Where task and data are served. */
const base = process === undefined ? location.origin : process.argv[2];

/** What to do: `{ prefer, threads, sizes, sparsity, batchSize, epochs }`. */
const task = await (await fetch(`${base}/task`)).json();

const examplesOf = async (name) => {
  const [features, labels] = await Promise.all(["features", "labels"].map(async (part) => {
    const bytes = await (await fetch(`${base}/data/${name}.${part}`)).arrayBuffer();
    return part === "features" ? new Float32Array(bytes) : new Uint8Array(bytes);
  }));
  const inputs = task.sizes[0], classes = task.sizes.at(-1);
  return { features, labels, examples: labels.length, inputs, classes };
};

const send = async (result) => {
  await fetch(`${base}/result`, { method: "POST", body: JSON.stringify(result) });
};

try {
  const [train, test] = [await examplesOf("train"), await examplesOf("test")];
  const device = await createDevice({ prefer: task.prefer, threads: task.threads, seed: 1 });
  const trainer = new Trainer({
    device,
    model: mlp({ sizes: task.sizes, sparsity: task.sparsity }),
    optimizer: adamw({ learningRate: cosine(1e-3) }),
    method: srigl({ every: 50, fraction: 0.3 }),
    seed: 1,
  });
  // Each epoch by itself, without what is compiled before the first.
  const milliseconds = [];
  let steps = 0, start = 0, loss = 0;
  for await (
    const event of trainer.fit(train, { epochs: task.epochs, batchSize: task.batchSize })
  ) {
    if (event.kind !== "epoch") continue;
    const now = performance.now();
    if (start > 0) milliseconds.push((now - start) / (trainer.step - steps));
    loss = event.loss;
    [start, steps] = [now, trainer.step];
  }
  const { accuracy } = await trainer.evaluate(test);
  const { description } = device.backend.info;
  await send({ description, reason: device.reason, milliseconds, loss, accuracy });
  device.close();
} catch (error) {
  await send({ error: String(error?.stack ?? error) });
}
