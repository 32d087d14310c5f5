/**
 * Arguments of tests, of which some are given by a helper.
 *
 * @module
 */

/** Arguments with others in the place of the flags with values that are among both: the command line refuses one that comes twice. */
export function withFlags(args: readonly string[], ...others: string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i].startsWith("--") && others.includes(args[i])) i++;
    else kept.push(args[i]);
  }
  return [...kept, ...others];
}
