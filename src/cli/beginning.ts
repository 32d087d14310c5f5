/**
 * The configuration of a training, where what it begins with says a part of it: the patterns of a fine-tuning are those of its
 * encoder.
 *
 * @module
 */
import { isEncoder, isRanker, isTyped, refuse } from "./applicable.ts";
import { NO_METHOD } from "./config/choices.ts";
import { type Layer, type Resolved, resolveLayers, type Usual } from "./config/load.ts";
import { PATTERN_KEYS } from "./config/pattern.ts";
import { readRun } from "./runs.ts";
import { isForeign } from "./start.ts";

/**
 * The configuration that layers give, later ones over earlier ones.
 *
 * @param usual What the verb has of its own.
 * @throws {ValidationError} as {@linkcode resolveLayers} does, and if patterns are asked for that the encoder does not have.
 * @throws {CheckpointError} if what it begins with cannot be read.
 */
export async function resolveTraining(
  layers: readonly Layer[],
  usual: Usual = {},
): Promise<Resolved> {
  const resolved = resolveLayers(layers, usual);
  const { config } = resolved;
  const { from } = config.model;
  // A model of very many labels has an encoder in it that may begin so.
  if (from === undefined || isRanker(config)) return resolved;
  const path = String(from);
  const origin = resolved.origins.get("model.from");
  const named = usual.values?.get("model.from");
  if (named !== undefined && origin !== undefined) {
    // A file may be that of another fine-tuning.
    return await resolveTraining(layers.map(withoutStart), usual);
  }
  if (isTyped(origin) || usual.anew === true) {
    refuse(
      "model.from",
      `does not apply to a training that begins anew: \`filigree finetune ${path} --data FILE\` makes a classifier of it, ` +
        `and \`filigree resume ${path}\` goes on with a run`,
      origin,
    );
  }
  if (!isEncoder(config)) return resolved;
  const own = await isForeign(path) ? foreign(resolved) : await ofRun(path, resolved);
  const values = new Map([...usual.values ?? [], ...own]);
  return resolveLayers(layers, { ...usual, values });
}

function withoutStart({ origin, values }: Layer): Layer {
  return { origin, values: new Map([...values].filter(([key]) => key !== "model.from")) };
}

/** A dense encoder of others stays dense, unless a pattern is asked for. */
function foreign({ origins }: Resolved): [string, unknown][] {
  return ["pattern.name", "pattern.sparsity", "pattern.layers", "method.name"].some((key) =>
      origins.has(key)
    )
    ? [["pattern.name", "block-16"], ["pattern.sparsity", 0.9], ["method.name", "static"]]
    : [["pattern.name", "dense"], ["method.name", NO_METHOD]];
}

/** The patterns of a run are those that it has; a method may change them. */
async function ofRun(path: string, resolved: Resolved): Promise<[string, unknown][]> {
  const { config: { pattern, method } } = await readRun(path);
  const values = new Map<string, unknown>(
    Object.entries(pattern).map(([name, value]) => [`pattern.${name}`, value]),
  );
  const asked = new Map<string, unknown>(
    Object.entries(resolved.config.pattern).map(([name, value]) => [`pattern.${name}`, value]),
  );
  for (const key of PATTERN_KEYS) {
    const origin = resolved.origins.get(key);
    // A file may say what is so anyway.
    if (
      origin === undefined || !isTyped(origin) && String(asked.get(key)) === String(values.get(key))
    ) continue;
    refuse(
      key,
      `does not apply: the patterns are those of "${path}"; --method may rewire them. A pattern is asked for where the ` +
        "encoder is a folder of Hugging Face",
      origin,
    );
  }
  const dense = method.name === NO_METHOD || pattern.name === "dense";
  return [...values, ["method.name", dense ? NO_METHOD : "static"]];
}
