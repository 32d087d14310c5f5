/**
 * Groups of parameters as the configuration writes them: `head learningRate=0.01 weightDecay=0`.
 *
 * @module
 */
import { requireValues, type ValuesOf } from "../definitions/option.ts";
import { leafOf } from "./config/leaves.ts";
import { parseText } from "./config/load.ts";
import { type Config, OPTIMIZER } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";
import { asWrongUse } from "./patterns.ts";

const { learningRate, schedule, weightDecay, decayAll } = OPTIMIZER;

/** What a group may have of its own. */
const OPTIONS = { learningRate, schedule, weightDecay, decayAll } as const;

/** A group of parameters, and what it has of its own. */
export interface WrittenGroup {
  /** Which parameters: a path, or a pattern of paths. */
  readonly parameters: string;
  /** What they have of their own. */
  readonly own: ValuesOf<typeof OPTIONS>;
}

/**
 * The groups of a configuration.
 *
 * @throws {ValidationError} if one is not a path and what its parameters have of their own.
 */
export function groupsIn({ optimizer: { groups } }: Config): WrittenGroup[] {
  return groups.map((text) => {
    const [parameters, ...settings] = text.trim().split(/\s+/);
    const own: Record<string, unknown> = {};
    for (const setting of settings) {
      const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(setting) ?? [];
      const leaf = Object.hasOwn(OPTIONS, key) ? leafOf(`optimizer.${key}`) : undefined;
      if (leaf === undefined) wrong(text);
      own[key] = parseText(leaf, value, `--groups "${text}"`);
    }
    if (settings.length === 0) wrong(text);
    return asWrongUse(() => {
      requireValues(`the group "${parameters}"`, OPTIONS, own);
      return { parameters, own };
    });
  });
}

function wrong(text: string): never {
  throw new ValidationError(
    `Option "--groups" (optimizer.groups) has "${text}"; expected the path of parameters and any of ` +
      `${Object.keys(OPTIONS).join(", ")}, such as "head learningRate=0.01".`,
  );
}
