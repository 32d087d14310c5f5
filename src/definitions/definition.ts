/**
 * What people choose by name: methods, models, data sets, tasks, optimizers. A definition is one file that says
 * what there is to choose, with its options as data, and makes it; one line of the folder's `mod.ts` registers it. Flags,
 * configuration, completions and reference are made of definitions, and nothing else is written for them.
 *
 * @module
 */
import {
  type ChoiceOption,
  type Option,
  type Options,
  requireValues,
  type Values,
  type ValuesOf,
} from "./option.ts";

/** One thing to choose. */
export interface Definition<Made, Given = void> {
  /** Its name: the field's term. */
  readonly name: string;
  /** What it is, in a line without a full stop. */
  readonly description: string;
  /** Its place in lists, lower ones first; those without one come last, by name. */
  readonly rank?: number;
  /** What can be set of it. */
  readonly options: Options;
  /**
   * Makes it.
   *
   * @param values Of its options; what is absent is as the thing itself has it by default.
   * @param given What does not depend on the choice, such as the sizes of the data.
   * @throws {RangeError} if a value is of no option, or not one that the option takes.
   */
  make(values: Values, given: Given): Made;
}

/** What {@linkcode define} takes: a definition whose factory gets its values with their types. */
export interface DefinitionParts<O extends Options, Made, Given>
  extends Omit<Definition<Made, Given>, "options" | "make"> {
  /** What can be set of it. */
  readonly options: O;
  /** Makes it. */
  make(values: ValuesOf<O>, given: Given): Made;
}

/**
 * Makes a definition, which checks the values that its factory gets.
 *
 * @example
 * ```ts
 * import { define } from "./definition.ts";
 *
 * const greeting = define({
 *   name: "greeting",
 *   description: "Says hello",
 *   options: { times: { type: "integer", least: 1, description: "How often", flag: "--times" } },
 *   make: ({ times = 1 }) => "hello ".repeat(times).trim(),
 * });
 * console.assert(greeting.make({ times: 2 }) === "hello hello");
 * ```
 */
export function define<const O extends Options, Made, Given = void>(
  parts: DefinitionParts<O, Made, Given>,
): Definition<Made, Given> {
  const { name, options } = parts;
  return {
    ...parts,
    make(values, given) {
      requireValues(name, options, values);
      return parts.make(values, given);
    },
  };
}

/**
 * Definitions in the order in which people see them.
 *
 * @param all As the folder's `mod.ts` exports them, a line each.
 * @throws {RangeError} if two have one name.
 */
export function listed<D extends Pick<Definition<unknown>, "name" | "rank">>(
  all: Readonly<Record<string, D>>,
): readonly D[] {
  const place = ({ rank = Infinity }: D): number => rank;
  const sorted = Object.values(all).sort((a, b) =>
    place(a) < place(b) || (place(a) === place(b) && a.name < b.name) ? -1 : 1
  );
  const twice = sorted.find(({ name }, i) => sorted.findIndex((d) => d.name === name) < i);
  if (twice !== undefined) {
    throw new RangeError(`Cannot list "${twice.name}": two definitions have that name`);
  }
  return sorted;
}

/** The values that are of options of a definition, of more that were given. */
export function valuesFor(
  { options }: Pick<Definition<unknown>, "options">,
  given: Values,
): Values {
  const own = Object.keys(options).filter((name) => given[name] !== undefined);
  return Object.fromEntries(own.map((name) => [name, given[name]]));
}

/**
 * The options of several definitions together. Those of one name are one option; where each definition has choices of its own
 * (`ofEach`), it has those of all of them.
 *
 * @throws {RangeError} if two definitions say different things of one name.
 */
export function optionsOf(
  definitions: readonly Pick<Definition<unknown>, "name" | "options">[],
): Options {
  const found = new Map<string, { readonly option: Option; readonly owner: string }>();
  for (const { name: owner, options } of definitions) {
    for (const [name, option] of Object.entries(options)) {
      const other = found.get(name);
      const both = other === undefined ? option : joined(other.option, option);
      if (both === undefined) {
        throw new RangeError(
          `Cannot use the option "${name}" of ${owner}: ${other?.owner} has another one of that name; ` +
            "expected one option that both share",
        );
      }
      found.set(name, { option: both, owner: other?.owner ?? owner });
    }
  }
  return Object.fromEntries([...found].map(([name, { option }]) => [name, option]));
}

/** The one option that two are, if they are. */
function joined(one: Option, other: Option): Option | undefined {
  if (one === other) return one;
  if (!hasOwnChoices(one) || !hasOwnChoices(other) || one.flag !== other.flag) return undefined;
  return {
    ...one,
    choices: [...new Set([...one.choices, ...other.choices])],
    description: [one.description, other.description].join("; "),
  };
}

function hasOwnChoices(option: Option): option is ChoiceOption {
  return option.type === "choice" && option.ofEach === true;
}
