/**
 * The parameters of a checkpoint on the host, by the ways to them, and what its modules say of themselves.
 *
 * @module
 */
import type { Rows } from "../../nn/definition.ts";
import type { Checkpoint } from "../checkpoint.ts";
import { parametersIn, type StoredModule } from "../description.ts";
import { rowsOf } from "../rows.ts";
import { snapshotLayers } from "../snapshot.ts";

/** Parameters by the ways to them. */
export interface StoredParameters {
  /** Matrices. */
  readonly weights: ReadonlyMap<string, Rows>;
  /** Vectors. */
  readonly vectors: ReadonlyMap<string, Float64Array>;
}

/**
 * The parameters of a checkpoint.
 *
 * @throws {CheckpointError} if it holds no layer with weights, or an array does not fit.
 */
export function storedParameters(checkpoint: Checkpoint): StoredParameters {
  const weights = new Map(
    snapshotLayers(checkpoint).map((layer) => [`${layer.name}.weight`, rowsOf(layer)]),
  );
  const vectors = new Map(
    [...parametersIn(checkpoint)].flatMap(([way, { shape, data }]): [string, Float64Array][] =>
      shape.length === 1 && !weights.has(way) ? [[way, Float64Array.from(data)]] : []
    ),
  );
  return { weights, vectors };
}

/** The first module of a kind, from the model down. */
export function firstOf(module: StoredModule, kind: string): StoredModule | undefined {
  if (module.kind === kind) return module;
  for (const child of Object.values(module.children)) {
    const found = firstOf(child, kind);
    if (found !== undefined) return found;
  }
  return undefined;
}
