/**
 * A training that takes a moment, as the text of a program that is run elsewhere: from another address, or in a page.
 *
 * @module
 */

/** Makes `trainer` and `data` of what is imported as `adamw`, `mlp`, `srigl` and `Trainer`, and of `device`. */
export const SMALL_TRAINING = `
  const [examples, inputs, classes] = [96, 20, 3];
  const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
  const features = Float32Array.from(
    { length: examples * inputs },
    (_, i) => Number(i % inputs === labels[Math.floor(i / inputs)]),
  );
  const trainer = new Trainer({
    device,
    model: mlp({ sizes: [inputs, 32, classes], sparsity: 0.8 }),
    optimizer: adamw({ learningRate: 0.01 }),
    method: srigl({ every: 5 }),
  });
  const data = { features, labels, examples, inputs, classes };`;
