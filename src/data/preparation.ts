/**
 * What was done to the features of the examples that a model was trained with. It belongs to the model: whoever reads
 * examples for it later does the same.
 *
 * @module
 */
import {
  type Dataset,
  type Examples,
  featureScale,
  type ImageShape,
  type Normalization,
  normalizationsOf,
} from "./dataset.ts";

/** How stored examples become what a model reads: feature x of part i becomes `(scale x - mean[i]) / deviation[i]`. */
export interface Preparation {
  /** Features of an example. */
  readonly inputs: number;
  /** Factor that makes stored features numbers: 1/255 for bytes, 1 for floats. */
  readonly scale: number;
  /** One for all features, or one for each channel of the image. */
  readonly normalization: readonly Normalization[];
  /** What an example is a picture of, if it is one. */
  readonly image?: ImageShape;
  /** What is to be learnt. */
  readonly target: TargetKind;
}

/** What is to be learnt of an example: a class, or numbers. */
export type TargetKind =
  | { readonly kind: "class"; readonly classes: number }
  | { readonly kind: "numbers"; readonly outputs: number };

/** Numbers that a model gives for an example: one for each class, or the numbers themselves. */
export function outputsOf(target: TargetKind): number {
  return target.kind === "class" ? target.classes : target.outputs;
}

/** What training with a data set does to its features. */
export function preparationOf(data: Dataset): Preparation {
  const { inputs, image } = data;
  return {
    inputs,
    scale: featureScale(data),
    normalization: normalizationsOf(data),
    ...(image === undefined ? {} : { image }),
    target: "labels" in data
      ? { kind: "class", classes: data.classes }
      : { kind: "numbers", outputs: data.outputs },
  };
}

/**
 * The same examples as a trained model reads them: with the normalization of its training, whatever their own is.
 *
 * @throws {RangeError} if they have other features, pictures of another size, or bytes where the training had floats.
 */
export function prepareLike<D extends Examples>(data: D, preparation: Preparation): D {
  const { inputs, image, scale, normalization } = preparation;
  const refuse = (is: string, expected: string): never => {
    throw new RangeError(
      `Cannot use the examples with this model: ${is}; expected ${expected}, as it was trained`,
    );
  };
  if (data.image !== undefined && image !== undefined && sizeOf(data.image) !== sizeOf(image)) {
    refuse(`their pictures are ${sizeOf(data.image)}`, `pictures of ${sizeOf(image)}`);
  }
  if (data.inputs !== inputs) refuse(`they have ${data.inputs} features`, `${inputs} features`);
  if (data.features instanceof Uint8Array && scale === 1) {
    refuse("their features are bytes", "floats");
  }
  const [first] = normalization;
  return {
    ...data,
    normalization: normalization.length === 1 ? first : normalization,
    ...(image === undefined ? {} : { image }),
  };
}

function sizeOf({ channels, height, width }: ImageShape): string {
  return `${channels} x ${height} x ${width}`;
}
