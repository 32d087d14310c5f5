/**
 * What was done to the features of the examples that a model was trained with. It belongs to the model: whoever reads
 * examples for it later does the same.
 *
 * @module
 */
import {
  type ClassDataset,
  type Dataset,
  type Examples,
  featureColumns,
  featureScale,
  type ImageShape,
  type Normalization,
  normalizationsOf,
  type TableColumns,
  type TargetDataset,
} from "./dataset.ts";

/** How stored examples become what a model reads: feature x of part i becomes `(scale x - mean[i]) / deviation[i]`. */
export interface Preparation {
  /** Features of an example. */
  readonly inputs: number;
  /** Factor that makes stored features numbers: 1/255 for bytes, 1 for floats. */
  readonly scale: number;
  /** One for all features, one for each channel of the image, or one for each feature. */
  readonly normalization: readonly Normalization[];
  /** What an example is a picture of, if it is one. */
  readonly image?: ImageShape;
  /** The columns of the table that the examples were rows of, if they came from one. */
  readonly table?: TableColumns;
  /** What is to be learnt. */
  readonly target: TargetKind;
}

/** What was done to the raw data of a source that has no features, in its own words: plain data. */
export interface OtherPreparation {
  /** What the words are: the kind of the source, such as `"text"`. */
  readonly kind: string;
  /** Numbers of an example that a model reads, where that is a number of them. */
  readonly inputs?: number;
  /** What is to be learnt, where that is one of these kinds. */
  readonly target?: TargetKind;
  /** Everything else. */
  readonly [name: string]: unknown;
}

/** What was done to the raw data of a source. */
export type SourcePreparation = Preparation | OtherPreparation;

/** What has to be known of examples to make a model for them. */
export interface ExampleKind {
  /** Numbers of an example that a model reads. */
  readonly inputs: number;
  /** What is to be learnt. */
  readonly target: TargetKind;
  /** What an example is a picture of, if it is one. */
  readonly image?: ImageShape;
  /** What the numbers are below, where they are tokens. */
  readonly vocabulary?: number;
}

/** Whether a preparation is that of features. */
export function isOfFeatures(preparation: SourcePreparation): preparation is Preparation {
  return !("kind" in preparation);
}

/** @throws {RangeError} if a preparation is of something else than features. */
export function ofFeatures(preparation: SourcePreparation): Preparation {
  if (isOfFeatures(preparation)) return preparation;
  return refuse("they have features", `data of the kind "${preparation.kind}"`);
}

/** What is to be learnt of an example: a class, numbers, or which of several labels apply. */
export type TargetKind =
  | { readonly kind: "class"; readonly classes: number; readonly names?: readonly string[] }
  | { readonly kind: "numbers" | "multi-label"; readonly outputs: number };

/**
 * Numbers that a model gives for an example: one for each class, for each number to predict, or for each label.
 *
 * @example
 * ```ts
 * import { outputsOf } from "@filigree/filigree";
 *
 * console.assert(outputsOf({ kind: "class", classes: 10 }) === 10);
 * console.assert(outputsOf({ kind: "numbers", outputs: 2 }) === 2);
 * ```
 */
export function outputsOf(target: TargetKind): number {
  return target.kind === "class" ? target.classes : target.outputs;
}

/**
 * What training with a data set does to its features.
 *
 * @example
 * ```ts
 * import { preparationOf } from "@filigree/filigree";
 *
 * const features = Uint8Array.of(0, 51, 102, 255);
 * const data = { features, labels: Uint8Array.of(0, 1), examples: 2, inputs: 2, classes: 2 };
 * const { scale, target } = preparationOf({ ...data, normalization: { mean: 0.4, deviation: 0.2 } });
 * console.assert(scale === 1 / 255 && target.kind === "class");
 * ```
 */
export function preparationOf(data: Dataset): Preparation {
  const { inputs, image, table } = data;
  return {
    inputs,
    scale: featureScale(data),
    normalization: normalizationsOf(data),
    ...(image === undefined ? {} : { image }),
    ...(table === undefined ? {} : { table }),
    target: targetOf(data),
  };
}

/** Names of the tasks that learn each kind of target; see `TASKS`. */
const TASK_NAMES: Readonly<Record<TargetKind["kind"], string>> = {
  class: "class",
  numbers: "regression",
  "multi-label": "multi-label",
};

/** The name of the task that learns a kind of target. */
export function taskNameOf({ kind }: Pick<TargetKind, "kind">): string {
  return TASK_NAMES[kind];
}

/** What is to be learnt of a data set. */
export function targetOf(data: Dataset): TargetKind {
  if ("labels" in data) {
    const { classes, classNames: names } = data;
    return { kind: "class", classes, ...(names === undefined ? {} : { names }) };
  }
  const { outputs, multiLabel } = data;
  return { kind: multiLabel === true ? "multi-label" : "numbers", outputs };
}

/**
 * The same examples as a trained model reads them: with the normalization of its training, whatever their own is, and its
 * numbers for the classes. Classes are matched by name where both have names; where only one has, a number and the name that
 * is written like it are the same class.
 *
 * @throws {RangeError} if they have other features, pictures of another size, bytes where the training had floats, or
 * something else to be learnt: another kind of it, or a class that the model does not know; if the training had no features.
 * @example
 * ```ts
 * import { preparationOf, prepareLike } from "@filigree/filigree";
 *
 * const labels = Uint8Array.of(0, 1);
 * const train = { features: Uint8Array.of(10, 250), labels, examples: 2, inputs: 1, classes: 2 };
 * const preparation = preparationOf({ ...train, normalization: { mean: 0.5, deviation: 0.25 } });
 * const other = { features: Uint8Array.of(20, 90), examples: 2, inputs: 1 };
 * const [{ mean }] = prepareLike(other, preparation).normalization;
 * console.assert(mean === 0.5);
 * ```
 */
export function prepareLike<D extends Examples>(
  data: D,
  preparation: SourcePreparation,
): D & { readonly normalization: readonly Normalization[] } {
  const { inputs, image, scale, normalization, target, table } = ofFeatures(preparation);
  if (data.image !== undefined && image !== undefined && sizeOf(data.image) !== sizeOf(image)) {
    refuse(`their pictures are ${sizeOf(data.image)}`, `pictures of ${sizeOf(image)}`);
  }
  if (data.inputs !== inputs) refuse(`they have ${data.inputs} features`, `${inputs} features`);
  if (data.features instanceof Uint8Array && scale === 1) {
    refuse("their features are bytes", "floats");
  }
  if (data.table !== undefined && table !== undefined) {
    requireColumns(data.table, table, isClassDataset(data) || isTargetDataset(data));
  }
  const classes = isClassDataset(data) ? relabelled(data, target) : requireTargets(data, target);
  return { ...data, ...classes, normalization, ...(image === undefined ? {} : { image }) };
}

/** Columns of tables are the same where they have the same names, if both tables have any: features, and what is `learnt`. */
function requireColumns(own: TableColumns, trained: TableColumns, learnt: boolean): void {
  const names = (table: TableColumns): readonly string[] | undefined =>
    table.names === undefined ? undefined : [
      ...featureColumns(table),
      ...(learnt ? table.targets : []),
    ].map((column) => table.names?.[column] ?? "");
  const [found, expected] = [names(own), names(trained)];
  const wrong = expected?.findIndex((name, i) => found !== undefined && found[i] !== name) ?? -1;
  if (wrong < 0 || found === undefined || expected === undefined) return;
  const column = own.names?.indexOf(found[wrong]) ?? wrong;
  refuse(
    `their column ${column + 1} is ${JSON.stringify(found[wrong])}`,
    JSON.stringify(expected[wrong]),
  );
}

/** The class numbers of the model for the classes of a data set. */
function relabelled(
  { labels, classes, classNames }: ClassDataset,
  target: TargetKind,
): Pick<ClassDataset, "labels" | "classes" | "classNames"> {
  if (target.kind !== "class") return refuse("they have classes", describe(target));
  const known = namesOf(target.names, target.classes);
  const own = namesOf(classNames, classes);
  const names = target.names === undefined ? {} : { classNames: target.names };
  if (target.names === undefined && classNames === undefined) {
    const wrong = labels.findIndex((label) => label >= target.classes);
    if (wrong >= 0) {
      refuse(
        `the label of example ${wrong} is ${labels[wrong]}`,
        `classes below ${target.classes}`,
      );
    }
    return { labels, classes: target.classes };
  }
  const numbers = new Map(known.map((name, i) => [name, i]));
  const changed = new Uint32Array(labels.length);
  for (const [example, label] of labels.entries()) {
    const number = numbers.get(own[label]);
    if (number === undefined) {
      return refuse(
        `the class of example ${example} is ${JSON.stringify(own[label])}`,
        `one of ${shortened(known)}`,
      );
    }
    changed[example] = number;
  }
  return { labels: changed, classes: target.classes, ...names };
}

/** What the classes are called; a class without a name by its number. */
function namesOf(names: readonly string[] | undefined, classes: number): readonly string[] {
  return names ?? Array.from({ length: classes }, (_, i) => String(i));
}

function requireTargets(data: Examples, target: TargetKind): object {
  if (!isTargetDataset(data)) return {};
  if (target.kind === "class") refuse(`they have ${data.outputs} targets`, describe(target));
  if (data.outputs !== outputsOf(target)) {
    refuse(`they have ${data.outputs} targets`, describe(target));
  }
  return { multiLabel: target.kind === "multi-label" };
}

function isClassDataset(data: Examples | ClassDataset): data is ClassDataset {
  return "labels" in data;
}

function isTargetDataset(data: Examples | TargetDataset): data is TargetDataset {
  return "targets" in data;
}

function describe(target: TargetKind): string {
  switch (target.kind) {
    case "class":
      return `${target.classes} classes`;
    case "numbers":
      return `${target.outputs} numbers to predict`;
    case "multi-label":
      return `${target.outputs} labels that apply or not`;
  }
}

/** The first of many names. */
function shortened(names: readonly string[]): string {
  const most = 10;
  const shown = names.slice(0, most).map((name) => JSON.stringify(name)).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} others` : shown;
}

function refuse(is: string, expected: string): never {
  throw new RangeError(
    `Cannot use the examples with this model: ${is}; expected ${expected}, as it was trained`,
  );
}

function sizeOf({ channels, height, width }: ImageShape): string {
  return `${channels} x ${height} x ${width}`;
}
