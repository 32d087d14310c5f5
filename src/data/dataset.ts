/**
 * What a data set is: a row of features and a class number, or a row of targets, per example, in host memory.
 *
 * @module
 */

/** What all data sets have. */
export interface Examples {
  /**
   * `[examples, inputs]`, row-major. Bytes stand for numbers from 0 to 1 (the byte over 255);
   * floats stand for themselves.
   */
  readonly features: Uint8Array | Float32Array;
  /** Number of examples. */
  readonly examples: number;
  /** Features of an example. */
  readonly inputs: number;
  /** What an example is a picture of: its features are the rows of pixels of the first channel, then those of the next. */
  readonly image?: ImageShape;
  /** What the features become, after bytes were scaled, on their way to the device; themselves by default. One for all, or one for each channel of the image. */
  readonly normalization?: Normalization | readonly Normalization[];
}

/** Examples of classes. */
export interface ClassDataset extends Examples {
  /** `[examples]`: class numbers below `classes`. */
  readonly labels: Uint8Array | Uint16Array | Uint32Array;
  /** Number of classes. */
  readonly classes: number;
}

/** Examples with numbers to predict: values of a regression, or a 1 for each label that applies and a 0 for the others. */
export interface TargetDataset extends Examples {
  /** `[examples, outputs]`, row-major. */
  readonly targets: Float32Array;
  /** Numbers to predict for an example. */
  readonly outputs: number;
}

/** Examples with what is to be learnt of them. */
export type Dataset = ClassDataset | TargetDataset;

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
export interface SplitDataset<D extends Dataset = Dataset> {
  /** Examples to train with. */
  readonly train: D;
  /** Examples to test with; same inputs, classes or outputs, and normalization. */
  readonly test: D;
}

/**
 * Checks that the parts of a data set fit each other.
 *
 * @throws {RangeError} if a size is not a whole number above 0, a length does not fit, a label is not
 * below `classes`, or the normalization cannot be applied.
 */
export function checkDataset(data: Dataset): void {
  const { features, examples, inputs } = data;
  requireSizes({ examples, inputs });
  if (features.length !== examples * inputs) {
    throw misfit(
      `it has ${features.length} features; expected ${examples} examples x ${inputs} inputs = ${
        examples * inputs
      }`,
    );
  }
  if ("labels" in data) checkLabels(data);
  else checkTargets(data);
  checkImages(data);
}

function checkLabels({ labels, classes, examples }: ClassDataset): void {
  requireSizes({ classes });
  if (labels.length !== examples) {
    throw misfit(`it has ${labels.length} labels; expected one for each of ${examples} examples`);
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw misfit(
      `the label of example ${wrong} is ${labels[wrong]}; expected a class below ${classes}`,
    );
  }
}

function checkTargets({ targets, outputs, examples }: TargetDataset): void {
  requireSizes({ outputs });
  if (targets.length === examples * outputs) return;
  throw misfit(
    `it has ${targets.length} targets; expected ${examples} examples x ${outputs} outputs`,
  );
}

function checkImages(data: Dataset): void {
  const { image, inputs, normalization } = data;
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
export function normalizationsOf(
  { normalization }: Pick<Examples, "normalization">,
): readonly Normalization[] {
  if (normalization === undefined) return [{ mean: 0, deviation: 1 }];
  return "mean" in normalization ? [normalization] : normalization;
}

/** Mean and standard deviation over all features of all examples, before any normalization. */
export function measureNormalization(data: Examples): Normalization {
  return measureChannels(data, { channels: 1 })[0];
}

/** Mean and standard deviation of each channel over all examples, before any normalization. */
export function measureChannels(
  data: Examples,
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
export function featureScale(data: Examples): number {
  return data.features instanceof Uint8Array ? 1 / 255 : 1;
}

function requireSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (Number.isInteger(value) && value > 0) continue;
    throw misfit(`${name} is ${value}; expected a whole number above 0`);
  }
}

function misfit(what: string): RangeError {
  return new RangeError(`Cannot use the data set: ${what}`);
}
