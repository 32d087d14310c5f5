/**
 * Whether data sets can be trained with: the border that every index and every number passes before it enters a kernel.
 *
 * @module
 */
import {
  type ClassDataset,
  type Dataset,
  type Examples,
  normalizationsOf,
  type TargetDataset,
} from "./dataset.ts";

/** Most numbers of a batch: 4 GiB, more than a device takes. */
export const MOST_NUMBERS: number = 2 ** 30;

/**
 * Checks that the parts of a data set fit each other. Whether floats are finite is checked when they are put into batches.
 *
 * @throws {TypeError} if an array is of another kind than the data set takes.
 * @throws {RangeError} if a size is not a whole number above 0, a length does not fit, a label is no whole number from 0
 * below `classes`, or the normalization cannot be applied.
 * @example
 * ```ts
 * import { checkDataset } from "@filigree/filigree";
 *
 * const features = Float32Array.of(0.5, 1);
 * checkDataset({ features, labels: Uint8Array.of(0, 1), examples: 2, inputs: 1, classes: 2 });
 * ```
 */
export function checkDataset(data: Dataset): void {
  checkExamples(data);
  if ("labels" in data) checkLabels(data);
  else checkTargets(data);
}

/** Checks as {@linkcode checkDataset} does examples of which only the features count. */
export function checkExamples(data: Examples): void {
  checkFeatures(data);
  checkImage(data);
  checkNormalization(data);
}

/**
 * Checks that a batch can be made.
 *
 * @throws {RangeError} if the batch size is not a whole number above 0, or a batch would be beyond any device.
 */
export function checkBatchSize({ inputs }: Examples, batchSize: number): void {
  requireBatchSize(batchSize);
  if (inputs * batchSize <= MOST_NUMBERS) return;
  throw new RangeError(
    `Cannot make batches: ${batchSize} examples of ${inputs} features are ${
      batchSize * inputs
    } numbers; expected at most ${MOST_NUMBERS}`,
  );
}

/**
 * Checks a batch size by itself.
 *
 * @throws {RangeError} if it is not a whole number above 0.
 */
export function requireBatchSize(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize > 0) return;
  throw new RangeError(
    `Cannot make batches: batchSize is ${batchSize}; expected a whole number above 0`,
  );
}

/** The error of a feature that is no finite number, or becomes none. */
export function featureFault(
  feature: number,
  value: number,
  prepared: number,
  example: number,
): RangeError {
  const becomes = Number.isFinite(value) ? `${value}, and ${prepared} after normalization` : value;
  return misfit(
    `feature ${feature} of example ${example} is ${becomes}; expected a finite number`,
  );
}

/** The error of a target that is no finite number, or is no share where labels apply or not. */
export function targetFault(
  { multiLabel = false }: Pick<TargetDataset, "multiLabel">,
  output: number,
  value: number,
  example: number,
): RangeError {
  const expected = multiLabel ? "a number from 0 to 1" : "a finite number";
  return misfit(`target ${output} of example ${example} is ${value}; expected ${expected}`);
}

function checkFeatures({ features, examples, inputs }: Examples): void {
  requireSizes({ examples, inputs });
  if (!(features instanceof Uint8Array || features instanceof Float32Array)) {
    throw wrongKind(
      `its features are ${kindOf(features)}`,
      "a Float32Array of numbers, or a Uint8Array of bytes that stand for 0 to 1; " +
        (kindOf(features) === "a Uint8ClampedArray"
          ? "new Uint8Array(features) makes one"
          : "Float32Array.from(features) makes one"),
    );
  }
  if (features.length === examples * inputs) return;
  throw misfit(
    `it has ${features.length} features; expected ${examples} examples x ${inputs} inputs = ${
      examples * inputs
    }`,
  );
}

function checkLabels({ labels, classes, classNames, examples }: ClassDataset): void {
  requireSizes({ classes });
  if (!(Array.isArray(labels) || /^an? (Int|Uint|Float)\w+Array$/.test(kindOf(labels)))) {
    throw wrongKind(
      `its labels are ${kindOf(labels)}`,
      "an array of class numbers, such as a Uint8Array or a Uint32Array",
    );
  }
  if (labels.length !== examples) {
    throw misfit(`it has ${labels.length} labels; expected one for each of ${examples} examples`);
  }
  for (let example = 0; example < examples; example++) {
    const label = labels[example];
    if (label < classes && label >= 0 && Number.isInteger(label)) continue;
    throw misfit(
      `the label of example ${example} is ${label}; expected a class below ${classes}, a whole number from 0`,
    );
  }
  if (classNames === undefined || classNames.length === classes) return;
  throw misfit(`it has ${classNames.length} names of classes; expected ${classes}`);
}

function checkTargets({ targets, outputs, examples }: TargetDataset): void {
  if (targets === undefined) {
    throw wrongKind(
      "it has neither labels nor targets",
      "labels and classes, or targets and outputs",
    );
  }
  requireSizes({ outputs });
  if (!(targets instanceof Float32Array)) {
    throw wrongKind(
      `its targets are ${kindOf(targets)}`,
      "a Float32Array; Float32Array.from(targets) makes one",
    );
  }
  if (targets.length === examples * outputs) return;
  throw misfit(
    `it has ${targets.length} targets; expected ${examples} examples x ${outputs} outputs = ${
      examples * outputs
    }`,
  );
}

function checkImage({ image, inputs }: Examples): void {
  if (image === undefined) return;
  const { channels, height, width } = image;
  requireSizes({ "image.channels": channels, "image.height": height, "image.width": width });
  if (channels * height * width === inputs) return;
  throw misfit(`its images are ${channels} x ${height} x ${width}; expected ${inputs} features`);
}

function checkNormalization(data: Examples): void {
  const { image, inputs } = data;
  const all = normalizationsOf(data);
  if (![1, image?.channels, inputs].includes(all.length)) {
    const channels = image === undefined ? "" : `, ${image.channels} (one for each channel)`;
    throw misfit(
      `it has ${all.length} normalizations; expected 1${channels} or ${inputs} (one for each feature)`,
    );
  }
  for (const { mean, deviation } of all) {
    // What 1 becomes must be a number of the device.
    const most = Math.fround((1 + Math.abs(mean)) / deviation);
    if (deviation > 0 && Number.isFinite(deviation) && Number.isFinite(most)) continue;
    throw misfit(
      `its normalization has mean ${mean} and deviation ${deviation}; ` +
        "expected a finite mean and a finite deviation above 0, with a quotient in the range of f32",
    );
  }
}

/** What a value is, for errors: "a Float64Array", "an Array", "undefined". */
function kindOf(value: unknown): string {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (value === undefined || value === null) return String(value);
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function requireSizes(sizes: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(sizes)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw misfit(`${name} is ${value}; expected a whole number above 0`);
  }
}

function wrongKind(is: string, expected: string): TypeError {
  return new TypeError(`Cannot use the data set: ${is}; expected ${expected}`);
}

function misfit(what: string): RangeError {
  return new RangeError(`Cannot use the data set: ${what}`);
}
