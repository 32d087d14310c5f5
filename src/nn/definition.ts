/**
 * What a kind of layer is for those who know no kind: its settings as data, how it is made of what a checkpoint says, and what
 * an export says of it. A layer is one file that makes its modules and exports such a definition; one line of `layers.ts`
 * registers it. Layers of a program's own carry theirs, or are given to whoever reads them.
 *
 * @module
 */
import { type Options, requireValues, type ValueOf, type Values } from "../definitions/option.ts";
import type { PatternSpec } from "../sparse/spec.ts";
import type { StorageName } from "../sparse/storage/mod.ts";
import type { AnyModule, Module } from "./module.ts";
import type { OnnxGraph, OnnxValue } from "./onnx.ts";

/** Values of all options, as TypeScript sees them. */
export type SettingsOf<O extends Options> = { readonly [Name in keyof O]: ValueOf<O[Name]> };

/** What a layer is made of. */
export interface LayerParts<S = Values> {
  /** Its settings. */
  readonly settings: S;
  /** The way to it from the model, for plans and errors. */
  readonly name: string;
  /** The modules that it is made of, by their names in it. */
  readonly children: Readonly<Record<string, Module>>;
  /** Those of them that are of the kinds which the definition lists as its `parts`, by their names in it. */
  readonly parts?: Readonly<Record<string, AnyModule>>;
  /** What a checkpoint says of one of its weights. */
  weight(name: string): StoredWeight;
}

/** Which connections of a weight may exist, and where its values live: options of the layers that have one. */
export interface StoredWeight {
  /** Its pattern. */
  readonly pattern: PatternSpec;
  /** Its storage, where it is not the one that patterns have by default. */
  readonly storage?: StorageName;
}

/**
 * A kind of layer.
 *
 * @typeParam Made What it makes: layers of one tensor to one, or a module that takes or gives a record of several.
 */
export interface LayerDefinition<Made extends AnyModule = Module> {
  /** Its name in checkpoints and exports. */
  readonly kind: string;
  /** What is set of it; a record of it has all of these. */
  readonly settings: Options;
  /** Kinds that its modules may be of beside layers of one tensor, such as heads of labels. */
  readonly parts?: readonly LayerDefinition<AnyModule>[];
  /** Makes a layer of a record. */
  make(parts: LayerParts): Made;
  /** What exports say of it; a sequence is nothing of its own but what it is made of. */
  readonly exported: LayerExport | "sequence";
}

/** A shape without the dimension of the examples: `[features]` or `[channels, height, width]`. */
export type ExampleShape = readonly number[];

/** A weight as rows of connections. */
export interface Rows {
  /** Inputs. */
  readonly inputs: number;
  /** Where the connections of each row begin, and behind them the number of all. */
  readonly begin: Uint32Array;
  /** Input of each connection, ascending in a row. */
  readonly index: Uint32Array;
  /** Weight of each connection. */
  readonly values: Float32Array;
}

/** A layer with the content of its parameters, on the host. */
export interface StoredLayer<S = Values> {
  /** Its kind. */
  readonly definition: LayerDefinition<AnyModule>;
  /** The way to it from the model; names of its arrays begin so. */
  readonly name: string;
  /** Its settings. */
  readonly settings: S;
  /** Its weights by name. */
  readonly weights: Readonly<Record<string, Rows>>;
  /** Its other parameters by name; exact until they are written. */
  readonly vectors: Readonly<Record<string, Float64Array>>;
  /** What each of the modules does that it is made of, in order, without sequences. */
  readonly branches: readonly (readonly StoredLayer[])[];
}

/** Takes the arrays of an export. */
export interface ExportWriter {
  /** Adds a weight and says where it is; of a convolution with the height and width of its windows. */
  weight(rows: Rows, name: string, kernel?: readonly [height: number, width: number]): unknown;
  /** Adds a vector and gives its name. */
  vector(vector: Float64Array, name: string, shape?: ExampleShape): string;
  /** What layers do one after the other. */
  describe(layers: readonly StoredLayer[], input: ExampleShape): readonly unknown[];
}

/** What exports say of a kind of layer. */
export interface LayerExport<S = Values> {
  /** Numbers of an example that it takes; absent where it takes any. */
  inputs?(layer: StoredLayer<S>): number;
  /**
   * The shape of what it makes.
   *
   * @throws {TypeError} if it cannot be applied to a shape.
   */
  shape(layer: StoredLayer<S>, input: ExampleShape): ExampleShape;
  /** What it says beside its kind and shape; its settings by default. */
  describe?(
    layer: StoredLayer<S>,
    writer: ExportWriter,
    input: ExampleShape,
  ): Readonly<Record<string, unknown>>;
  /** Adds what it does to an ONNX graph, and gives the name of the result; absent where it cannot be said there. */
  onnx?(layer: StoredLayer<S>, graph: OnnxGraph, input: OnnxValue): string;
  /** What it makes of a number, where it makes it of each by itself. */
  pointwise?(layer: StoredLayer<S>, x: number): number;
  /** Whether each output is a row of `weight` times the inputs, plus its place in `bias` if it has one, and nothing else. */
  readonly neurons?: boolean;
  /** Whether what it takes are tokens, not numbers. */
  readonly tokens?: boolean;
}

/** What {@linkcode defineLayer} takes: a definition whose functions get settings with their types. */
export interface LayerDefinitionParts<O extends Options, Made extends AnyModule = Module> {
  /** Its name in checkpoints and exports. */
  readonly kind: string;
  /** What is set of it. */
  readonly settings: O;
  /** Kinds that its modules may be of beside layers of one tensor. */
  readonly parts?: readonly LayerDefinition<AnyModule>[];
  /** Makes a layer of a record. */
  make(parts: LayerParts<SettingsOf<O>>): Made;
  /** What exports say of it. */
  readonly exported: LayerExport<SettingsOf<O>> | "sequence";
}

/** An option of two whole numbers above 0, such as a height and a width. */
export const PAIR = {
  type: "list",
  of: { type: "integer", least: 1 },
  least: 2,
  most: 2,
} as const;

/**
 * Makes the definition of a kind of layers, which checks settings before its functions get them.
 *
 * @example
 * ```ts
 * import { dense, nn, type Tensor } from "@filigree/filigree";
 *
 * // Gives what it gets.
 * const identity: nn.LayerDefinition = nn.defineLayer({
 *   kind: "identity",
 *   settings: {},
 *   make: () => nn.makeModule((x: Tensor) => x, nn.recordOf(identity, {})),
 *   exported: { shape: (_, input) => input, pointwise: (_, x) => x },
 * });
 * const weight = () => ({ pattern: dense() });
 * const layer = identity.make({ settings: {}, name: "", children: {}, weight });
 * console.assert(layer.kind === "identity");
 * ```
 */
export function defineLayer<const O extends Options, Made extends AnyModule = Module>(
  { kind, settings, parts, make, exported }: LayerDefinitionParts<O, Made>,
): LayerDefinition<Made> {
  function typed<P extends { readonly settings: Values }>(
    parts: P,
  ): Omit<P, "settings"> & { readonly settings: SettingsOf<O> } {
    const { settings: given, ...rest } = parts;
    requireSettings(kind, settings, given);
    return { ...rest, settings: given };
  }
  const definition = {
    ...{ kind, settings, make: (given: LayerParts): Made => make(typed(given)) },
    ...(parts === undefined ? {} : { parts }),
  };
  if (exported === "sequence") return { ...definition, exported };
  const { inputs, shape, describe, pointwise, onnx, ...rest } = exported;
  return {
    ...definition,
    exported: {
      ...rest,
      ...(inputs === undefined ? {} : { inputs: (layer) => inputs(typed(layer)) }),
      ...(pointwise === undefined ? {} : { pointwise: (layer, x) => pointwise(typed(layer), x) }),
      ...(onnx === undefined ? {} : { onnx: (layer, graph, x) => onnx(typed(layer), graph, x) }),
      shape: (layer, input) => shape(typed(layer), input),
      describe: (layer, writer, input) =>
        describe === undefined ? layer.settings : describe(typed(layer), writer, input),
    },
  };
}

/**
 * What layers make of a shape, one after the other.
 *
 * @throws {TypeError} if one cannot be applied to what the one before makes.
 */
export function shapeAfter(layers: readonly StoredLayer[], input: ExampleShape): ExampleShape {
  return layers.reduce((shape, layer) => exportOfLayer(layer).shape(layer, shape), input);
}

/** What exports say of a layer of a list without sequences. */
export function exportOfLayer({ definition: { exported, kind } }: StoredLayer): LayerExport {
  if (exported !== "sequence") return exported;
  throw new TypeError(`Cannot export the model: its ${kind} is no layer but several`);
}

/** Refuses a shape that a layer cannot be applied to. */
export function requireShape(
  { definition: { kind } }: StoredLayer<unknown>,
  found: ExampleShape,
  expected: ExampleShape,
): void {
  if (String(found) !== String(expected)) refuse(kind, found, `[${expected}]`);
}

/** Refuses a shape of no images. */
export function requireImages(
  { definition: { kind } }: StoredLayer<unknown>,
  shape: ExampleShape,
): void {
  if (shape.length !== 3) refuse(kind, shape, "images [channels, height, width]");
}

/** Pixels of an image after windows of a size went over it. */
export function pixelsAfter(
  [, height, width]: ExampleShape,
  { size, stride, padding }: {
    readonly size: readonly number[];
    readonly stride: readonly number[];
    readonly padding: number;
  },
): number[] {
  return [height, width].map((pixels, i) =>
    Math.floor((pixels + 2 * padding - size[i]) / stride[i]) + 1
  );
}

/**
 * A module that another one is made of, which has to be of a kind.
 *
 * @param children The modules that it is made of, by name.
 * @throws {TypeError} if there is none of that name, or it is of another kind.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * // Among what the function of a definition gets, to make its module of.
 * const children: Record<string, nn.Module> = { head: nn.linear(4, 2) };
 * console.assert(nn.childOf(children, "head", nn.linearLayer).parameters.length === 2);
 * ```
 */
export function childOf<Made extends AnyModule>(
  children: Readonly<Record<string, AnyModule>>,
  name: string,
  definition: LayerDefinition<Made>,
): Made {
  const child: AnyModule | undefined = children[name];
  if (child !== undefined && isOf(child, definition)) return child;
  throw new TypeError(
    `Cannot compose layers: "${name}" is ${
      child === undefined ? "missing" : `a ${child.kind}`
    }; expected a ${definition.kind}`,
  );
}

/** Whether a module is what a definition makes. */
export function isOf<Made extends AnyModule>(
  module: AnyModule,
  definition: LayerDefinition<Made>,
): module is Made {
  return module.definition === definition;
}

/** Numbers of a shape. */
export function sizeOf(shape: ExampleShape): number {
  return shape.reduce((product, size) => product * size, 1);
}

function refuse(kind: string, shape: ExampleShape, expected: string): never {
  throw new TypeError(
    `Cannot export the model: its ${kind} is applied to [${shape}]; expected ${expected}`,
  );
}

function requireSettings<O extends Options>(
  kind: string,
  options: O,
  given: Values,
): asserts given is SettingsOf<O> & Values {
  requireValues(kind, options, given);
  const missing = Object.keys(options).find((name) => !Object.hasOwn(given, name));
  if (missing === undefined) return;
  throw new RangeError(`Cannot make ${kind}: it does not say its ${missing}`);
}

/** What a module says of itself by a definition and the settings that it was made with; a part of what `makeModule` takes. */
export function recordOf(
  definition: LayerDefinition<AnyModule>,
  settings: Values,
): {
  readonly kind: string;
  readonly definition: LayerDefinition<AnyModule>;
  readonly settings: Values;
} {
  return { kind: definition.kind, definition, settings };
}

/** What exports say of a weight with a bias, if there is one, and of the layer that they belong to. */
export function describeProduct(
  { name, weight, bias, kernel }: {
    readonly name: string;
    readonly weight: Rows;
    readonly bias: Float64Array | undefined;
    readonly kernel?: readonly [height: number, width: number];
  },
  writer: ExportWriter,
): Readonly<Record<string, unknown>> {
  const stored = writer.weight(weight, name, kernel);
  if (bias === undefined) return { name, weight: stored };
  return { name, weight: stored, bias: writer.vector(bias, `${name}.bias`) };
}
