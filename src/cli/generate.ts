/**
 * `filigree generate`: a decoder goes on with a text.
 *
 * @module
 */
import { isOfWindows } from "../data/tokens/token_windows.ts";
import { gptLayer } from "../models/gpt.ts";
import { createDevice } from "../ops/device.ts";
import { modelIn, preparationIn } from "../train/description.ts";
import { generate, type GenerateOptions } from "../train/generate.ts";
import { loadModel } from "../train/load.ts";
import type { Flags } from "./config/flags.ts";
import { Command, ValidationError } from "./deps.ts";
import { addDeviceFlag, deviceOptions } from "./model.ts";
import { Output } from "./output.ts";
import { readSaved, type SavedModel } from "./runs.ts";
import type { Verb } from "./verb.ts";

/** Tokens that are drawn where nobody says how many. */
const TOKENS = 200;

/** The verb `generate`. */
export const verb: Verb = { name: "generate", rank: 6, command: generateCommand };

/** The command `generate`. */
function generateCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Go on with a text by a decoder that pretrain trained.\n\n" +
        "The text is printed as it is drawn. With the same seed, on the same device, it is the same text.",
    )
    .arguments("<run:string>")
    .option("--prompt <text:string>", "What the text begins with; nothing by default.")
    .option("--tokens <count:integer>", `Tokens that are drawn; ${TOKENS} by default.`)
    .option(
      "--temperature <number:number>",
      "What logits are divided by: below 1 likely tokens become likelier; 0 takes the likeliest. 1 by default.",
    )
    .option("--top-k <count:integer>", "Draw of so many likeliest tokens only; of all by default.")
    .option(
      "--top-p <share:number>",
      "Draw of the likeliest tokens only that have this share of the probability; 1 by default.",
    )
    .option("--seed <number:integer>", "Seed of the draws; 0 by default.");
  addDeviceFlag(command);
  command
    .example(
      "A careful continuation",
      'filigree generate runs/pretrained --prompt "The river" --temperature 0.8 --top-p 0.95',
    )
    .action(async (flags: Flags, run: string) => await goOn(run, flags));
  return command;
}

async function goOn(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const saved = await readSaved(run);
  const preparation = windowsIn(run, saved);
  output.detail(`checkpoint ${saved.checkpoint.path}`);
  using device = await createDevice(deviceOptions(saved.config, flags.device));
  output.device(device);
  const { model } = await loadModel(saved.checkpoint, device, { as: gptLayer });
  const { prompt: given, seed = 0, tokens = TOKENS } = flags;
  const prompt = typeof given === "string" ? given : "";
  const options: GenerateOptions = {
    ...{ device, model, preparation, prompt, seed: Number(seed), tokens: Number(tokens) },
    ...(flags.temperature === undefined ? {} : { temperature: Number(flags.temperature) }),
    ...(flags.topK === undefined ? {} : { topK: Number(flags.topK) }),
    ...(flags.topP === undefined ? {} : { topP: Number(flags.topP) }),
  };
  const begin = performance.now();
  const text = await stream(prompt, generate(options), output);
  const seconds = (performance.now() - begin) / 1000;
  const { checkpoint: { path } } = saved;
  if (output.json) {
    output.result({ checkpoint: path, prompt, text, tokens, seed, seconds }, () => []);
  } else {
    output.detail(`${tokens} tokens in ${seconds.toFixed(1)} s`);
  }
}

/** How the text of a decoder was read. */
function windowsIn(run: string, { checkpoint }: SavedModel) {
  const preparation = preparationIn(checkpoint);
  if (preparation !== undefined && isOfWindows(preparation)) return preparation;
  throw new ValidationError(
    `Argument "run" is "${run}", which is no decoder of text: its model is a ${
      modelIn(checkpoint)?.kind ?? "model of an older version"
    }; expected a run of \`filigree pretrain --model gpt\`.`,
  );
}

/** Prints a text as it comes, but where JSON is asked for; gives what was drawn. */
async function stream(
  prompt: string,
  parts: AsyncIterator<string>,
  { json }: Output,
): Promise<string> {
  let text = "";
  let next = await first(parts);
  try {
    if (!json) await print(prompt);
    for (; next.done !== true; next = await parts.next()) {
      text += next.value;
      if (!json) await print(next.value);
    }
    if (!json) await print("\n");
  } catch (error) {
    // Whoever reads it may have enough.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
  return text;
}

/** What is drawn first. What cannot be drawn is refused then, before anything is printed. */
async function first(parts: AsyncIterator<string>): Promise<IteratorResult<string>> {
  try {
    return await parts.next();
  } catch (cause) {
    if (cause instanceof RangeError) throw new ValidationError(cause.message, { cause });
    throw cause;
  }
}

const ENCODER = new TextEncoder();

async function print(text: string): Promise<void> {
  const bytes = ENCODER.encode(text);
  for (let done = 0; done < bytes.length;) {
    done += await Deno.stdout.write(bytes.subarray(done));
  }
}
