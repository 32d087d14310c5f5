/**
 * The data of a run, which it names as they were named when it began.
 *
 * @module
 */
import { exists } from "../runtime/atomic_files.ts";
import type { Config } from "./config/schema.ts";
import { ValidationError } from "./deps.ts";

/**
 * Opens what a run was trained with.
 *
 * @param run Its folder, or a checkpoint.
 * @param config Its configuration, which names the data.
 * @param open Reads them.
 * @throws {ValidationError} as that does; where they are not there it also says of which run they are, and where they were looked for.
 */
export async function openingOf<Result>(
  run: string,
  { data: { name, test = name } }: Pick<Config, "data">,
  open: () => Promise<Result>,
): Promise<Result> {
  try {
    return await open();
  } catch (cause) {
    const isMissing = cause instanceof ValidationError &&
      cause.cause instanceof Deno.errors.NotFound && !(await exists(name) && await exists(test));
    if (!isMissing) throw cause;
    throw new ValidationError(
      `Cannot open the data of the run "${run}": ${cause.message} A relative path counts from the folder of this command, ` +
        `"${Deno.cwd()}".`,
      { cause },
    );
  }
}
