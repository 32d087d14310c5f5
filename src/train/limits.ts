/**
 * What is to be learnt of examples against what a program can take: checked once for all examples, so that an error names the
 * example and not its place in a batch.
 *
 * @module
 */
import type { Source } from "../data/source.ts";
import type { Program } from "../program/program.ts";

/**
 * Refuses numbers outside of what a program takes, such as classes that the model has no output for, as far as the source
 * knows them before it makes batches; every run looks at those of its batch.
 *
 * @param action What the program is for, such as `"train"`.
 * @param names The inputs of the program.
 * @throws {RangeError} naming the first example that has one.
 */
export function requireWithin(
  action: string,
  source: Source,
  names: readonly string[],
  { traced }: Program,
): void {
  for (const { input, least, most, expected } of traced.trace.limits) {
    const wrong = source.outside?.(names[input], least, most);
    if (wrong === undefined) continue;
    throw new RangeError(
      `Cannot ${action}: ${wrong.what} is ${wrong.value}; expected ${expected}`,
    );
  }
}
