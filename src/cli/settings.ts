/**
 * From a configuration to the parts of a training.
 *
 * @module
 */
import { valuesFor } from "../definitions/definition.ts";
import type { Method } from "../methods/method.ts";
import type { ModelGiven, TextDefinition, TextGiven, TextNetwork } from "../models/definition.ts";
import { randomCrop, randomFlip } from "../data/augment.ts";
import type { SourceOptions } from "../data/examples_source.ts";
import { type ExampleKind, outputsOf } from "../data/preparation.ts";
import type { TransformerWork } from "../models/flops.ts";
import { type AnyModule, type Module, pathsIn } from "../nn/module.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import {
  constant,
  cosine,
  linearDecay,
  type Schedule,
  sparseRate,
  stepDecay,
  type WarmupOptions,
} from "../optim/schedule.ts";
import { he, type Init, truncatedNormal } from "../sparse/init.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import { refuse } from "./applicable.ts";
import { METHODS, MODELS, named, NO_METHOD, OPTIMIZERS, PLAIN_METHODS } from "./config/choices.ts";
import type { Config } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";
import { groupsIn, type WrittenGroup } from "./groups.ts";
import { asWrongUse, parsePattern } from "./patterns.ts";
import { chosenLayers, headLayers, sparseLayersOf } from "./sparse_layers.ts";

/** What is trained and how. */
export interface Settings {
  /** The network. */
  readonly model: Module;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** How patterns change; absent for `dense`. */
  readonly method: Method | undefined;
  /** What the network is, in a few words. */
  readonly network: string;
  /** What its training is counted of, if it is a transformer. */
  readonly work?: TransformerWork;
}

/**
 * The model, the optimizer and the method of a configuration.
 *
 * @param data What the examples are: how many features and outputs they have, and what their images are.
 * @throws {ValidationError} if values contradict each other.
 */
export function settingsOf(
  config: Config,
  data: ExampleKind,
): Settings {
  if (config.data.augment.length > 0 && data.image === undefined) {
    refuse("data.augment", "needs images, and these examples are none");
  }
  if (config.data.mixup !== undefined && data.target.kind !== "class") {
    refuse("data.mixup", "needs examples of classes, and these have none");
  }
  if (config.data.mixup !== undefined && data.vocabulary !== undefined) {
    refuse("data.mixup", "needs numbers, and these examples are tokens");
  }
  return settingsWith(config, (given) => networkOf(config, data, given));
}

/** How sparse a network is to be. */
type Sparseness = Pick<ModelGiven, "sparsity" | "distribution" | "pattern" | "sparseLayers">;

/**
 * A model of texts with the optimizer and the method of a configuration.
 *
 * @throws {ValidationError} if values contradict each other.
 */
export function textSettingsOf<M extends AnyModule>(
  config: Config,
  definition: TextDefinition<M>,
  given: Pick<TextGiven, "vocabulary" | "positions">,
): TextNetwork<M> & Pick<Settings, "optimizer" | "method"> {
  const values = valuesFor(definition, config.model);
  const weights = {
    ...(config.model.init === "he" ? { init: he() } : {}),
    ...defined({ storage: storageOf(config) }),
  };
  // Matrices of one choice have one density.
  return settingsWith(
    config,
    ({ distribution: _, ...sparseness }) =>
      definition.make(values, { ...given, ...sparseness, weights }),
  );
}

/** What `make` makes of the sparseness of a configuration, with the optimizer and the method. */
function settingsWith<Network extends { readonly model: AnyModule }>(
  config: Config,
  make: (given: Sparseness) => Network,
): Network & Pick<Settings, "optimizer" | "method"> {
  // Sizes, shares and schedules come from the configuration alone, so what they cannot be is wrong use.
  return asWrongUse(() => {
    const made = networkWith(config, make);
    return { ...made, ...trainedBy(config, { ...made, sparsity: sparsityOf(config) }) };
  });
}

/**
 * What `make` makes of the sparseness of a configuration.
 *
 * @throws {ValidationError} if it cannot be had: names the highest sparsity that can.
 */
export function networkWith<Network>(
  config: Config,
  make: (given: Sparseness) => Network,
): Network {
  const { pattern: { name, distribution } } = config;
  const layers = chosenLayers(config);
  const shared = layers.find((each) => each.shared);
  const sparsity = sparsityOf(config);
  // The density of some patterns is in their name, and the same in every layer.
  const spread = shared === undefined ? "uniform" : distribution;
  const isChosen = config.pattern.layers.length > 0 && sparsity > 0;
  const network = (share: number): Network => {
    const pattern = (density: number): PatternSpec => parsePattern(name, density);
    return make({
      ...{
        sparsity: share,
        pattern,
        ...(isChosen ? { sparseLayers: sparseLayersOf(config) } : {}),
      },
      ...defined({ distribution: spread }),
    });
  };
  return asWrongUse(() => {
    if (shared === undefined) return network(sparsity);
    return sparsest(network, sparsity === 0 ? 0 : shared.sparsity);
  });
}

/** The optimizer and the method of a configuration for a model that is there. */
export function trainedBy(
  config: Config,
  { model, sparsity }: { readonly model: AnyModule; readonly sparsity: number },
): Pick<Settings, "optimizer" | "method"> {
  const optimizer = optimizerOf(config, sparsity);
  // For what groups there are not; the trainer has moments of its own.
  optimizer.begin(model.parameters, pathsIn(model));
  return { optimizer, method: methodOf(config) };
}

/** Halvings in the search for the highest sparsity: enough for four digits. */
const HALVINGS = 14;

/**
 * A network of a sparsity.
 *
 * @throws {ValidationError} if that is too high for it: names the flag and the highest that can be had.
 */
function sparsest<Network>(make: (sparsity: number) => Network, sparsity: number): Network {
  try {
    return make(sparsity);
  } catch (cause) {
    if (!(cause instanceof RangeError) || !canBe(make, 0)) throw cause;
    let low = 0, high = sparsity;
    for (let i = 0; i < HALVINGS; i++) {
      const middle = (low + high) / 2;
      if (canBe(make, middle)) low = middle;
      else high = middle;
    }
    const most = Math.floor(1e4 * low) / 1e4;
    throw new ValidationError(
      `Option "--sparsity" (pattern.sparsity) is ${sparsity}, which leaves rows of this network without ` +
        `inputs; expected at most ${most}, larger layers, or another --pattern or --distribution.`,
      { cause },
    );
  }
}

/** Whether there is a network of a sparsity. */
function canBe(make: (sparsity: number) => unknown, sparsity: number): boolean {
  try {
    make(sparsity);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function networkOf(
  config: Config,
  { inputs, target, image, vocabulary }: ExampleKind,
  given: Sparseness,
): Pick<Settings, "model" | "network" | "work"> {
  const { model: chosen } = config;
  const definition = named(MODELS, chosen.name);
  if (definition.images === true && image === undefined) {
    refuse("model.name", "needs images, and these examples are none");
  }
  if ((definition.tokens === true) !== (vocabulary !== undefined)) {
    const [needs, are] = vocabulary === undefined ? ["tokens", "numbers"] : ["numbers", "tokens"];
    refuse("model.name", `needs ${needs}, and these examples are ${are}`);
  }
  const { summary: network, ...made } = definition.make(valuesFor(definition, chosen), {
    ...{ inputs, outputs: outputsOf(target), ...given },
    ...(image === undefined ? {} : { image }),
    ...(vocabulary === undefined ? {} : { vocabulary }),
    weights: defined({ init: initOf(chosen), storage: storageOf(config) }),
  });
  return { ...made, network };
}

/** What weights begin with where it was chosen; models have their own default. */
function initOf({ init }: Config["model"]): Init | undefined {
  if (init === undefined) return undefined;
  return init === "he" ? he() : truncatedNormal();
}

/** How a configuration changes the examples of training batches. */
export function changesOf(
  { data: { augment, cropPadding: padding, mixup } }: Config,
): SourceOptions {
  return {
    augment: augment.map((name) =>
      name === "crop" ? randomCrop(defined({ padding })) : randomFlip()
    ),
    ...defined({ mixup }),
  };
}

/**
 * Share of absent connections that a configuration asks for: where layers differ, the least of those that are sparse.
 *
 * @throws {ValidationError} if there is no such pattern.
 */
export function sparsityOf({ method, pattern }: Pick<Config, "method" | "pattern">): number {
  const layers = chosenLayers({ pattern });
  if (method.name === NO_METHOD || pattern.name === "dense") return 0;
  return Math.min(...layers.map(({ sparsity }) => sparsity));
}

/**
 * Share of absent connections in the head of a model of very many labels.
 *
 * @throws {ValidationError} if there is no such pattern.
 */
export function headSparsityOf({ method, pattern }: Pick<Config, "method" | "pattern">): number {
  if (method.name === NO_METHOD || pattern.name === "dense") return 0;
  return headLayers({ pattern })[0].sparsity;
}

/** Where the weights of the method live; undefined where as usual. */
function storageOf({ method }: Pick<Config, "method">): StorageName | undefined {
  return PLAIN_METHODS.get(method.name)?.storage;
}

/** Learning rates over a run, by the names of `optimizer.schedule`. */
const SCHEDULES: Readonly<
  Record<Config["optimizer"]["schedule"], (peak: number, options: WarmupOptions) => Schedule>
> = { constant, cosine, linear: linearDecay, step: stepDecay };

/** The highest learning rate of a configuration: of all parameters that have none of their own. */
export function learningRateOf(
  config: Pick<Config, "optimizer" | "method" | "pattern">,
  sparsity: number = sparsityOf(config),
): number {
  const { name, learningRate } = config.optimizer;
  // What is trained under a mask is a dense weight.
  const trained = storageOf(config) === "masked" ? 0 : sparsity;
  return learningRate ?? sparseRate(named(OPTIMIZERS, name).learningRate, trained);
}

/** The optimizer that a configuration asks for; a sparser network takes a higher learning rate by default. */
export function optimizerOf(config: Config, sparsity: number): Optimizer {
  const { optimizer } = config;
  // Without the length of a run, as where a step alone is measured, there is nothing to warm up to.
  const { name, warmup = 0, weightDecay = 0, decayAll, clipNorm, groupLasso } = optimizer;
  const definition = named(OPTIMIZERS, name);
  const usual = learningRateOf(config, sparsity);
  const rateOf = (own: WrittenGroup["own"]): Schedule =>
    SCHEDULES[own.schedule ?? optimizer.schedule](own.learningRate ?? usual, { warmup });
  const groups = groupsIn(config).map(({ parameters, own }) => {
    const { learningRate: _, schedule: __, ...others } = own;
    return { parameters, learningRate: rateOf(own), ...others };
  });
  const learningRate = rateOf({});
  const common = {
    learningRate,
    weightDecay,
    decayAll,
    ...defined({ clipNorm, groupLasso }),
    groups,
  };
  return definition.make(valuesFor(definition, optimizer), common);
}

function methodOf({ method }: Config): Method | undefined {
  if (method.name === NO_METHOD) return undefined;
  const definition = named(METHODS, method.name);
  return definition.make(valuesFor(definition, method));
}

/** The fields that are not undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
