/**
 * Variables of the environment that look like ours and are none.
 *
 * @module
 */
import { ValidationError } from "../deps.ts";
import { type Leaf, LEAVES } from "./leaves.ts";

/**
 * Refuses variables of ours that no key has: one that is misspelt would be ignored.
 *
 * @param names Names that are set, whosever they are.
 * @throws {ValidationError} naming the variable and the nearest one that there is.
 */
export function requireKnownVariables(names: Iterable<string>): void {
  for (const name of names) {
    if (!name.startsWith(PREFIX) || NOT_OURS.test(name)) continue;
    if (LEAVES.some(({ variable }) => variable === name)) continue;
    throw new ValidationError(
      `Cannot use the environment: it has the variable "${name}"; expected ${
        nearest(name)
      }, or another one of ` +
        "docs/configuration.md.",
    );
  }
}

/** What all variables begin with. */
const PREFIX = "FILIGREE_";

/** Variables of the tests and the build of this program, and the one that names the library of MPI. */
const NOT_OURS = /^FILIGREE_(TEST_|PYTHON$|TARGET_DIR$|MPI$)/;

/**
 * Names that people are likely to give a variable by mistake: that of the flag, the last part of the key, one letter too few, two
 * letters exchanged. Where the permission is for names that begin like ours, they cannot be listed, only asked for.
 */
export function likelyMistakes(): Set<string> {
  const names = new Set<string>();
  for (const leaf of LEAVES) {
    const { variable } = leaf;
    for (const alias of aliasesOf(leaf)) names.add(alias);
    for (let i = PREFIX.length; i < variable.length; i++) {
      const [before, letter, next, after] = [
        variable.slice(0, i),
        variable[i],
        variable[i + 1] ?? "",
        variable.slice(i + 2),
      ];
      names.add(before + next + after);
      names.add(before + next + letter + after);
    }
    names.add(`${variable}S`);
  }
  for (const { variable } of LEAVES) names.delete(variable);
  return names;
}

/** Names that the variable of a leaf could have: those of its flag, its key, the last part of it. */
function aliasesOf({ key, flag }: Leaf): string[] {
  const word = (text: string): string =>
    PREFIX + text.replace(/[A-Z]/g, (letter) => `_${letter}`).replace(/[.-]/g, "_").toUpperCase();
  const last = key.split(".").at(-1) ?? key;
  return [word(key), word(last), word(flag.slice(2)), word(key.toLowerCase())];
}

/** The variable one of whose names takes the fewest letters to insert, remove or replace; the first of several. */
function nearest(name: string): string {
  let best = "", least = Infinity;
  for (const leaf of LEAVES) {
    for (const each of [leaf.variable, ...aliasesOf(leaf)]) {
      const distance = letters(name, each);
      if (distance < least) [best, least] = [leaf.variable, distance];
    }
  }
  return best;
}

/** Letters to insert, remove or replace (Levenshtein), row by row. */
function letters(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 0; i < from.length; i++) {
    const row = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = before[j] + Number(from[i] !== to[j]);
      row.push(Math.min(replaced, before[j + 1] + 1, row[j] + 1));
    }
    before = row;
  }
  return before[to.length];
}
