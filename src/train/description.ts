/**
 * What a checkpoint says of its model: the operations of its layers, which refer to parameters by their number. So weights,
 * biases and norms belong together by what the model does with them, whatever they are called.
 *
 * @module
 */
import type { Preparation } from "../data/preparation.ts";
import type { Module } from "../nn/module.ts";
import { mapOperations, type Operation, operationsOf } from "../nn/operation.ts";
import type { Resource } from "../program/resource.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CheckpointError } from "./safetensors.ts";

/** An operation that refers to parameters by their number in the model. */
export type StoredOperation = Operation<number, number>;

/** Where the metadata have the operations. */
export const OPERATIONS = "operations";

/**
 * The operations of a model as a checkpoint has them: JSON.
 *
 * @throws {TypeError} if a layer uses a parameter that the model does not list.
 */
export function describeModel(model: Module): string {
  const places = new Map(model.parameters.map((parameter, i) => [parameter, i]));
  const placeOf = (parameter: Resource): number => {
    const place = places.get(parameter);
    if (place !== undefined) return place;
    throw new TypeError(
      `Cannot describe the model: its operations use "${parameter.label}", which is not among its parameters; ` +
        "expected layers that list what they use",
    );
  };
  return JSON.stringify(
    mapOperations(operationsOf(model), ({ values }) => placeOf(values), placeOf),
  );
}

/**
 * The operations of a checkpoint's model; undefined in one of a version that did not write them.
 *
 * @throws {CheckpointError} if they are not what {@linkcode describeModel} makes.
 */
export function operationsIn({ path, metadata }: Checkpoint): StoredOperation[] | undefined {
  const text = metadata[OPERATIONS];
  if (text === undefined) return undefined;
  try {
    return listOf(JSON.parse(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, `it does not say what its model does (${why})`, { cause });
  }
}

/**
 * What was done to the features of the examples that a checkpoint's model was trained with; undefined where it does not say.
 *
 * @throws {CheckpointError} if it says what cannot be.
 */
export function preparationIn({ path, metadata }: Checkpoint): Preparation | undefined {
  try {
    const { preparation } = recordOf(JSON.parse(metadata.training ?? "{}"));
    if (preparation === undefined) return undefined;
    if (isPreparation(preparation)) return preparation;
    // That of a source without features: in words that nobody reads here.
    if ("kind" in recordOf(preparation)) return undefined;
    throw new TypeError(`it has ${JSON.stringify(preparation)}`);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, `it does not say how examples are prepared (${why})`, {
      cause,
    });
  }
}

function isPreparation(value: unknown): value is Preparation {
  const { inputs, scale, normalization, image, target } = recordOf(value);
  if (!isCount(inputs) || !isPositive(scale) || !Array.isArray(normalization)) return false;
  const { channels = 1, height, width } = recordOf(image);
  const fits = image === undefined ||
    isCount(channels) && Number(channels) * Number(height) * Number(width) === inputs;
  const { kind, classes, outputs } = recordOf(target);
  return fits && [1, channels, inputs].includes(normalization.length) &&
    normalization.map(recordOf).every(({ mean, deviation }) =>
      Number.isFinite(mean) && isPositive(deviation)
    ) && typeof kind === "string" && isCount(kind === "class" ? classes : outputs);
}

function listOf(value: unknown): StoredOperation[] {
  if (Array.isArray(value)) return value.map((each) => operationOf(recordOf(each)));
  throw new TypeError(`operations are ${JSON.stringify(value)}; expected a list`);
}

function operationOf(record: Record<string, unknown>): StoredOperation {
  const { operation } = record;
  const whole = (key: string, least = 1): number => {
    const value = record[key];
    if (isCount(value) || (least === 0 && value === 0)) return value;
    throw new TypeError(
      `${key} of ${operation} is ${JSON.stringify(value)}; expected a whole number`,
    );
  };
  const pair = (key: string): readonly [number, number] => {
    const [down, across] = Array.isArray(record[key]) ? record[key] : [];
    if (isCount(down) && isCount(across)) return [down, across];
    throw new TypeError(`${key} of ${operation} is ${JSON.stringify(record[key])}; expected two`);
  };
  const named = () => ({ name: String(record.name) });
  const affine = () => ({
    ...named(),
    weight: whole("weight", 0),
    ...(record.bias === undefined ? {} : { bias: whole("bias", 0) }),
  });
  const windows = () => ({
    size: pair("size"),
    stride: pair("stride"),
    padding: whole("padding", 0),
  });
  switch (operation) {
    case "linear":
      return { operation, ...affine() };
    case "conv2d": {
      const [stride, padding] = [whole("stride"), whole("padding", 0)];
      return { operation, ...affine(), kernel: pair("kernel"), stride, padding };
    }
    case "batchNorm": {
      const [scale, shift, running] = ["scale", "shift", "running"].map((key) => whole(key, 0));
      const { epsilon, momentum } = record;
      if (!isPositive(epsilon) || !isShare(momentum)) {
        throw new TypeError(`batchNorm has epsilon ${epsilon} and momentum ${momentum}`);
      }
      return { operation, ...named(), scale, shift, running, epsilon, momentum };
    }
    case "maxPool":
    case "averagePool":
      return { operation, ...windows() };
    case "image": {
      const [channels, height, width] = ["channels", "height", "width"].map((key) => whole(key));
      return { operation, channels, height, width };
    }
    case "relu":
    case "globalAveragePool":
    case "flatten":
      return { operation };
    case "residual":
      return { operation, body: listOf(record.body), shortcut: listOf(record.shortcut) };
    case "unknown":
      return { operation, kind: String(record.kind) };
    default:
      throw new TypeError(`there is an operation ${JSON.stringify(operation)}`);
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0 && Number.isFinite(value);
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}
