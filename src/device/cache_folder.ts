/**
 * The user's cache folder: what lies in it can be made again.
 *
 * @module
 */

/** A variable of the environment, if it is set. */
export type Variable = (name: string) => string | undefined;

/**
 * Where something lies in our part of the user's cache folder, or `undefined` where nothing says where that is.
 *
 * @param os As `operatingSystem` names it.
 */
export function cachePath(os: string, variable: Variable, name: string): string | undefined {
  const under = (root: string, ...rest: string[]): string | undefined => {
    const folder = variable(root);
    return folder ? [folder, ...rest, "filigree", name].join("/") : undefined;
  };
  switch (os) {
    case "windows":
      return under("LOCALAPPDATA");
    case "darwin":
      return under("HOME", "Library", "Caches");
    default:
      return under("XDG_CACHE_HOME") ?? under("HOME", ".cache");
  }
}
