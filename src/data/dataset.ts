/**
 * What a data set is: one row of features and one class number per example, in host memory.
 *
 * @module
 */

/** Labelled examples. */
export interface Dataset {
  /**
   * `[examples, inputs]`, row-major. Bytes stand for numbers from 0 to 1 (the byte over 255);
   * floats stand for themselves.
   */
  readonly features: Uint8Array | Float32Array;
  /** `[examples]`: class numbers below `classes`. */
  readonly labels: Uint8Array | Uint16Array | Uint32Array;
  /** Number of examples. */
  readonly examples: number;
  /** Features of an example. */
  readonly inputs: number;
  /** Number of classes. */
  readonly classes: number;
  /** What an example is a picture of: its features are the rows of pixels of the first channel, then those of the next. */
  readonly image?: ImageShape;
  /** What the features become, after bytes were scaled, on their way to the device; themselves by default. One for all, or one for each channel of the image. */
  readonly normalization?: Normalization | readonly Normalization[];
}

/** The size of a picture. */
export interface ImageShape {
  /** Numbers of a pixel. */
  readonly channels: number;
  /** Rows of pixels. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
}

/** Turns a feature x into `(x - mean) / deviation`. */
export interface Normalization {
  /** Subtracted first. */
  readonly mean: number;
  /** Divided by afterwards; above 0. */
  readonly deviation: number;
}

/** A data set that comes in two parts. */
export interface SplitDataset {
  /** Examples to train with. */
  readonly train: Dataset;
  /** Examples to test with; same inputs, classes and normalization. */
  readonly test: Dataset;
}

/**
 * Checks that the parts of a data set fit each other.
 *
 * @throws {RangeError} if a size is not a whole number above 0, a length does not fit, a label is not
 * below `classes`, or the normalization cannot be applied.
 */
export function checkDataset(data: Dataset): void {
  const { features, labels, examples, inputs, classes, normalization } = data;
  for (const [name, value] of Object.entries({ examples, inputs, classes })) {
    if (!Number.isInteger(value) || value <= 0) {
      throw misfit(`${name} is ${value}; expected a whole number above 0`);
    }
  }
  if (features.length !== examples * inputs) {
    throw misfit(
      `it has ${features.length} features; expected ${examples} examples x ${inputs} inputs = ${
        examples * inputs
      }`,
    );
  }
  if (labels.length !== examples) {
    throw misfit(`it has ${labels.length} labels; expected one for each of ${examples} examples`);
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw misfit(
      `the label of example ${wrong} is ${labels[wrong]}; expected a class below ${classes}`,
    );
  }
  const { image } = data;
  if (image !== undefined && image.channels * image.height * image.width !== inputs) {
    const { channels, height, width } = image;
    throw misfit(`its images are ${channels} x ${height} x ${width}; expected ${inputs} features`);
  }
  const all = normalizationsOf(data);
  if (normalization !== undefined && !("mean" in normalization) && all.length !== image?.channels) {
    throw misfit(
      `it has ${all.length} normalizations and images of ${image?.channels ?? "no"} channels; ` +
        "expected one for each channel",
    );
  }
  for (const { mean, deviation } of all) {
    if (Number.isFinite(mean) && deviation > 0 && Number.isFinite(deviation)) continue;
    throw misfit(
      `its normalization has mean ${mean} and deviation ${deviation}; ` +
        "expected a finite mean and a finite deviation above 0",
    );
  }
}

/** The normalizations of equal parts of an example's features, in order. */
export function normalizationsOf({ normalization }: Dataset): readonly Normalization[] {
  if (normalization === undefined) return [{ mean: 0, deviation: 1 }];
  return "mean" in normalization ? [normalization] : normalization;
}

/** Mean and standard deviation over all features of all examples, before any normalization. */
export function measureNormalization(data: Dataset): Normalization {
  return measureChannels(data, { channels: 1 })[0];
}

/** Mean and standard deviation of each channel over all examples, before any normalization. */
export function measureChannels(
  data: Dataset,
  { channels }: Pick<ImageShape, "channels">,
): Normalization[] {
  const { features, inputs } = data;
  const scale = featureScale(data);
  const size = inputs / channels;
  return Array.from({ length: channels }, (_, channel) => {
    let sum = 0, squares = 0;
    for (let first = channel * size; first < features.length; first += inputs) {
      for (let i = first; i < first + size; i++) sum += features[i];
    }
    const count = features.length / channels;
    const mean = sum / count;
    for (let first = channel * size; first < features.length; first += inputs) {
      for (let i = first; i < first + size; i++) squares += (features[i] - mean) ** 2;
    }
    return { mean: mean * scale, deviation: Math.sqrt(squares / count) * scale };
  });
}

/** Factor that makes stored features numbers: 1/255 for bytes, 1 for floats. */
export function featureScale(data: Dataset): number {
  return data.features instanceof Uint8Array ? 1 / 255 : 1;
}

function misfit(what: string): RangeError {
  return new RangeError(`Cannot use the data set: ${what}`);
}
