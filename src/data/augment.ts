/**
 * Augmentation: the pictures of a training batch are shown a little differently in every epoch. What an example becomes
 * depends on the seed, the epoch and the example alone, never on the batch that it is in.
 *
 * @module
 */
import type { Random } from "../device/random.ts";
import type { ImageShape } from "./dataset.ts";

/** Which pixel of a picture is shown where: at (y, x) the one at (top + y, left + step * x), black outside the picture. */
export interface Placement {
  /** Row of pixels that is shown first. */
  readonly top: number;
  /** Pixel that is shown first in a row. */
  readonly left: number;
  /** 1, or -1 where rows are shown backwards. */
  readonly step: 1 | -1;
}

/** Changes how a picture is shown, at random. Several are applied one after the other. */
export type Augmentation = (placement: Placement, random: Random, image: ImageShape) => Placement;

/** A picture as it is. */
export const AS_IT_IS: Placement = { top: 0, left: 0, step: 1 };

/**
 * Shows a picture of the same size cut from anywhere in the picture with `padding` black pixels around it, before any
 * normalisation, as the usual recipes for CIFAR do (crops: He et al. 2016, section 4.2).
 *
 * @throws {RangeError} if the padding is not a whole number.
 * @example
 * ```ts
 * import { randomCrop, randomFlip } from "@filigree/filigree";
 *
 * const augment = [randomCrop({ padding: 4 }), randomFlip()];
 * console.assert(augment.length === 2);
 * ```
 */
export function randomCrop({ padding = 4 }: { readonly padding?: number } = {}): Augmentation {
  if (!(Number.isInteger(padding) && padding >= 0)) {
    throw new RangeError(`Cannot crop with padding ${padding}: expected a whole number`);
  }
  return ({ top, left, step }, random) => ({
    top: top + random.below(2 * padding + 1) - padding,
    left: left + step * (random.below(2 * padding + 1) - padding),
    step,
  });
}

/**
 * Shows every other picture, on average, mirrored left to right.
 *
 * @example
 * ```ts
 * import { randomFlip } from "@filigree/filigree";
 *
 * const options = { epochs: 5, batchSize: 128, augment: [randomFlip()] }; // for Trainer.fit
 * console.assert(options.augment.length === 1);
 * ```
 */
export function randomFlip(): Augmentation {
  return (placement, random, { width }) => {
    if (random.below(2) === 0) return placement;
    const { top, left, step } = placement;
    return { top, left: left + step * (width - 1), step: step === 1 ? -1 : 1 };
  };
}

/**
 * How augmentations, one after the other, show a picture.
 *
 * @throws {RangeError} if one of them gives no whole pixels.
 */
export function shownBy(
  augment: readonly Augmentation[],
  random: Random,
  image: ImageShape,
): Placement {
  return augment.reduce((shown, change, i) => {
    const next = change(shown, random, image);
    const { top, left, step } = next;
    if (Number.isSafeInteger(top) && Number.isSafeInteger(left) && Math.abs(step) === 1) {
      return next;
    }
    throw new RangeError(
      `Cannot augment a picture: augmentation ${i} gives top ${top}, left ${left} and step ${step}; ` +
        "expected whole numbers, and 1 or -1",
    );
  }, AS_IT_IS);
}

/**
 * Writes a picture, seen through a placement, to one column of a batch: `target[i * columns + column]`.
 *
 * @param numberOf What a stored value becomes as a feature, numbered as the picture is shown.
 */
export function place(
  source: Uint8Array | Float32Array,
  first: number,
  { channels, height, width }: ImageShape,
  { top, left, step }: Placement,
  numberOf: (value: number, feature: number) => number,
  target: Float32Array | Uint8Array,
  column: number,
  columns: number,
): void {
  let at = column, feature = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = 0; y < height; y++) {
      const from = top + y;
      const row = first + (channel * height + from) * width;
      const inside = from >= 0 && from < height;
      for (let x = 0; x < width; x++, at += columns, feature++) {
        const pixel = left + step * x;
        const seen = inside && pixel >= 0 && pixel < width;
        target[at] = numberOf(seen ? source[row + pixel] : 0, feature);
      }
    }
  }
}
