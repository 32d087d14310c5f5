/**
 * Puts dense arrays into the parameters of a model, sparse ones by magnitude.
 *
 * @module
 */
import { type AnyModule, requireModule, treeOfModel } from "../../nn/module.ts";
import type { Device } from "../../program/device.ts";
import type { Resource, ResourceData } from "../../program/resource.ts";
import { eachConnection } from "../../sparse/convert.ts";
import { areaOf } from "../../sparse/geometry.ts";
import { largestUnits } from "../../sparse/magnitude.ts";
import type { Pattern } from "../../sparse/pattern.ts";
import type { SparseWeight } from "../../sparse/weight.ts";
import type { NamedTensor } from "../safetensors.ts";

/** What {@linkcode loadArrays} takes. */
export interface LoadArraysOptions {
  /** Where the model shall be. */
  readonly device: Device;
  /** The model. */
  readonly model: AnyModule;
  /** Arrays by the ways to parameters. */
  readonly arrays: ReadonlyMap<string, NamedTensor>;
  /** Beginnings of the ways to parameters that keep what they begin with, such as a new head; none by default. */
  readonly except?: readonly string[];
  /** Seed of what those begin with; the device's by default. */
  readonly seed?: number;
}

/** What becomes of a parameter. */
interface Taken {
  readonly parameter: Resource;
  readonly data: ResourceData;
  readonly rewired?: { readonly weight: SparseWeight; readonly pattern: Pattern };
}

/**
 * Puts dense arrays in the place of a model's parameters. A sparse weight keeps the largest units of its array: its pattern
 * becomes that of the magnitudes. Nothing is changed unless all of it fits.
 *
 * @returns The ways of arrays that the model has no parameter for.
 * @throws {RangeError} if a parameter has no array and is none of the exceptions, or its array has another shape.
 * @example
 * ```ts
 * import { createDevice, fanIn, nn } from "@filigree/filigree";
 * import { loadArrays } from "@filigree/filigree/runs";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = nn.linear(4, 1, { pattern: fanIn(1), bias: false });
 * const data = Float32Array.of(1, -3, 2, 0);
 * const name = "linear.weight";
 * await loadArrays({ device, model, arrays: new Map([[name, { name, shape: [1, 4], data }]]) });
 * console.assert(model.weights[0].sparse?.pattern.index[0] === 1);
 * ```
 */
export async function loadArrays(options: LoadArraysOptions): Promise<string[]> {
  const { device, model, arrays, except = [], seed = device.seed } = options;
  requireModule(model, "load arrays into the model", "it");
  const { parameters, weights } = treeOfModel(model);
  const matrices = new Map(weights.map((weight) => [weight.values, weight]));
  const taken: Taken[] = [];
  for (const [parameter, way] of parameters) {
    if (except.some((begin) => way.startsWith(begin))) continue;
    const weight = matrices.get(parameter);
    const sparse = weight?.sparse;
    const shape = weight?.shape ?? [parameter.length];
    const data = arrayFor(way, shape, arrays);
    taken.push(sparse === undefined ? { parameter, data } : sparseFrom(sparse, parameter, data));
  }
  await device.place(model.parameters, { seed });
  for (const { parameter, data, rewired } of taken) {
    rewired?.weight.rewire(device, rewired.pattern);
    device.write(parameter, data);
  }
  const known = new Set(parameters.values());
  return [...arrays.keys()].filter((way) => !known.has(way));
}

function arrayFor(
  way: string,
  shape: readonly number[],
  arrays: LoadArraysOptions["arrays"],
): Float32Array {
  const array = arrays.get(way);
  const found = array === undefined ? "there is none" : `it is [${array.shape}]`;
  if (array?.data instanceof Float32Array && String(array.shape) === String(shape)) {
    return array.data;
  }
  throw new RangeError(
    `Cannot load the array of "${way}": ${found}; expected [${shape}] of floats`,
  );
}

function sparseFrom(weight: SparseWeight, parameter: Resource, matrix: Float32Array): Taken {
  const { spec, rows, inputs, geometry: { budget } } = weight;
  const pattern = largestUnits(matrix, { spec, rows, inputs, budget });
  const rewired = { weight, pattern };
  // A dense master keeps all of the matrix; the pattern is a view of it.
  if (weight.dense) return { parameter, data: matrix, rewired };
  const data = new Float32Array(pattern.capacity * areaOf(pattern.unit));
  eachConnection(pattern, (at, row, input) => data[at] = matrix[row * inputs + input]);
  return { parameter, data, rewired };
}
