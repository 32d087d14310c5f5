/**
 * Paths as people choose by them what is in a model: parameters, and layers.
 *
 * @module
 */

/** What is behind a name that is there already; no part of a path is called so otherwise. */
const NUMBER = "\\d+(?![^.])";

/** What stars stand for. */
const STARS: ReadonlyMap<string, string> = new Map([["*", `[^.]*(\\.${NUMBER})?`], ["**", ".*"]]);

/**
 * What a text matches: a path (`head.weight`), or the path of a module (`head`: all that is in it), in which `*` stands for
 * anything but a dot and `**` for anything (`layer*.bias`). The number of a name that comes again belongs to the name: `linear`
 * is not `linear.2`, and `*` stands for both.
 */
export function pathPattern(text: string): RegExp {
  const parts = text.split(/(\*{1,2})/).map((part) =>
    STARS.get(part) ?? part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")
  );
  return new RegExp(`^${parts.join("")}(\\.(?!${NUMBER}).*)?$`, "s");
}
