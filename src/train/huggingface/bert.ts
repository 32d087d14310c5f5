/**
 * A BERT on the host: its parameters by the ways to them, and its sizes, out of a checkpoint whose names are those of
 * `names.ts`.
 *
 * @module
 */
import type { SourcePreparation } from "../../data/preparation.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { modelIn } from "../description.ts";
import { CheckpointError } from "../errors.ts";
import type { BertConfig } from "./config.ts";
import { bertNames, layersIn, POSITIONS } from "./names.ts";
import { firstOf, type StoredParameters, storedParameters } from "./parameters.ts";

/** The parameters of a BERT by the ways to them. */
export type BertParameters = StoredParameters;

/** A BERT. */
export interface StoredBert {
  /** Its sizes. */
  readonly config: BertConfig;
  /** Its parameters. */
  readonly parameters: BertParameters;
}

/**
 * The BERT of a checkpoint.
 *
 * @param preparation How its examples are prepared: it has the names of the classes, of a model that says classes of texts.
 * @throws {CheckpointError} if the model is no BERT: a parameter is missing, or there is another one.
 */
export function bertIn(checkpoint: Checkpoint, preparation?: SourcePreparation): StoredBert {
  const parameters = storedParameters(checkpoint);
  const config = configOf(checkpoint, parameters, preparation);
  requireNames(checkpoint, parameters, config);
  return { config, parameters };
}

/** Sizes as the arrays have them, and what the modules say of themselves. */
function configOf(
  checkpoint: Checkpoint,
  { weights }: BertParameters,
  preparation: SourcePreparation | undefined,
): BertConfig {
  const shapeOf = (way: string): [number, number] => {
    const rows = weights.get(way);
    return rows === undefined
      ? refuse(checkpoint, `it has no "${way}"`)
      : [rows.begin.length - 1, rows.inputs];
  };
  const tree = modelIn(checkpoint);
  const found = (kind: string, setting: string): unknown =>
    tree === undefined ? undefined : firstOf(tree, kind)?.settings?.[setting];
  const said = (kind: string, setting: string): number =>
    Number(found(kind, setting) ?? refuse(checkpoint, `no ${kind} says its ${setting}`));
  const [vocabulary, features] = shapeOf("embeddings.words.weight");
  return {
    vocabulary,
    features,
    layers: layersIn(weights.keys()),
    heads: said("attention", "heads"),
    intermediate: shapeOf("encoder.layer0.intermediate.weight")[0],
    positions: shapeOf(POSITIONS)[1],
    segments: shapeOf("embeddings.segments.weight")[0],
    // A transformer block has that of the error function, unless a layer says otherwise.
    gelu: found("gelu", "form") === "tanh" ? "tanh" : "erf",
    epsilon: said("layerNorm", "epsilon"),
    // Where no module says it, nothing is dropped.
    dropout: Number(found("attention", "dropout") ?? 0),
    ...(weights.has("classifier.weight")
      ? { classes: namesOf(preparation, shapeOf("classifier.weight")[0]) }
      : {}),
  };
}

function namesOf(preparation: SourcePreparation | undefined, classes: number): readonly string[] {
  const target = preparation?.target;
  const names = target?.kind === "class" ? target.names : undefined;
  return names ?? Array.from({ length: classes }, (_, i) => String(i));
}

/** Refuses a model with a parameter that BERT does not have, or without one that it has. */
function requireNames(
  checkpoint: Checkpoint,
  { weights, vectors }: BertParameters,
  { layers, classes }: BertConfig,
): void {
  const found = new Set([...weights.keys(), ...vectors.keys()]);
  const heads = classes === undefined ? /^classifier\./ : /^(masked|next)\./;
  const expected = bertNames(layers).map(([here]) => here).filter((way) => !heads.test(way));
  const missing = expected.find((way) => !found.has(way));
  if (missing !== undefined) refuse(checkpoint, `it has no "${missing}"`);
  const known = new Set(expected);
  const stranger = [...found].find((way) => !known.has(way));
  if (stranger !== undefined) refuse(checkpoint, `it has a "${stranger}"`);
}

function refuse({ path }: Checkpoint, why: string): never {
  throw new CheckpointError(
    path,
    `${why}; expected a BERT, which alone is exported for Hugging Face`,
  );
}
