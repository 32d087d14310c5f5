/**
 * Parameter groups: parameters that are chosen by their paths, with a rate, a schedule and a decay of their own.
 *
 * @module
 */
import { pathPattern } from "../definitions/paths.ts";
import type { Resource } from "../program/resource.ts";

/**
 * Which parameters a group has: a path (`head.weight`), the path of a module (`head`: all that is in it), a pattern of paths
 * in which `*` stands for anything but a dot and `**` for anything (`layer*.bias`), several of these, or a function of the
 * path. The number of a name that comes again belongs to the name: `linear` is not `linear.2`, and `*` stands for both.
 */
export type Selector =
  | string
  | readonly string[]
  | ((path: string, parameter: Resource) => boolean);

/** A group of parameters; what it does not say is as the optimizer's own options say it. */
export type ParameterGroup<Options> = Partial<Options> & {
  /** Which parameters are in it. */
  readonly parameters: Selector;
};

/** The paths of parameters: the way to them in the model. */
export type PathOf = (parameter: Resource) => string;

/** What a selector is, for errors and for what a run is told by: its text, or the name of the function. */
export function selectorName(selector: Selector): string {
  if (typeof selector === "function") return selector.name || "a function";
  return typeof selector === "string" ? selector : selector.join(", ");
}

/**
 * Puts parameters into groups.
 *
 * @param owner Whose groups they are, for errors.
 * @returns The number of each one's group; those that no group names are in none.
 * @throws {RangeError} if a group has no parameter, or a parameter two groups.
 */
export function groupsOf(
  owner: string,
  selectors: readonly Selector[],
  parameters: readonly Resource[],
  pathOf: PathOf,
): Map<Resource, number> {
  const found = new Map<Resource, number>();
  selectors.forEach((selector, group) => {
    const matches = matcherOf(selector);
    const own = parameters.filter((parameter) => matches(pathOf(parameter), parameter));
    if (own.length === 0) {
      const paths = parameters.map((each) => `"${pathOf(each)}"`).join(", ");
      throw new RangeError(
        `Cannot use ${owner}: its group "${selectorName(selector)}" has no parameter; ` +
          `the paths are ${paths}`,
      );
    }
    for (const parameter of own) {
      const other = found.get(parameter);
      if (other !== undefined) {
        throw new RangeError(
          `Cannot use ${owner}: "${pathOf(parameter)}" is in its groups "${
            selectorName(selectors[other])
          }" and "${selectorName(selector)}"; expected one at most`,
        );
      }
      found.set(parameter, group);
    }
  });
  return found;
}

function matcherOf(selector: Selector): (path: string, parameter: Resource) => boolean {
  if (typeof selector === "function") return selector;
  const patterns = (typeof selector === "string" ? [selector] : selector).map(pathPattern);
  return (path) => patterns.some((pattern) => pattern.test(path));
}
