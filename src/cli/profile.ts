/**
 * `filigree profile`: where the time of a training step goes, kernel call by kernel call, and how near each comes to what the
 * device can do.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { sourceIn } from "../data/examples_source.ts";
import { arraysIn } from "../data/training_data.ts";
import { linear } from "../nn/linear.ts";
import type { LayerWeight } from "../nn/tree.ts";
import { createDevice } from "../ops/device.ts";
import { profileProgram } from "../profile/profile.ts";
import { traceLayerStep } from "../profile/layer.ts";
import { rewiringOften } from "../profile/training.ts";
import { measureRoofs } from "../profile/roofs.ts";
import type { Device } from "../program/device.ts";
import type { TracedProgram } from "../program/program.ts";
import { specsOf } from "../train/objective.ts";
import { writeAtomically } from "../runtime/atomic_files.ts";
import { isOfText, isTyped, refuse, requireApplicable } from "./applicable.ts";
import { besideLines, type BesideOptions, measureBeside } from "./beside.ts";
import { addConfigFlags, type Flags, layersOf } from "./config/flags.ts";
import { LEAVES } from "./config/leaves.ts";
import { type Layer, type Resolved, resolveLayers } from "./config/load.ts";
import { OF_PRETRAINING } from "./config/pretraining.ts";
import { type Config, LARGEST } from "./config/schema.ts";
import { deviceOptionsOf } from "./device_options.ts";
import { bold, Command, ValidationError } from "./deps.ts";
import { requireOwnFile } from "./free_names.ts";
import { Output } from "./output.ts";
import { asWrongUse, parsePattern } from "./patterns.ts";
import { plot } from "./plot.ts";
import { requireCores } from "./room.ts";
import { rooflineOf, roofLines, stepLine, tableOf } from "./roofline.ts";
import { stepsOf } from "./run_length.ts";
import { configLayerOf } from "./runs.ts";
import { openParts } from "./session.ts";
import { changesOf, optimizerOf, sparsityOf } from "./settings.ts";
import { chosenLayers } from "./sparse_layers.ts";
import type { Verb } from "./verb.ts";

/** Keys that say something about a single layer. */
const OF_A_LAYER = /^(pattern\.(name|sparsity)|optimizer\.|train\.batch$|device\.|run\.seed$)/;

/** Keys that say something about a step of a training. */
const OF_A_STEP =
  /^(data\.(name|labels|target|task|header|normalize|augment|cropPadding|positions|masked|epochExamples)$|model\.|pattern\.|method\.|optimizer\.|train\.(batch|epochs|loss)$|device\.|run\.seed$)/;

/** The verb `profile`. */
export const verb: Verb = { name: "profile", rank: 13, command: profileCommand };

/** The command `profile`. */
function profileCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Measure every kernel call of a training step: of one layer (--size), or of a whole training, with the shares of its time in which " +
      "the device waits for batches, and of rewiring.",
  );
  command
    .arguments("[run:string]")
    .option("--size <size:string>", "Profile one layer: 1024, or 4096x1024 (outputs x inputs).")
    .option("--svg <file:string>", "Draw the roofline as SVG.");
  const without = LEAVES.map(({ key }) => key)
    .filter((key) => !OF_A_LAYER.test(key) && !OF_A_STEP.test(key));
  addConfigFlags(command, { without })
    .example(
      "One layer",
      "filigree profile --pattern fan-in --size 1024 --batch 256 --sparsity 0.95",
    )
    .example("A training", "filigree profile --data mnist --method srigl --hidden 512,512")
    .example("The training of a run", "filigree profile runs/pretrained --threads 1")
    .action(async (flags: Flags, run?: string) => await profile(flags, run));
  return command;
}

/** What is profiled: how its step is traced, and what it is called. */
interface Subject {
  readonly title: string;
  readonly weights: readonly LayerWeight[];
  trace(device: Device): TracedProgram;
  readonly training?: BesideOptions;
}

async function profile(flags: Flags, run: string | undefined): Promise<void> {
  const output = new Output(flags);
  if (run !== undefined && flags.size !== undefined) {
    throw new ValidationError(
      'Option "--size" does not apply to a run, whose whole step is measured.',
    );
  }
  if (typeof flags.svg === "string") await requireOwnFile("--svg", flags.svg, "SVG of a plot");
  const ofRun = run === undefined ? [] : [await configLayerOf(run)];
  const resolved = resolveStep([...ofRun, ...await layersOf(flags)]);
  const { config } = resolved;
  requireApplicable(resolved);
  requireCores(config.device.threads, navigator.hardwareConcurrency);
  requireProfiled(resolved, typeof flags.size === "string");
  const subject = typeof flags.size === "string"
    ? layerOf(config, flags.size)
    : await trainingOf(config);
  const { run: { seed } } = config;
  using device = await createDevice(deviceOptionsOf(config));
  output.device(device);
  await requireClock(device);
  const traced = subject.trace(device);
  const roofs = await measureRoofs(device.backend);
  const { weights, title, training } = subject;
  const inputs = drawInputs(traced, seed);
  using program = await device.prepare(traced);
  const found = await profileProgram(device, program, { inputs, weights, roofs });
  const beside = training && await measureBeside(device, program, { ...training, seed });
  const { description } = device.backend.info;
  if (typeof flags.svg === "string") {
    const svg = await plot(rooflineOf(found, roofs, title, description));
    await writeAtomically(flags.svg, new TextEncoder().encode(svg), "roofline");
    output.detail(`wrote ${flags.svg}`);
  }
  output.result({ title, device: device.name, description, roofs, ...found, ...beside }, () => {
    const [titles, ...rows] = tableOf(found);
    return [
      `${bold(title)}\n${device.name}: ${description}\n`,
      ...roofLines(roofs),
      "",
      ...[bold(titles), ...rows, "", stepLine(found)],
      ...besideLines(beside),
    ];
  });
}

/** A configuration whose defaults are those of the verb that trains such a model. */
function resolveStep(layers: readonly Layer[]): Resolved {
  const resolved = resolveLayers(layers);
  return isOfText(resolved.config) ? resolveLayers(layers, { values: OF_PRETRAINING }) : resolved;
}

/** Refuses flags that change nothing in what is measured. */
function requireProfiled({ origins }: Resolved, layer: boolean): void {
  for (const [key, origin] of origins) {
    if (!isTyped(origin) || (layer ? OF_A_LAYER : OF_A_STEP).test(key)) continue;
    const what = layer ? 'the one layer of "--size"' : "one step of a training";
    refuse(key, `says nothing about ${what}`, origin);
  }
}

/** One layer by itself. */
function layerOf(config: Config, size: string): Subject {
  const [outputs, inputs] = parseSize(size);
  const { pattern: { name }, train: { batch } } = config;
  const sparsity = sparsityOf(config);
  const layer = asWrongUse(() =>
    linear(inputs, outputs, { pattern: parsePattern(name, 1 - sparsity) })
  );
  const optimizer = asWrongUse(() => optimizerOf(config, sparsity));
  return {
    title: `${outputs} x ${inputs}, ${patternText(name, sparsity)}, batch ${batch}`,
    weights: layer.weights,
    trace: (device) => traceLayerStep(device, layer, optimizer, batch),
  };
}

/** The step of a whole training, on examples that are drawn: what they are does not change what it costs. */
async function trainingOf(asked: Config): Promise<Subject> {
  const { config, data: { train }, learning, optimizer, method, network } = await openParts(asked);
  const { data, method: { updates }, train: { batch } } = config;
  const named = isOfText(config) ? network : `${network} on ${data.name}`;
  const steps = stepsOf(config, train.examples);
  const { every = Math.ceil(steps / (updates ?? 1)) } = config.method;
  return {
    title: `${named}, ${layersText(config)}, batch ${batch}`,
    weights: learning.model.weights,
    trace: (device) =>
      device.trace(
        specsOf("train", learning.inputs, arraysIn(train, config.data), batch),
        (...inputs) => optimizer.update(learning.loss(inputs, { mode: "train" })),
        { trustInputs: true },
      ),
    training: {
      ...{ batchSize: batch, names: learning.inputs, every },
      source: sourceIn(train, changesOf(config)),
      rewired(device) {
        const often = method && rewiringOften(method);
        const sparse = learning.model.weights.some((weight) => weight.sparse !== undefined);
        if (often === undefined || !sparse) return undefined;
        return learning.trainer({ device, optimizer, method: often, seed: config.run.seed });
      },
    },
  };
}

/** The patterns of a training: `1:8 at 87.5 % (ff), 2:4 at 50 % (qkv)` where layers were chosen. */
function layersText(config: Config): string {
  const { name, layers } = config.pattern;
  const sparsity = sparsityOf(config);
  if (layers.length === 0 || sparsity === 0) return patternText(name, sparsity);
  return chosenLayers(config)
    .map((each) => `${patternText(each.pattern, each.sparsity)} (${each.layers})`).join(", ");
}

function patternText(name: string, sparsity: number): string {
  return sparsity === 0 ? "dense" : `${name} at ${Number((100 * sparsity).toFixed(2))} %`;
}

function parseSize(text: string): readonly [outputs: number, inputs: number] {
  const [, outputs, inputs = outputs] = /^([1-9]\d*)(?:x([1-9]\d*))?$/.exec(text) ?? [];
  const size = [Number(outputs), Number(inputs)] as const;
  if (outputs !== undefined && Math.max(...size) <= LARGEST) return size;
  throw new ValidationError(
    `Option "--size" is "${text}"; expected outputs and inputs such as 1024 or 4096x1024, at most ${LARGEST}.`,
  );
}

/** Normal numbers for f32, as far as their readers take them; 0 and 1 for u32: every model has two classes. */
function drawInputs(
  { inputElements, trace }: TracedProgram,
  seed: number,
): (Float32Array | Uint32Array)[] {
  return inputElements.map((elements, i) => {
    if (trace.inputs[i].type === "u32") {
      return Uint32Array.from({ length: elements }, (_, at) => at % 2);
    }
    const limits = trace.limits.filter(({ input }) => input === i);
    const least = Math.max(...limits.map((limit) => limit.least));
    const most = Math.min(...limits.map((limit) => limit.most));
    return new Random({ seed, use: "values", stream: i }).normals(elements, 1)
      .map((number) => Math.min(Math.max(number, least), most));
  });
}

/** An adapter without timestamps is told before anything takes long. */
async function requireClock({ backend }: Device): Promise<void> {
  const nothing = await backend.compile([]);
  try {
    await backend.measure(nothing);
  } catch (error) {
    if (error instanceof TypeError) throw new ValidationError(`${error.message}.`);
    throw error;
  }
  backend.release(nothing);
}
