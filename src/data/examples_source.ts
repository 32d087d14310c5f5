/**
 * Examples in memory as a source of batches: features, and a class or targets.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { type Augmentation, shownBy } from "./augment.ts";
import { Batcher, featuresOf, requirePictures } from "./batcher.ts";
import { checkDataset, checkExamples } from "./check.ts";
import type { Dataset, Examples, ImageShape } from "./dataset.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { requireMixable } from "./mixup.ts";
import { byteTableOf } from "./packed.ts";
import {
  isOfFeatures,
  ofFeatures,
  preparationOf,
  prepareLike,
  type SourcePreparation,
  targetOf,
  taskNameOf,
} from "./preparation.ts";
import {
  type ArraySpec,
  type Batch,
  chosenIn,
  type EpochOptions,
  isSource,
  type MemorySource,
  packedOf,
  type Source,
} from "./source.ts";

/** Names of the arrays of examples with what is to be learnt of them. */
export type ExampleName = "features" | "target";

/** Options of {@linkcode sourceOf}. */
export interface SourceOptions {
  /** How pictures are changed, in order; not at all by default. */
  readonly augment?: readonly Augmentation[];
  /**
   * Mixes examples of classes (Zhang et al., ICLR 2018): each becomes `share x + (1 - share) y` of itself and of any other one,
   * pictures after they were augmented, with a share of Beta(mixup, mixup), anew in every epoch; its target becomes the shares of
   * the classes. 0.2 is usual, 0.8 for vision transformers; not at all by default.
   */
  readonly mixup?: number;
}

/** The sizes of examples. */
export interface ExampleSizes {
  /** Features of an example. */
  readonly inputs: number;
  /** Numbers to predict for an example; absent where classes are. */
  readonly outputs?: number;
  /** Whether these say which of several labels apply. */
  readonly multiLabel?: boolean;
  /** Number of classes, where it is known. */
  readonly classes?: number;
  /** What bytes of features stand for, where they stay bytes up to the device. */
  readonly bytes?: Float32Array | undefined;
}

/** What batches of examples of these sizes consist of, and the name of the task that they are for. */
export function exampleArrays(
  { inputs, outputs, multiLabel = false, classes, bytes }: ExampleSizes,
  { mixup }: Pick<SourceOptions, "mixup"> = {},
): { readonly inputs: Readonly<Record<ExampleName, ArraySpec>>; readonly task: string } {
  const stored = bytes === undefined ? {} : { bytes };
  const features: ArraySpec = { shape: [inputs], type: "f32", ...stored };
  if (outputs !== undefined) {
    const kind = multiLabel ? "multi-label" : "numbers";
    const target: ArraySpec = { shape: [outputs], type: "f32" };
    return { inputs: { features, target }, task: taskNameOf({ kind }) };
  }
  const below = classes === undefined ? {} : { below: classes };
  const target: ArraySpec = mixup === undefined || classes === undefined
    ? { shape: [1], type: "u32", ...below }
    : { shape: [classes], type: "f32" };
  return { inputs: { features, target }, task: taskNameOf({ kind: "class" }) };
}

/**
 * A data set as a source of `features` and a `target`: class numbers `[1]`, shares of classes `[classes]` where examples are
 * mixed, or numbers `[outputs]`.
 *
 * @throws {TypeError} if an array is of another kind than a data set takes.
 * @throws {RangeError} if the parts of the data do not fit each other, there is something to augment and no image, or something
 * to mix and no classes.
 * @example
 * ```ts
 * import { sourceOf } from "@filigree/filigree";
 *
 * const features = Float32Array.from({ length: 12 }, (_, i) => i);
 * const data = { features, labels: Uint8Array.of(0, 1, 2), examples: 3, inputs: 4, classes: 3 };
 * const source = sourceOf(data);
 * console.assert(source.inputs.features.shape[0] === 4 && source.inputs.target.type === "u32");
 * ```
 */
export function sourceOf(
  data: Dataset,
  options: SourceOptions = {},
): MemorySource<ExampleName> {
  return batchesOf(data, options, false);
}

/** What batches of a data set consist of where features that are bytes stay bytes, as far as they can: not those that are mixed. */
export function packedArrays(
  data: Dataset,
  { augment = [], mixup }: SourceOptions = {},
): ReturnType<typeof exampleArrays> {
  if (mixup !== undefined) return exampleArrays(data, { mixup });
  return exampleArrays({ ...data, bytes: byteTableOf(data, augment.length > 0) });
}

/** See {@linkcode sourceOf}; with features as {@linkcode packedArrays} says, if they are wanted so. */
function batchesOf(
  data: Dataset,
  options: SourceOptions,
  wanted: boolean,
): MemorySource<ExampleName> {
  const { augment = [], mixup } = options;
  checkDataset(data);
  requirePictures(data, augment);
  if (mixup !== undefined) requireMixable(data, mixup);
  const arrays = wanted ? packedArrays(data, options) : exampleArrays(data, options);
  const packed = arrays.inputs.features.bytes !== undefined;
  return {
    ...arrays,
    examples: data.examples,
    preparation: preparationOf(data),
    terms: {
      "the augmentation": JSON.stringify(shownIn(augment, data.image)),
      ...(mixup === undefined ? {} : { "the mixup": String(mixup) }),
    },
    finite: true,
    fingerprint: () => fingerprintOf(data),
    epoch: (number, { skip = 0, ...how }) =>
      new Batcher(data, { ...how, ...options, packed }).epoch(number, skip),
    like: (preparation) => batchesOf(prepareLike(data, ofFeatures(preparation)), options, wanted),
    outside: (name, least, most) =>
      name === "target" && mixup === undefined ? outside(data, least, most) : undefined,
  };
}

/**
 * Examples without what they are in truth, as a source of `features`, which stay bytes if they are some.
 *
 * @param preparation What they are prepared like, once a model was trained.
 * @throws {RangeError} if the features do not fit what is said of them, or the preparation.
 */
export function examplesSource(
  examples: Examples,
  preparation?: SourcePreparation,
): MemorySource<"features"> {
  const trained = preparation === undefined ? undefined : ofFeatures(preparation);
  const bare = unlabelled(examples);
  const data = trained === undefined ? bare : prepareLike(bare, trained);
  checkExamples(data);
  // What is learnt of them is not known where nothing was: classes are the usual.
  const nothing = { ...data, labels: new Uint8Array(0), classes: 1 };
  const target = trained?.target ?? targetOf(nothing);
  const { features } = packedArrays(nothing).inputs;
  const packed = features.bytes !== undefined;
  return {
    inputs: { features },
    examples: data.examples,
    preparation: trained ?? preparationOf(nothing),
    task: taskNameOf(target),
    finite: true,
    fingerprint: () => fingerprintOf(nothing),
    epoch: (number, options) => featureBatches(data, number, { ...options, packed }),
    like: (other) => examplesSource(examples, other),
  };
}

/**
 * What somebody hands over to train with, as a source. Features stay bytes if they are some.
 *
 * @throws {RangeError} if a source shall be augmented or mixed, which it does itself.
 */
export function sourceIn(
  data: Dataset | Source,
  { augment = [], mixup }: SourceOptions = {},
): Source {
  const options = { augment, ...(mixup === undefined ? {} : { mixup }) };
  if (!isSource(data)) return batchesOf(data, options, true);
  if (augment.length === 0 && mixup === undefined) return packedOf(data);
  throw new RangeError(
    "Cannot augment the batches of a source: expected a data set, or a source that augments or mixes its examples itself",
  );
}

/** The same, prepared as the examples of a training were, if there was one. */
export function preparedLike(
  data: Dataset | Source,
  preparation: SourcePreparation | undefined,
): Source {
  const source = sourceIn(data);
  return preparation === undefined ? source : source.like?.(preparation) ?? source;
}

/** What somebody hands over to predict from, as a source: what the examples are in truth is not looked at. */
export function questionsIn(
  given: Examples | Examples["features"] | Source,
  preparation: SourcePreparation | undefined,
): Source {
  if (isSource(given)) return preparedLike(given, preparation);
  const examples = "features" in given ? given : examplesOfFeatures(given, preparation);
  return examplesSource(examples, preparation);
}

/** Examples of which only the features are given. */
function examplesOfFeatures(
  features: Examples["features"],
  preparation: SourcePreparation | undefined,
): Examples {
  const inputs = preparation !== undefined && isOfFeatures(preparation)
    ? preparation.inputs
    : undefined;
  if (inputs !== undefined && features.length > 0 && features.length % inputs === 0) {
    return { features, inputs, examples: features.length / inputs };
  }
  throw new RangeError(
    `Cannot predict from an array of ${features.length} features: expected a multiple of the ${
      inputs ?? "inputs"
    } that the model was trained with, or { features, examples, inputs }`,
  );
}

function* featureBatches(
  data: Examples,
  number: number,
  options: EpochOptions & { readonly packed: boolean },
): Generator<Batch<"features">, void, undefined> {
  const columns = featuresOf(data, options);
  for (const chosen of chosenIn(data.examples, number, options)) {
    yield { arrays: { features: columns.fill(chosen, number) }, examples: chosen.length };
  }
}

/** Examples without what they are in truth: a data set may come with it. */
function unlabelled(
  { features, examples, inputs, image, normalization, table }: Examples,
): Examples {
  return {
    ...{ features, examples, inputs },
    ...(image === undefined ? {} : { image }),
    ...(normalization === undefined ? {} : { normalization }),
    ...(table === undefined ? {} : { table }),
  };
}

/** The first label or target that lies outside of a range. */
function outside(
  data: Dataset,
  least: number,
  most: number,
): { what: string; value: number } | undefined {
  const [values, width] = "labels" in data ? [data.labels, 1] : [data.targets, data.outputs];
  const wrong = values.findIndex((value) => !(value >= least && value <= most));
  if (wrong < 0) return undefined;
  const what = "labels" in data ? "the label" : `target ${wrong % width}`;
  return { what: `${what} of example ${Math.floor(wrong / width)}`, value: values[wrong] };
}

/** Examples that are looked at to tell augmentations apart. */
const SAMPLES = 8;

/** How pictures are shown, of a few examples: augmentations are functions, which tell nothing else of themselves. */
export function shownIn(
  augment: readonly Augmentation[],
  image: ImageShape | undefined,
): readonly (readonly number[])[] {
  if (image === undefined || augment.length === 0) return [];
  return Array.from({ length: SAMPLES }, (_, sample) => {
    const random = new Random({ seed: 0, use: "noise", stream: sample });
    const { top, left, step } = shownBy(augment, random, image);
    return [augment.length, top, left, step];
  });
}
