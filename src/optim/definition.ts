/**
 * What people choose an optimizer by.
 *
 * @module
 */
import type { Definition } from "../definitions/definition.ts";
import type { CommonOptions, Optimizer } from "./optimizer.ts";

/** An optimizer by name. What all have is given; its options are its own. */
export interface OptimizerDefinition extends Definition<Optimizer, CommonOptions> {
  /** The highest learning rate that suits a dense network. */
  readonly learningRate: number;
}
