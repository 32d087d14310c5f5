/**
 * What is taken out of a checkpoint, and what is refused of it.
 *
 * @module
 */
import type { ResourceData } from "../program/resource.ts";
import { geometryOf } from "../sparse/geometry.ts";
import type { Pattern } from "../sparse/pattern.ts";
import { validatePattern } from "../sparse/validate.ts";
import type { SparseWeight } from "../sparse/weight.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { PART, patternIn } from "./description.ts";
import { CheckpointError } from "./errors.ts";

/** Refuses a checkpoint with an array that has no place. */
export function requireNoStrangers(
  { path, tensors }: Checkpoint,
  hasPlace: (name: string) => boolean,
): void {
  const stranger = [...tensors.keys()].find((name) => !hasPlace(name));
  if (stranger === undefined) return;
  throw new CheckpointError(
    path,
    `it holds "${stranger}", which the model and its optimizer do not have; ` +
      "expected a checkpoint of the same model and optimizer",
  );
}

/** What the table of an encoder ends with that has a row for each piece of its vocabulary. */
const WORDS = "words.weight";

/** The content of an array that has to be there, and as long as that. */
export function takeTensor(
  { path, tensors }: Checkpoint,
  name: string,
  length: number,
): ResourceData {
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    throw new CheckpointError(
      path,
      `it lacks "${name}"; expected a checkpoint of the same model`,
    );
  }
  if (tensor.data.length !== length) {
    const why = name.endsWith(WORDS) ? ", or its tokens are of another vocabulary" : "";
    throw new CheckpointError(
      path,
      `"${name}" has shape [${tensor.shape}]; expected ${length} elements: it is of another model${why}`,
    );
  }
  return tensor.data;
}

/** The pattern of a weight, which has to be of its kind. */
export function restoredPattern(
  checkpoint: Checkpoint,
  name: string,
  weight: SparseWeight,
  take: (name: string, length: number) => ResourceData,
): Pattern {
  const { spec, rows, inputs, budget, lists, capacity } = weight.geometry;
  const expected = weight.record;
  const found = patternIn(checkpoint, name)?.text;
  if (found !== expected) {
    throw new CheckpointError(
      checkpoint.path,
      `the pattern of "${name}" is ${found ?? "absent"}; expected ${expected}`,
    );
  }
  const pattern: Pattern = {
    ...geometryOf(spec, rows, inputs, budget),
    span: Uint32Array.from(take(`${name}${PART}span`, 2 * lists)),
    index: Uint32Array.from(take(`${name}${PART}index`, capacity)),
  };
  try {
    validatePattern(pattern, name);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(checkpoint.path, why, { cause });
  }
  return pattern;
}
