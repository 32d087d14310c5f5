/**
 * Groups of parameters as the configuration writes them: `head learningRate=0.01 weightDecay=0`.
 *
 * @module
 */
import { type Options, requireValues, type Values, type ValuesOf } from "../definitions/option.ts";
import { named, OPTIMIZERS } from "./config/choices.ts";
import { leafOf } from "./config/leaves.ts";
import { parseText } from "./config/load.ts";
import { type Config, OPTIMIZER } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";
import { asWrongUse } from "./patterns.ts";

const { learningRate, schedule, weightDecay, decayAll } = OPTIMIZER;

/** What a group may have of its own, whatever the optimizer; beside it, what the optimizer of the configuration has as options. */
const COMMON = { learningRate, schedule, weightDecay, decayAll } as const;

/** A group of parameters, and what it has of its own. */
export interface WrittenGroup {
  /** Which parameters: a path, or a pattern of paths. */
  readonly parameters: string;
  /** What they have of their own. */
  readonly own: ValuesOf<typeof COMMON> & Values;
}

/**
 * The groups of a configuration.
 *
 * @throws {ValidationError} if one is not a path and what its parameters have of their own.
 */
export function groupsIn({ optimizer: { name, groups } }: Config): WrittenGroup[] {
  const options: Options = { ...COMMON, ...named(OPTIMIZERS, name).options };
  return groups.map((text) => {
    const [parameters, ...settings] = text.trim().split(/\s+/);
    const own: Record<string, unknown> = {};
    for (const setting of settings) {
      const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(setting) ?? [];
      const leaf = Object.hasOwn(options, key) ? leafOf(`optimizer.${key}`) : undefined;
      if (leaf === undefined) wrong(text, options);
      own[key] = parseText(leaf, value, `--groups "${text}"`);
    }
    if (settings.length === 0) wrong(text, options);
    return asWrongUse(() => {
      requireValues(`the group "${parameters}"`, options, own);
      return { parameters, own };
    });
  });
}

function wrong(text: string, options: Options): never {
  throw new ValidationError(
    `Option "--groups" (optimizer.groups) has "${text}"; expected the path of parameters and any of ` +
      `${Object.keys(options).join(", ")}, such as "head learningRate=0.01".`,
  );
}
