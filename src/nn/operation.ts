/**
 * What layers do, as records: enough for another program to do the same.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { LayerWeight } from "./tree.ts";

/** The windows of a pooling operation. */
export interface OperationWindows {
  /** Height and width of a window. */
  readonly size: readonly [height: number, width: number];
  /** Pixels from one window to the next. */
  readonly stride: readonly [down: number, across: number];
  /** Places around the image that windows may reach into. */
  readonly padding: number;
}

/**
 * What a layer does. Layers made of others are lists of their operations, in order; `residual` holds two lists and adds what
 * they make of the same input, and an empty `shortcut` is that input itself. `unknown` stands for a layer that does not say.
 *
 * @typeParam Weight How it refers to weight matrices.
 * @typeParam Vector How it refers to other parameters.
 */
export type Operation<Weight = LayerWeight, Vector = Resource> =
  | {
    readonly operation: "linear";
    readonly name: string;
    readonly weight: Weight;
    readonly bias?: Vector;
  }
  | {
    readonly operation: "conv2d";
    readonly name: string;
    readonly weight: Weight;
    readonly bias?: Vector;
    readonly kernel: readonly [height: number, width: number];
    readonly stride: number;
    readonly padding: number;
  }
  | {
    readonly operation: "batchNorm";
    readonly name: string;
    readonly scale: Vector;
    readonly shift: Vector;
    /** Means, then variances: `[2, channels]`. */
    readonly running: Vector;
    readonly epsilon: number;
    readonly momentum: number;
  }
  | { readonly operation: "relu" }
  | { readonly operation: "maxPool" } & OperationWindows
  | { readonly operation: "averagePool" } & OperationWindows
  | { readonly operation: "globalAveragePool" }
  | { readonly operation: "flatten" }
  | {
    readonly operation: "image";
    readonly channels: number;
    readonly height: number;
    readonly width: number;
  }
  | {
    readonly operation: "residual";
    readonly body: readonly Operation<Weight, Vector>[];
    readonly shortcut: readonly Operation<Weight, Vector>[];
  }
  | { readonly operation: "unknown"; readonly kind: string };

/** The operations of a layer; `unknown` with its kind where it does not say. */
export function operationsOf(
  { operations, kind }: { readonly operations?: readonly Operation[]; readonly kind: string },
): readonly Operation[] {
  return operations ?? [{ operation: "unknown", kind }];
}

/** The same operations with other references. */
export function mapOperations<W, V, X, Y>(
  operations: readonly Operation<W, V>[],
  weightOf: (weight: W) => X,
  vectorOf: (vector: V) => Y,
): Operation<X, Y>[] {
  return operations.map((record): Operation<X, Y> => {
    switch (record.operation) {
      case "linear":
      case "conv2d": {
        const { weight, bias, ...rest } = record;
        const found = { ...rest, weight: weightOf(weight) };
        return bias === undefined ? found : { ...found, bias: vectorOf(bias) };
      }
      case "batchNorm": {
        const { scale, shift, running } = record;
        const vectors = [scale, shift, running].map(vectorOf);
        return { ...record, scale: vectors[0], shift: vectors[1], running: vectors[2] };
      }
      case "residual": {
        const [body, shortcut] = [record.body, record.shortcut].map((branch) =>
          mapOperations(branch, weightOf, vectorOf)
        );
        return { operation: "residual", body, shortcut };
      }
      default:
        return record;
    }
  });
}
