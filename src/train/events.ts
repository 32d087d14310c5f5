/**
 * What happens in a training.
 *
 * @module
 */
import type { Evaluation } from "./evaluate.ts";
import type { RewireReport } from "./topology.ts";

/** Losses read from the device. */
export interface StepEvent {
  /** Discriminates the union. */
  readonly kind: "step";
  /** Steps carried out so far. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly totalSteps: number;
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Loss of the last step. */
  readonly loss: number;
  /** Losses of all steps since the last event. */
  readonly losses: Float32Array;
  /** Global norm of the gradient of the last step, before clipping and without weight decay. */
  readonly gradientNorm: number;
  /** Learning rate of the last step. */
  readonly learningRate: number;
  /** Examples per second since the last event. */
  readonly examplesPerSecond: number;
  /** Active share of the weights of all layers. */
  readonly density: number;
}

/** The end of an epoch. */
export interface EpochEvent {
  /** Discriminates the union. */
  readonly kind: "epoch";
  /** Epoch, from 0. */
  readonly epoch: number;
  /** Mean loss of its examples, each as it was when it was trained with or went into growth scores. */
  readonly loss: number;
  /** What the model, as it is now, is worth on the examples that {@linkcode FitOptions.validation} gave. */
  readonly validation?: Evaluation;
  /** Seconds that it took. */
  readonly seconds: number;
}

/** A rewiring. */
export type RewireEvent = RewireReport & {
  /** Discriminates the union. */
  readonly kind: "rewire";
  /** Steps carried out before it. */
  readonly step: number;
};

/** What {@linkcode Trainer.fit} yields. */
export type TrainEvent = StepEvent | EpochEvent | RewireEvent;
