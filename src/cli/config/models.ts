/**
 * How people name a model: `bert`, or with a size that its definition has, `bert:tiny`.
 *
 * @module
 */
import type { Definition } from "../../definitions/definition.ts";
import { ValidationError } from "../deps.ts";
import { MODELS, RANKERS, TEXT_MODELS } from "./choices.ts";
import type { Layer } from "./load.ts";

/** What is known of a model by its name. */
export type NamedModel = Pick<Definition<unknown>, "name" | "options">;

/** All that there is. */
const ALL: readonly NamedModel[] = [...MODELS, ...TEXT_MODELS, ...RANKERS];

/**
 * A layer whose model may have its size behind a colon, as the two values that it stands for. Where a verb has a model of its
 * own, a size alone is one of that.
 *
 * @param usual Name of the model of the verb, if it has one.
 * @throws {ValidationError} if there is no such size, or the layer says another one.
 */
export function withSize(
  layer: Layer,
  models: readonly NamedModel[] = ALL,
  usual?: unknown,
): Layer {
  const given = layer.values.get("model.name");
  if (typeof given !== "string" || models.some(({ name }) => name === given)) return layer;
  const parts = given.split(":");
  const alone = parts.length === 1 && models.find(({ name }) => name === usual);
  const model = alone || models.find(({ name }) => name === parts[0]);
  const size = parts.at(-1) ?? "";
  // What is neither has an error of its own, beside those of other values.
  if (parts.length === 1 && (!alone || sizesOf(alone).length === 0)) return layer;
  if (!model || parts.length > 2 || !sizesOf(model).includes(size)) {
    return refuseModel(given, layer.origin, models);
  }
  const other = layer.values.get("model.size");
  if (other !== undefined && other !== size) {
    throw new ValidationError(
      `Option "--model" (model.name) is "${given}", but --model-size (model.size) is "${other}"; expected one size.`,
    );
  }
  const values = new Map([...layer.values, ["model.name", model.name], ["model.size", size]]);
  return { ...layer, values };
}

/** The error of a model that a verb does not have. */
export function refuseModel(
  given: string,
  origin: string,
  models: readonly NamedModel[] = ALL,
): never {
  const from = origin === "the command line" ? "" : `, from ${origin}`;
  throw new ValidationError(
    `Option "--model" (model.name${from}) is "${given}"; expected ${expectedModels(models)}.`,
  );
}

/** Models by name, those with sizes last: "mlp, bag; or bert, and behind a colon one of tiny, mini". */
export function expectedModels(models: readonly NamedModel[]): string {
  const plain = models.filter((model) => sizesOf(model).length === 0).map(({ name }) => name);
  const sized = models.filter((model) => sizesOf(model).length > 0).map((model) =>
    `${model.name}, and behind a colon one of ${sizesOf(model).join(", ")}`
  );
  return [...plain.length === 0 ? [] : [plain.join(", ")], ...sized].join("; or ");
}

/** Names of the sizes of a model. */
function sizesOf({ options: { size } }: NamedModel): readonly string[] {
  return size?.type === "choice" ? size.choices : [];
}
