/**
 * Options as plain data: what may be given by name to whoever makes something, what it may be, and how people say it. Whoever
 * reads flags, files or forms makes them of this; nothing here knows any of those.
 *
 * @module
 */

/** What every option says of itself. */
export interface Described {
  /** What it is, in a line without a full stop. */
  readonly description: string;
  /** Its flag on the command line, such as `--every`; one that begins with `--no-` says no. */
  readonly flag?: string;
  /** The description of a flag that says no. */
  readonly flagDescription?: string;
  /** Other options of the same thing that it has no effect beside, unless they have these values. */
  readonly needs?: Readonly<Record<string, boolean>>;
  /** What it takes, for people, where that is not what {@linkcode acceptsOf} makes of the rest. */
  readonly accepts?: string;
}

/** A number. */
export interface NumberOption extends Described {
  /** Whole numbers alone, or any finite ones. */
  readonly type: "integer" | "number";
  /** The least that it may be. */
  readonly least?: number;
  /** The most that it may be. */
  readonly most?: number;
  /** What it has to be above. */
  readonly above?: number;
  /** What it has to be below. */
  readonly below?: number;
  /** What it is where it is not given; absent where that depends on others. */
  readonly default?: number;
}

/** A text, which is not empty unless it says so. */
export interface TextOption extends Described {
  /** A text. */
  readonly type: "text";
  /** Whether it may be empty; false by default. */
  readonly empty?: boolean;
  /** What it has to look like. */
  readonly matches?: RegExp;
  /** Whether a number may stand for its text, as in a file that has no quotation marks around it. */
  readonly numbers?: boolean;
  /** What it is where it is not given. */
  readonly default?: string;
}

/** One of a few texts. */
export interface ChoiceOption extends Described {
  /** A text of a list. */
  readonly type: "choice";
  /** All that it may be. */
  readonly choices: readonly string[];
  /** Whether each definition that has it has choices of its own, which are told by the description. */
  readonly ofEach?: boolean;
  /** What it is where it is not given; absent where that depends on others. */
  readonly default?: string;
}

/** Yes or no. */
export interface BooleanOption extends Described {
  /** Yes or no. */
  readonly type: "boolean";
  /** What it is where it is not given. */
  readonly default?: boolean;
}

/** Several values of one kind. */
export interface ListOption extends Described {
  /** A list. */
  readonly type: "list";
  /** What an element is. */
  readonly of: Element;
  /** Fewest elements; 0 if absent. */
  readonly least?: number;
  /** Most elements; any number if absent. */
  readonly most?: number;
  /** What it is where it is not given; absent where that depends on others. */
  readonly default?: readonly (string | number)[];
}

/** What an element of a list is. */
export type Element =
  | Omit<NumberOption, "description">
  | Omit<TextOption, "description">
  | Omit<ChoiceOption, "description">;

/** One option. */
export type Option = NumberOption | TextOption | ChoiceOption | BooleanOption | ListOption;

/** Options by name. */
export type Options = Readonly<Record<string, Option>>;

/** Values by the names of options, as they were given. */
export type Values = Readonly<Record<string, unknown>>;

/** The value of an option, as TypeScript sees it. */
export type ValueOf<O> = O extends { readonly type: "integer" | "number" } ? number
  : O extends { readonly type: "choice"; readonly choices: readonly (infer Choice)[] } ? Choice
  : O extends { readonly type: "text" } ? string
  : O extends { readonly type: "boolean" } ? boolean
  : O extends { readonly type: "list"; readonly of: infer E } ? readonly ValueOf<E>[]
  : never;

/** The values of options, as TypeScript sees them: each may be absent. */
export type ValuesOf<O extends Options> = { readonly [Name in keyof O]?: ValueOf<O[Name]> };

/** The same with the defaults filled in: those that have one are there. */
export type FilledOf<O extends Options> =
  & {
    readonly [Name in keyof O as O[Name] extends Defaulted ? Name : never]: ValueOf<O[Name]>;
  }
  & {
    readonly [Name in keyof O as O[Name] extends Defaulted ? never : Name]?:
      | ValueOf<O[Name]>
      | undefined;
  };

/** What has a default. */
interface Defaulted {
  readonly default: unknown;
}

/** What an option takes, for people: "integer >= 1", "a list of text". */
export function acceptsOf(option: Option | Element): string {
  if (option.accepts !== undefined) return option.accepts;
  switch (option.type) {
    case "choice":
      return option.choices.join(", ");
    case "boolean":
      return "true or false";
    case "list":
      return `a list of ${acceptsOf(option.of)}`;
    case "text":
      return option.empty === true ? "text, or none" : "text";
    case "integer":
    case "number": {
      const { least, most, above, below } = option;
      const bounds = [["> ", above], [">= ", least], ["< ", below], ["<= ", most]] as const;
      const known = bounds.flatMap(([sign, bound]) => bound === undefined ? [] : [sign + bound]);
      return `${option.type} ${known.join(" and ")}`.trim();
    }
  }
}

/** Whether a value is one that an option takes. */
export function accepts(option: Option | Element, value: unknown): boolean {
  switch (option.type) {
    case "choice":
      return option.choices.some((choice) => choice === value);
    case "boolean":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value) && value.length >= (option.least ?? 0) &&
        value.length <= (option.most ?? Infinity) &&
        value.every((each) => accepts(option.of, each));
    case "text":
      return typeof value === "string" && (value !== "" || option.empty === true) &&
        (option.matches?.test(value) ?? true);
    case "integer":
    case "number": {
      const { type, least, most, above, below } = option;
      return typeof value === "number" && Number.isFinite(value) &&
        (type === "number" || Number.isSafeInteger(value)) &&
        !(least !== undefined && value < least) && !(most !== undefined && value > most) &&
        !(above !== undefined && value <= above) && !(below !== undefined && value >= below);
    }
  }
}

/**
 * Refuses values that options do not take.
 *
 * @param name What they are given to, for errors.
 * @throws {RangeError} if a name is none of the options, or a value not accepted.
 */
export function requireValues<O extends Options>(
  name: string,
  options: O,
  values: Values,
): asserts values is ValuesOf<O> & Values {
  for (const [key, value] of Object.entries(values)) {
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option === undefined) {
      const known = Object.keys(options).join(", ") || "none";
      throw new RangeError(
        `Cannot make ${name}: it has no option "${key}"; its options are ${known}`,
      );
    }
    if (value !== undefined && accepts(option, value)) continue;
    throw new RangeError(
      `Cannot make ${name}: ${key} is ${shown(value)}; expected ${acceptsOf(option)}`,
    );
  }
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : JSON.stringify(value) ?? String(value);
}
