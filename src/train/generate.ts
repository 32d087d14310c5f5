/**
 * Texts that a decoder goes on with.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { textReaderOf } from "../data/tokens/text_reader.ts";
import type { WindowPreparation } from "../data/tokens/token_windows.ts";
import type { Gpt } from "../models/gpt.ts";
import type { Device } from "../program/device.ts";
import { Decoding } from "./decoding.ts";
import { drawToken, requireSampling, type SamplingOptions } from "./sampling.ts";

/** Options of {@linkcode generate}. */
export interface GenerateOptions extends SamplingOptions {
  /** Where the model is. */
  readonly device: Device;
  /** The model, as `loadModel(path, device, { as: gptLayer })` gives it. */
  readonly model: Gpt;
  /** How its text was read. */
  readonly preparation: WindowPreparation;
  /** What the text begins with; empty by default. */
  readonly prompt?: string;
  /** How many tokens are drawn; 200 by default. */
  readonly tokens?: number;
  /** Seed of the draws; 0 by default. */
  readonly seed?: number;
}

/** Stream of random numbers: of the tokens that are drawn. */
const STREAM = 0x67656e65;

/**
 * Goes on with a text, and gives what each token adds to it as it is drawn. Where the text has as many tokens as the model has
 * positions, the last half of them is read again as if the text began there, so that it may be of any length.
 *
 * @throws {RangeError} if an option is out of its range, or the prompt has what the model does not know, or more tokens than it
 * has positions.
 * @example
 * ```ts
 * import { createDevice, gpt } from "@filigree/filigree";
 * import { generate } from "@filigree/filigree/runs";
 * import { characterWindows } from "@filigree/filigree/tokens";
 *
 * const { preparation } = characterWindows("to be or not to be ".repeat(20), { positions: 16 });
 * const size = { layers: 1, features: 8, heads: 2 };
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = gpt({ size, vocabulary: preparation.pieces.length, positions: 16 });
 * let text = "to ";
 * for await (const more of generate({ device, model, preparation, prompt: text, tokens: 20 })) {
 *   text += more;
 * }
 * console.assert(text.length === 23);
 * ```
 */
export async function* generate(options: GenerateOptions): AsyncGenerator<string, void, undefined> {
  const { device, model, preparation, prompt = "", tokens = 200, seed = 0 } = options;
  requireSampling(options);
  if (!(Number.isSafeInteger(tokens) && tokens > 0)) {
    throw new RangeError(`Cannot generate ${tokens} tokens: expected a whole number above 0`);
  }
  const reader = textReaderOf(preparation);
  const given = reader.encode(prompt);
  using decoding = await Decoding.open(device, model);
  if (given.length > decoding.positions) {
    throw new RangeError(
      `Cannot go on with the prompt: it has ${given.length} tokens; expected at most the ${decoding.positions} positions of ` +
        "the model",
    );
  }
  const text = given.length === 0 ? [...reader.begin] : given;
  for (const token of text) decoding.read(token);
  const random = new Random({ seed, use: "noise", stream: STREAM });
  for (let drawn = 0; drawn < tokens; drawn++) {
    const token = drawToken(await decoding.logits(), reader.drawn, options, random);
    yield reader.text(token, prompt === "" && drawn === 0);
    text.push(token);
    if (drawn + 1 === tokens) return;
    if (decoding.isFull) {
      decoding.restart();
      const half = Math.max(1, Math.floor(decoding.positions / 2));
      for (const again of text.slice(-half)) decoding.read(again);
    } else decoding.read(token);
  }
}
