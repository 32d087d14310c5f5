/**
 * A small GPT whose parameters are drawn, and inputs for it: what tests of its exports share.
 *
 * @module
 */
import { type Gpt, gpt, type GptOptions } from "../src/models/gpt.ts";
import { treeOfModel } from "../src/nn/module.ts";
import { linear } from "../src/ops/linear.ts";
import type { Device } from "../src/program/device.ts";
import { Source } from "./arbitraries.ts";
import type { Numbers } from "./onnx_runtimes.ts";

/** Its sizes, in the form of GPT-2. */
export const SMALL: GptOptions = {
  size: { layers: 2, features: 12, heads: 3, intermediate: 20 },
  ...{ vocabulary: 37, positions: 9 },
};

/** Those that are compared with transformers. */
export const GPTS: Readonly<Record<string, GptOptions>> = {
  tanh: SMALL,
  erf: { ...SMALL, gelu: "erf", epsilon: 1e-3 },
};

/** A GPT on a device, with numbers of a seed. */
export async function drawnGpt(device: Device, seed: number, options: GptOptions): Promise<Gpt> {
  const model = gpt(options);
  await device.place(model.parameters);
  const source = new Source(seed);
  for (const [parameter, way] of treeOfModel(model).parameters) {
    const numbers = source.floats(parameter.length);
    device.write(parameter, numbers.map((x) => way.endsWith(".gain") ? 1 + x / 4 : x / 2));
  }
  return model;
}

/** Two texts. */
export const TOKENS: Numbers = {
  shape: [2, 6],
  data: [2, 7, 36, 5, 11, 3, 2, 9, 8, 3, 0, 31],
};

/** Logits of every token behind each position of {@linkcode TOKENS}: `[examples, positions, vocabulary]`. */
export async function logitsOf(device: Device, model: Gpt): Promise<number[]> {
  const { shape: [examples, positions], data } = TOKENS;
  const [{ shape: [vocabulary] }] = model.weights;
  using program = await device.compile(
    [{ shape: [positions, examples], type: "u32" }],
    (tokens) => {
      const { hidden, head } = model(tokens);
      return linear(hidden, head.table);
    },
  );
  const tokens = Uint32Array.from({ length: 32 * positions }, (_, at) => {
    const example = at % 32;
    return example < examples ? data[example * positions + Math.floor(at / 32)] : 0;
  });
  program.run([tokens], { step: 0, totalSteps: 0 }, examples);
  const logits = await program.floats(0);
  return Array.from({ length: examples * positions * vocabulary }, (_, i) => {
    const word = i % vocabulary, column = Math.floor(i / vocabulary);
    const position = column % positions, example = Math.floor(column / positions);
    return logits[(word * positions + position) * 32 + example];
  });
}
