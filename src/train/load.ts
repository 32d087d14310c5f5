/**
 * Models out of checkpoints, without the program that made them.
 *
 * @module
 */
import type { Preparation } from "../data/preparation.ts";
import {
  averagePool,
  batchNorm,
  conv2d,
  flatten,
  globalAveragePool,
  image,
  linear,
  maxPool,
  type Module,
  relu,
  residual,
  sequential,
} from "../nn/mod.ts";
import type { Device } from "../program/device.ts";
import type { Resource } from "../program/resource.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import { type Checkpoint, readCheckpoint, restoreCheckpoint } from "./checkpoint.ts";
import { readNewest } from "./checkpoints.ts";
import { operationsIn, preparationIn, type StoredOperation } from "./description.ts";
import { CheckpointError } from "./safetensors.ts";
import { parametersIn, sparseKey } from "./snapshot.ts";

/** A model that was read. */
export interface LoadedModel {
  /** With its parameters and patterns on the device. */
  readonly model: Module;
  /** How examples are prepared for it: what `prepareLike` takes. Undefined where the checkpoint does not say. */
  readonly preparation: Preparation | undefined;
  /** What it was read from. */
  readonly checkpoint: Checkpoint;
}

/**
 * Reads a model that was trained: the layers, their parameters and patterns, and how examples are prepared for it. The
 * checkpoint alone is needed, not the program or the data that made it.
 *
 * @param source The folder of a run, whose newest checkpoint is meant, or a checkpoint.
 * @param device Where the model shall be.
 * @throws {CheckpointError} if the file is damaged, or does not say what its model does: because a layer of its own has no
 * `operations`. Such a model is made by the program that knows the layer, and takes its parameters by `Trainer.load`.
 * @example
 * ```ts
 * import { adamw, createDevice, loadModel, mlp, prepareLike, Trainer } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * const optimizer = adamw({ learningRate: 1e-3 });
 * {
 *   const model = mlp({ sizes: [8, 16, 2], sparsity: 0.5 });
 *   using trainer = new Trainer({ device, model, optimizer });
 *   await trainer.save(path);
 * }
 * const { model } = await loadModel(path, device);
 * console.assert(model.weights.length === 2);
 * await Deno.remove(path);
 * ```
 */
export async function loadModel(
  source: string | Checkpoint,
  device: Device,
): Promise<LoadedModel> {
  const checkpoint = typeof source !== "string"
    ? source
    : await isFolder(source)
    ? await readNewest(source)
    : await readCheckpoint(source);
  const model = modelOf(checkpoint);
  await restoreCheckpoint(checkpoint, { device, model }, { weightsOnly: true });
  return { model, preparation: preparationIn(checkpoint), checkpoint };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    // Whoever reads it says so.
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The model of a checkpoint, as its operations describe it; takes no memory yet. */
function modelOf(checkpoint: Checkpoint): Module {
  const operations = operationsIn(checkpoint);
  if (operations === undefined) {
    throw new CheckpointError(
      checkpoint.path,
      "it does not say what its model does; expected one of this version, or a model of the program's own and Trainer.load",
    );
  }
  try {
    return new Builder(checkpoint).model(operations);
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(checkpoint.path, `its model cannot be made (${why})`, { cause });
  }
}

/** The matrix of a layer, as a checkpoint has it. */
interface Shape {
  readonly rows: number;
  readonly inputs: number;
  readonly pattern: PatternSpec;
  readonly storage?: StorageName;
}

/** Makes layers of operations; what refers to the same parameters is the same layer. */
class Builder {
  readonly #checkpoint: Checkpoint;
  readonly #tensors: ReturnType<typeof parametersIn>;
  readonly #made = new Map<string, Module>();
  readonly #parameters: Resource[] = [];

  constructor(checkpoint: Checkpoint) {
    this.#checkpoint = checkpoint;
    this.#tensors = parametersIn(checkpoint);
  }

  /** The model. */
  model(operations: readonly StoredOperation[]): Module {
    const layer = this.#sequence(operations);
    const missing = [...this.#tensors.keys()].find((i) => this.#parameters[i] === undefined);
    if (missing !== undefined) this.#fail(`no operation uses its parameter ${missing}`);
    return layer;
  }

  #sequence(operations: readonly StoredOperation[]): Module {
    return sequential(...operations.map((record) => this.#layer(record)));
  }

  #layer(record: StoredOperation): Module {
    switch (record.operation) {
      case "linear":
        return this.#once([record.weight, record.bias], () => {
          const { rows, inputs, ...stored } = this.#shape(record.weight);
          const bias = record.bias !== undefined;
          return linear(inputs, rows, { ...stored, bias, name: record.name });
        });
      case "conv2d":
        return this.#once([record.weight, record.bias], () => {
          const { name, kernel, stride, padding } = record;
          const { rows, inputs, ...stored } = this.#shape(record.weight);
          const channels = inputs / (kernel[0] * kernel[1]);
          const bias = record.bias !== undefined;
          return conv2d(channels, rows, { kernel, stride, padding, ...stored, bias, name });
        });
      case "batchNorm":
        return this.#once([record.scale, record.shift, record.running], () => {
          const { name, epsilon, momentum } = record;
          const channels = this.#tensor(record.scale).data.length;
          return batchNorm(channels, { name, epsilon, momentum });
        });
      case "relu":
        return relu();
      case "maxPool":
        return maxPool(record);
      case "averagePool":
        return averagePool(record);
      case "globalAveragePool":
        return globalAveragePool();
      case "flatten":
        return flatten();
      case "image":
        return image(record);
      case "residual": {
        const body = this.#sequence(record.body);
        return record.shortcut.length === 0
          ? residual(body)
          : residual(body, this.#sequence(record.shortcut));
      }
      case "unknown":
        return this.#fail(
          `its layer of the kind "${record.kind}" does not say what it does; ` +
            "expected layers of nn or ones with operations, or a model of the program's own and Trainer.load",
        );
    }
  }

  /** A layer whose parameters have these numbers, in the order in which it lists them. */
  #once(numbers: readonly (number | undefined)[], make: () => Module): Module {
    const known = numbers.filter((number) => number !== undefined);
    const key = known.join();
    const made = this.#made.get(key) ?? make();
    if (!this.#made.has(key)) {
      for (const [at, number] of known.entries()) {
        if (this.#parameters[number] !== undefined) {
          this.#fail(`two layers share the parameter ${number} and not all of them`);
        }
        this.#parameters[number] = made.parameters[at];
      }
      this.#made.set(key, made);
    }
    return made;
  }

  #tensor(number: number) {
    return this.#tensors.get(number) ?? this.#fail(`it lacks the parameter ${number}`);
  }

  #shape(number: number): Shape {
    const tensor = this.#tensor(number);
    const key = sparseKey(this.#checkpoint, tensor);
    if (key !== undefined) {
      const { spec, rows, inputs, storage } = JSON.parse(this.#checkpoint.metadata[key]);
      return { rows, inputs, pattern: spec, ...(storage === undefined ? {} : { storage }) };
    }
    const [rows, inputs, ...others] = tensor.shape;
    if (inputs === undefined || others.length > 0) {
      this.#fail(`its parameter ${number} is no weight of a layer`);
    }
    return { rows, inputs, pattern: { kind: "dense" } };
  }

  #fail(why: string): never {
    throw new CheckpointError(this.#checkpoint.path, why);
  }
}
