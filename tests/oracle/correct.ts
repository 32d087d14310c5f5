/**
 * `correct`: see `src/ops/kernels/correct.ts`.
 *
 * @module
 */
import { expected, type Inputs, type Outputs } from "./types.ts";

/** 1 where the first largest logit of a column is its label, else 0. */
export function correct(
  { logits, labels }: Inputs,
  { classes, columns }: Readonly<Record<string, number>>,
): Outputs {
  const out = expected(columns);
  for (let column = 0; column < columns; column++) {
    let best = 0;
    for (let i = 1; i < classes; i++) {
      if (logits[i * columns + column] > logits[best * columns + column]) best = i;
    }
    out.value[column] = best === labels[column] ? 1 : 0;
  }
  return { out };
}
