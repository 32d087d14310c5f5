/**
 * The words of a command line before cliffy parses them. What cliffy and its stand-in would take differently, or without a word,
 * is decided here once; ADR 5 has the table.
 *
 * @module
 */
import { accepts } from "../definitions/option.ts";
import { type Leaf, LEAVES } from "./config/leaves.ts";
import { type Command, type CommandOption, ValidationError } from "./deps.ts";

/** What words ask for. */
export interface Asked {
  /** The command that they name. */
  readonly command: Command;
  /** Whether they ask for its help. */
  readonly help: boolean;
  /** Whether they ask for the version of the program. */
  readonly version: boolean;
  /** What is left to parse. */
  readonly args: string[];
}

/**
 * Reads the words of a command line. Help goes before everything, wherever it is asked for; the version before what is wrong.
 *
 * @throws {ValidationError} if there is no such command, a value is empty, a flag that takes none has one, a flag is given
 *   twice, or one comes after `--`.
 */
export function readWords(program: Command, words: readonly string[]): Asked {
  const reader = new Reader(program, words);
  const { refusal, command, args } = reader;
  const [help, version] = [reader.has("help"), reader.has("version")];
  if (refusal !== undefined && !help && !version) throw new ValidationError(refusal);
  return { command, help, version, args };
}

/** Goes through words once. */
class Reader {
  /** The command that is named so far. */
  command: Command;
  /** The words, without what no parser needs. */
  readonly args: string[] = [];
  /** The first thing that is wrong. */
  refusal: string | undefined;
  /** Names of the options so far. */
  readonly #given = new Set<string>();
  /** The words that follow. */
  readonly #rest: string[];

  constructor(program: Command, words: readonly string[]) {
    this.command = program;
    this.#rest = [...words];
    for (let word = this.#rest.shift(); word !== undefined; word = this.#rest.shift()) {
      if (word === "--") this.#takeRest();
      else if (!isFlag(word)) this.#takeArgument(word);
      else for (const flag of separate(word)) this.#takeFlag(flag);
    }
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#given.has(name);
  }

  #refuse(what: string, why: string, expected: string): void {
    this.refusal ??= `Cannot ${what}: ${why}; expected ${expected}.`;
  }

  /** Cliffy keeps what follows `--` apart, where no command looks. */
  #takeRest(): void {
    for (const word of this.#rest.splice(0)) {
      if (isFlag(word)) {
        const expected = `an argument, such as "./${word}" for a file`;
        this.#refuse(`take "${word}" after "--"`, "it begins with a dash", expected);
      }
      this.#takeArgument(word);
    }
  }

  #takeArgument(word: string): void {
    this.args.push(word);
    const below = this.command.getCommands();
    const named = below.find((each) => each.getName() === word);
    if (named !== undefined) this.command = named;
    else if (below.length > 0) {
      const names = below.map((each) => each.getName()).join(", ");
      this.#refuse(`run "${word}"`, `"${this.command.getName()}" has no such command`, names);
    }
  }

  #takeFlag(word: string): void {
    this.args.push(word);
    const [, flag = word, text] = /^(--?[^=]+)=(.*)$/s.exec(word) ?? [];
    const option = this.command.getOptions(true).find(({ flags }) => flags.includes(flag));
    // Every parser refuses one that there is not.
    if (option === undefined) return;
    if (this.has(option.name) && option.collect !== true) {
      this.#refuse(`use option "${flag}"`, "it is given twice", "it once");
    }
    this.#given.add(option.name);
    if (takesValue(option)) this.#takeValue(flag, text);
    else if (text !== undefined) {
      this.#refuse(`use option "${flag}"`, `it takes no value, but got "${text}"`, `${flag} alone`);
    }
  }

  #takeValue(flag: string, text: string | undefined): void {
    const value = text ?? this.#rest.shift();
    // Every parser refuses a flag whose value is missing.
    if (value === undefined) return;
    const leaf = value === "" ? this.#emptyLeaf(flag) : undefined;
    if (leaf?.option.type === "text") {
      // No parser takes an empty value of a flag.
      this.args.pop();
      this.args.push("--set", `${leaf.key}=`);
      return;
    }
    if (text === undefined) this.args.push(value);
    if (value !== "") return;
    const empty = leaf === undefined ? "" : `, "--set ${leaf.key}=" for an empty one`;
    this.#refuse(`use option "${flag}"`, "its value is empty", `one${empty}, or no ${flag}`);
  }

  /** What a flag sets, where that may be empty and the command takes it as key and value. */
  #emptyLeaf(flag: string): Leaf | undefined {
    if (!this.command.getOptions(true).some(({ name }) => name === "set")) return undefined;
    return LEAVES.find((leaf) =>
      leaf.flag === flag && (accepts(leaf.option, "") || accepts(leaf.option, []))
    );
  }
}

/** Whether a word is a flag, and not an argument: `-` alone is one. */
function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith("-");
}

/** `-vh` is `-v -h`. */
function separate(word: string): string[] {
  return /^-\w{2,}$/.test(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word];
}

/** Whether a value follows. */
function takesValue({ args }: CommandOption): boolean {
  return args.length > 0;
}
