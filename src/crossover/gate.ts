/**
 * No time without a correct result: before a sparse layer is measured, everything that it computes is compared with the
 * dense products of its expanded weights.
 *
 * @module
 */
import type { LayerUnderTest } from "./layer.ts";

/** A dense layer to compare with, and the gradient of its weights: the operands never change, so neither does that. */
export interface Reference {
  /** The dense layer. */
  readonly dense: LayerUnderTest;
  /** A tenth of the gradient of its weights: `[rows, inputs]`. */
  readonly moments: Float32Array;
}

/** Takes a dense layer that has not run yet as the one to compare with. */
export async function referenceOf(dense: LayerUnderTest): Promise<Reference> {
  await dense.result();
  return { dense, moments: await dense.moments() };
}

/**
 * Compares a sparse layer that has not run yet with the dense one.
 *
 * @throws {Error} if they disagree by more than rounding.
 */
export async function requireAgreement(
  sparse: LayerUnderTest,
  { dense, moments }: Reference,
): Promise<void> {
  const weights = await sparse.weights();
  // The two share memory for what they compute: what the sparse one leaves out shall not look right by chance.
  const poison = new Float32Array(weights.length).fill(NaN);
  dense.setWeights(poison);
  await dense.output();
  const y = await sparse.output();
  await dense.result();
  const step = await sparse.result();
  dense.setWeights(weights);
  const expected = { y: await dense.output(), step: await dense.result() };
  const mask = sparse.mask();
  requireEqual("output of the forward product", y, expected.y);
  requireEqual("output of the step", step.y, expected.step.y);
  requireEqual("gradient of the input", step.dx, expected.step.dx);
  requireEqual(
    "gradient of the weights",
    await sparse.moments(),
    moments.map((moment, i) => mask[i] * moment),
  );
}

/** Both sum the same terms in another order: a ten-thousandth of the largest element is far more than rounding. */
export function requireEqual(what: string, sparse: Float32Array, dense: Float32Array): void {
  let largest = 0;
  let worst = 0;
  for (let i = 0; i < dense.length; i++) {
    largest = Math.max(largest, Math.abs(dense[i]));
    const error = Math.abs(sparse[i] - dense[i]);
    if (!(error <= worst)) worst = error; // NaN too.
  }
  if (sparse.length === dense.length && worst <= 1e-4 * largest && largest > 0) return;
  throw new Error(
    `Cannot time the layer: the ${what} differs from the dense one by ${worst}; ` +
      `the largest element is ${largest}`,
  );
}
