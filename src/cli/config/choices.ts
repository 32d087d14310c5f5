/**
 * What people choose by name, in the order in which they see it. Everything that the command line knows of methods, models and
 * optimizers comes from here.
 *
 * @module
 */
import { type Definition, listed, optionsOf } from "../../definitions/definition.ts";
import type { Options } from "../../definitions/option.ts";
import type { MethodDefinition } from "../../methods/definition.ts";
import type { Method } from "../../methods/method.ts";
import * as methods from "../../methods/mod.ts";
import * as decoders from "../../models/decoders.ts";
import type {
  DecoderDefinition,
  EncoderDefinition,
  ModelDefinition,
  RankerDefinition,
} from "../../models/definition.ts";
import * as encoders from "../../models/encoders.ts";
import * as models from "../../models/mod.ts";
import * as rankers from "../../models/rankers.ts";
import type { OptimizerDefinition } from "../../optim/definition.ts";
import * as optimizers from "../../optim/mod.ts";
import type { DataSetDefinition } from "../data_sets/definition.ts";
import * as dataSets from "../data_sets/mod.ts";
import { RANKING_LOSSES } from "../../tasks/label_ranking.ts";
import { TASKS } from "../../tasks/mod.ts";

/** How patterns change. */
export const METHODS: readonly MethodDefinition[] = listed(methods);

/** Each method without options, by its name: which patterns and which storage it takes is the same with any. */
export const PLAIN_METHODS: ReadonlyMap<string, Method> = new Map(
  METHODS.map((definition) => [definition.name, definition.make({})]),
);

/** What stands in the place of a method where every layer is dense. */
export const NO_METHOD = "dense";

/** Networks. */
export const MODELS: readonly ModelDefinition[] = listed(models);

/** Encoders of text, which are pre-trained. */
export const ENCODERS: readonly EncoderDefinition[] = listed(encoders);

/** Decoders of text, which are pre-trained too. */
export const DECODERS: readonly DecoderDefinition[] = listed(decoders);

/** Models of texts. */
export const TEXT_MODELS: readonly (EncoderDefinition | DecoderDefinition)[] = [
  ...ENCODERS,
  ...DECODERS,
];

/** Models of very many labels. */
export const RANKERS: readonly RankerDefinition[] = listed(rankers);

/** How weights change. */
export const OPTIMIZERS: readonly OptimizerDefinition[] = listed(optimizers);

/** Data sets that have a name. */
export const DATA_SETS: readonly DataSetDefinition[] = listed(dataSets);

/** Losses of every task. */
export const LOSSES: readonly string[] = [
  ...new Set([...TASKS.flatMap(({ losses }) => losses), ...RANKING_LOSSES]),
];

/** Their options by the section of the configuration. */
export const CHOICE_OPTIONS: Readonly<Record<"method" | "model" | "optimizer", Options>> = {
  method: optionsOf(METHODS),
  model: optionsOf([...MODELS, ...TEXT_MODELS, ...RANKERS]),
  optimizer: optionsOf(OPTIMIZERS),
};

/** The options of tasks. The loss is none of them here, since each task has others. */
export const TASK_OPTIONS: Options = optionsOf(
  TASKS.map(({ name, options: { loss: _, ...rest } }) => ({ name, options: rest })),
);

/**
 * The definition of a name.
 *
 * @throws {RangeError} if there is none.
 */
export function named<D extends Pick<Definition<unknown>, "name">>(
  definitions: readonly D[],
  name: string,
): D {
  const found = definitions.find((definition) => definition.name === name);
  if (found !== undefined) return found;
  const names = definitions.map((definition) => definition.name).join(", ");
  throw new RangeError(`Cannot choose "${name}": there is none of that name; expected ${names}`);
}
