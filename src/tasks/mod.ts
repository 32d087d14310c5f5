/**
 * The tasks that have a name.
 *
 * @module
 */
import { listed } from "../definitions/definition.ts";
import * as all from "./all.ts";
import type { Task, TaskDefinition } from "./task.ts";

/** The tasks, as `--task` names them. */
export const TASKS: readonly TaskDefinition[] = listed(all);

/**
 * The definition of a task.
 *
 * @throws {RangeError} if there is none of that name.
 */
export function taskDefinition(name: string): TaskDefinition {
  const found = TASKS.find((task) => task.name === name);
  if (found !== undefined) return found;
  throw new RangeError(
    `Cannot choose the task "${name}": expected one of ${
      TASKS.map((task) => task.name).join(", ")
    }`,
  );
}

/**
 * A task by its name, as it is by default.
 *
 * @throws {RangeError} if there is none of that name.
 * @example
 * ```ts
 * import { taskNamed } from "@filigree/filigree";
 *
 * const { metrics } = taskNamed("class");
 * console.assert("accuracy" in metrics);
 * ```
 */
export function taskNamed(name: string): Task {
  return taskDefinition(name).make({});
}
