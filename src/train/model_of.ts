/**
 * The model of a checkpoint, of all kinds that there are, for those who have to have it at once.
 *
 * @module
 */
import { KINDS } from "../models/kinds.ts";
import type { LayerDefinition } from "../nn/definition.ts";
import type { AnyModule } from "../nn/module.ts";
import { buildModel, type BuiltModel } from "./build_model.ts";
import type { Checkpoint } from "./checkpoint.ts";

/**
 * The model of a checkpoint; takes no memory yet.
 *
 * @param as What the model has to be; a layer, or layers, of one tensor by default.
 * @throws {CheckpointError} if the checkpoint does not say what it does, or what cannot be.
 */
export function modelOf(checkpoint: Checkpoint): BuiltModel;
/** The same of a model that has to be what a definition makes. */
export function modelOf<M extends AnyModule>(
  checkpoint: Checkpoint,
  as: LayerDefinition<M>,
): BuiltModel<M>;
export function modelOf(
  checkpoint: Checkpoint,
  as?: LayerDefinition<AnyModule>,
): BuiltModel<AnyModule> {
  return as === undefined ? buildModel(checkpoint, KINDS) : buildModel(checkpoint, KINDS, as);
}
