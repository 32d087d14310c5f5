/**
 * A sparse linear layer against our own dense one, of the same size and on the same operands: the forward product, and one
 * training step: forward with bias, gradients of input, weights and bias, AdamW. Before anything is timed, all that the
 * sparse layer computes is compared with the dense products of its expanded weights.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { referenceOf, requireAgreement } from "../src/crossover/gate.ts";
import { type LayerSize, LayerUnderTest, operandsOf } from "../src/crossover/layer.ts";
import { compareRepeats, type Comparison, type Effort } from "../src/crossover/timing.ts";
import { record } from "../src/ops/kernels/mod.ts";
import { Device } from "../src/program/device.ts";
import { dense } from "../src/sparse/patterns/mod.ts";
import type { PatternSpec } from "../src/sparse/spec.ts";

/** A layer, its batch, its pattern. */
export interface LayerShape extends LayerSize {
  /** Which connections exist. */
  readonly pattern: PatternSpec;
}

/** What is compared. */
export type LayerMeasure = "forward" | "step";

/**
 * Dense time over sparse time.
 *
 * @throws {Error} if the two do not agree.
 */
export async function compareLayer(
  backend: Backend,
  shape: LayerShape,
  measure: LayerMeasure = "step",
): Promise<Comparison> {
  const device = deviceOf(backend);
  const operands = operandsOf(shape);
  using denseLayer = await LayerUnderTest.open(device, operands, dense());
  const reference = await referenceOf(denseLayer);
  using sparse = await LayerUnderTest.open(device, operands, shape.pattern);
  await requireAgreement(sparse, reference);
  return await compareRepeats(denseLayer[measure], sparse[measure], effortOn(backend));
}

/** Puts a sparse layer on a backend. */
export async function openLayer(backend: Backend, shape: LayerShape): Promise<LayerUnderTest> {
  return await LayerUnderTest.open(deviceOf(backend), operandsOf(shape), shape.pattern);
}

/** How long to look: WebGPU waits longer for each end, and its software adapters are slow. */
export function effortOn(backend: Backend): Effort {
  return backend.name === "webgpu"
    ? { milliseconds: 300, rounds: 9 }
    : { milliseconds: 60, rounds: 15 };
}

/** A device over a backend, with weights of always the same seed. */
export function deviceOf(backend: Backend): Device {
  return new Device(backend, "bench", 1, record);
}
