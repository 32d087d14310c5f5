/**
 * The examples of a training: those to train with, and those that are set aside of them.
 *
 * @module
 */
import { type Dataset, normalizationsOf, standardizationOf } from "../data/dataset.ts";
import { preparedLike } from "../data/examples_source.ts";
import { isOfFeatures, type SourcePreparation } from "../data/preparation.ts";
import { isSource } from "../data/source.ts";
import {
  preparationFor,
  splitData,
  type TestedData,
  type TrainingData,
} from "../data/training_data.ts";
import type { Config } from "./config/schema.ts";
import { openData, openToTest, tested } from "./data.ts";
import { ValidationError } from "./deps.ts";
import { requireOthers } from "./own_test.ts";

/** Examples to train, to test and perhaps to validate with. */
export interface ExampleParts extends TestedData {
  /** Looked at after every epoch, and what chooses. */
  readonly validation?: TrainingData;
}

/**
 * The examples of a configuration. Where some are set aside, floats are standardised by the others alone.
 *
 * @param known What the training that goes on does to its examples, whatever they say of themselves.
 * @throws {ValidationError} if there are none, or the validation is neither a share in (0, 1) nor a data set.
 */
export async function examplesOf(
  { run: { seed }, data: options }: Config,
  known?: SourcePreparation,
): Promise<ExampleParts> {
  const { name, validation } = options;
  const read = await openData(name, options);
  const data = tested(read, seed);
  const standardize = (parts: ExampleParts): ExampleParts =>
    parts.train === read.train ? parts : standardized(parts, known);
  if (validation === undefined) return standardize(data);
  const share = Number(validation);
  if (Number.isNaN(share)) {
    const parts = standardize(data);
    const preparation = preparationFor(parts.train);
    const { train, test = train } = await openToTest(validation, options, preparation.target);
    const others = preparedLike(test, preparation);
    await requireOthers({ name, validation }, others, preparedLike(parts.test, preparation));
    return { ...parts, validation: others };
  }
  if (!(share > 0 && share < 1)) {
    throw new ValidationError(
      `Option "--validation" must be a share in (0, 1) or a data set, but got "${validation}".`,
    );
  }
  const { train, test } = splitData(data.train, { share, seed });
  return standardize({ ...data, train, validation: test });
}

/** The same with mean and deviation of the examples to train with; of a training that goes on with its own, of whatever they were. */
function standardized(
  parts: ExampleParts,
  known: SourcePreparation | undefined,
): ExampleParts {
  const { train, test, validation } = parts;
  if (!isStandardized(train)) return parts;
  const { length } = normalizationsOf(train);
  const before = known !== undefined && isOfFeatures(known) ? known.normalization : undefined;
  const normalization = before?.length === length ? before : standardizationOf(train, length);
  const like = (data: TrainingData): TrainingData =>
    isSource(data) ? data : { ...data, normalization };
  return {
    train: like(train),
    test: like(test),
    ...(validation === undefined ? {} : { validation: like(validation) }),
  };
}

/** Whether examples have a mean and a deviation that were measured of them, and are floats: bytes keep those of all that were read. */
function isStandardized(data: TrainingData): data is Dataset {
  return !isSource(data) && data.normalization !== undefined &&
    data.features instanceof Float32Array;
}
