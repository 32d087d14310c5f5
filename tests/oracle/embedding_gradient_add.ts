/**
 * `embedding_gradient_add` in float64: see `src/ops/kernels/embedding_gradient_add.ts`.
 *
 * @module
 */
import { ULP } from "./bounds.ts";
import { embeddingGradient } from "./embedding_gradient.ts";
import { expected, type Inputs, type Outputs } from "./types.ts";

/** The gradient of embedding_gradient, added to what is there. */
export function embeddingGradientAdd(
  { gradient: before, ...inputs }: Inputs,
  params: Readonly<Record<string, number>>,
): Outputs {
  const { gradient: added } = embeddingGradient(inputs, params);
  const gradient = expected(added.value.length);
  for (const [i, value] of added.value.entries()) {
    gradient.value[i] = before[i] + value;
    // Whoever begins with what is there rounds after every chunk of places.
    const chunks = 2 + Math.ceil(inputs.order.length / 256);
    gradient.bound[i] = added.bound[i] + chunks * ULP * (Math.abs(before[i]) + Math.abs(value));
  }
  return { gradient };
}
