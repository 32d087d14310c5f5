/**
 * The command builder.
 *
 * @module
 */
import { Command as Commander, CommanderError, Option } from "npm:commander@14.0.3";
import { ValidationError } from "./errors.ts";
import {
  BUILT_IN,
  type BuiltInTypes,
  type EnumType,
  type TypedEnv,
  type TypedOption,
  type TypeHandler,
} from "./types.ts";

/** A value that stands in the environment. */
interface EnvVar {
  readonly property: string;
  readonly variable: string;
  readonly type: string;
}

/** Options of {@linkcode Command.option}. */
interface OptionSettings<Default> {
  /** Value where the flag is absent. */
  default?: Default;
  /** Whether the flag may be given more than once; the value is an array then. */
  collect?: boolean;
  /** Whether the help leaves it out. */
  hidden?: boolean;
}

/** What is known of a value. */
export interface Argument {
  /** Its name, such as `file`. */
  name: string;
  /** Its type, such as `string`. */
  type: string;
}

/** What is known of an option. */
export interface CommandOption {
  /** Its long name without dashes. */
  name: string;
  /** What the help says. */
  description: string;
  /** Its flags, such as `["-v", "--verbose"]`. */
  flags: string[];
  /** Its value, if it takes one. */
  args: Argument[];
}

/** A command: options, what it does, commands below it. */
export class Command<Options extends object = Record<never, never>, Types = BuiltInTypes> {
  readonly #commander = new Commander()
    .helpCommand(false)
    .helpOption("-h, --help", "Show this help.")
    .configureOutput({
      writeErr: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride();
  readonly #types: Record<string, TypeHandler<unknown>> = { ...BUILT_IN };
  readonly #env: EnvVar[] = [];
  readonly #below: Command[] = [];
  readonly #options: CommandOption[] = [];
  #group: string | undefined;
  #arguments: Argument[] = [];
  readonly #global: ((command: Command) => unknown)[] = [];
  #throws = false;
  #onError: ((error: Error, command: Command) => unknown) | undefined;

  /** Sets the name. */
  name(name: string): this {
    this.#commander.name(name);
    return this;
  }

  /** Sets what the help says; its first line is what the list of commands says. */
  description(text: string): this {
    this.#commander.description(text).summary(text.trim().split("\n", 1)[0]);
    return this;
  }

  /** Puts the options that follow under a title. */
  group(name: string): this {
    this.#group = name;
    return this;
  }

  /** Sets the version and adds `--version`. */
  version(version: string): this {
    this.#commander.version(version, "-V, --version", "Show the version number for this program.");
    return this;
  }

  /** Adds a type of values. */
  type<Name extends string, Value>(
    name: Name,
    handler: TypeHandler<Value> | EnumType<Value & (string | number | boolean)>,
  ): Command<Options, Types & { [K in Name]: Value }> {
    this.#types[name] = typeof handler === "function"
      ? handler
      : (argument) => handler.parse(argument);
    return this as unknown as Command<Options, Types & { [K in Name]: Value }>;
  }

  /** Adds an option, such as `-s, --seed <seed:integer>`. */
  option<Flags extends string, const Default = undefined>(
    flags: Flags,
    description: string,
    settings: OptionSettings<Default> = {},
  ): Command<Options & TypedOption<Flags, Types, Default>, Types> {
    const [, value = "", type = ""] = /<([^:>]+):([^>]+)>/.exec(flags) ?? [];
    const option = new Option(flags.replace(/:[^>]+>/, ">"), description);
    if (settings.default !== undefined) option.default(settings.default);
    if (settings.hidden === true) option.hideHelp();
    if (this.#group !== undefined) option.helpGroup(`${this.#group}:`);
    if (type !== "") {
      option.argParser((value: string, before: unknown) => {
        const parsed = this.#parseValue({
          label: "Option",
          name: option.long ?? flags,
          type,
          value,
        });
        if (settings.collect !== true) return parsed;
        return Array.isArray(before) ? [...before, parsed] : [parsed];
      });
    }
    this.#commander.addOption(option);
    if (settings.hidden !== true) {
      this.#options.push({
        name: option.long?.replace(/^--/, "") ?? flags,
        description,
        flags: flags.replace(/ <.*$/, "").split(/, */),
        args: value === "" ? [] : [{ name: value, type }],
      });
    }
    return this as unknown as Command<Options & TypedOption<Flags, Types, Default>, Types>;
  }

  /** Adds an option to this command and to every one below it that has none of that name. */
  globalOption<Flags extends string, const Default = undefined>(
    flags: Flags,
    description: string,
    settings: OptionSettings<Default> = {},
  ): Command<Options & TypedOption<Flags, Types, Default>, Types> {
    this.#global.push((command) => {
      const long = /--[^ ,]+/.exec(flags)?.[0] ?? flags;
      if (command.getOptions().some((option) => option.flags.includes(long))) return;
      // They are of no group of the command.
      command.#group = undefined;
      command.option(flags, description, settings);
    });
    return this.option(flags, description, settings);
  }

  /** Sets what follows the options, such as `<file:string> [other:string]`. */
  arguments(definition: string): this {
    for (const [, open, name] of definition.matchAll(/([<[])([^:>\]]+)[^>\]]*[>\]]/g)) {
      this.#commander.argument(open === "<" ? `<${name}>` : `[${name}]`);
    }
    this.#arguments = [...definition.matchAll(/[<[]([^:>\]]+):?([^>\]]*)[>\]]/g)]
      .map(([, name, type]) => ({ name, type: type || "string" }));
    return this;
  }

  /** Sets what happens to errors of use before they end the process. */
  error(handler: (error: Error, command: Command) => unknown): this {
    this.#onError = handler;
    return this;
  }

  /** Adds an environment variable, such as `APP_SEED=<seed:integer>`, read where the permission allows it. */
  env<Name extends string, Prefix extends string = "">(
    name: Name,
    description: string,
    settings: { prefix?: Prefix } = {},
  ): Command<Options & TypedEnv<Name, Types, Prefix>, Types> {
    const [variable, definition = ""] = name.split("=");
    const type = /<[^:>]+:([^>]+)>/.exec(definition)?.[1] ?? "string";
    const property = variable.slice(settings.prefix?.length ?? 0).toLowerCase()
      .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
    this.#env.push({ property, variable, type });
    const heading = this.#env.length === 1 ? "\nEnvironment variables:\n" : "";
    this.#commander.addHelpText("after", `${heading}  ${variable}  ${description}`);
    return this as unknown as Command<Options & TypedEnv<Name, Types, Prefix>, Types>;
  }

  /** Adds an example to the help. */
  example(name: string, text: string): this {
    this.#commander.addHelpText("after", `\n${name}:\n  ${text}`);
    return this;
  }

  /** Adds a command below this one. */
  command<Below extends object, BelowTypes>(
    name: string,
    command: Command<Below, BelowTypes>,
  ): Command<Below, BelowTypes> {
    const below = command as unknown as Command;
    this.#spread(below);
    this.#below.push(below);
    this.#commander.addCommand(command.#commander.name(name));
    return command;
  }

  /** Sets what the command does. */
  action(handler: (options: Options, ...args: string[]) => unknown): this {
    this.#commander.allowExcessArguments(false).action(async () => {
      const options = { ...this.#commander.optsWithGlobals(), ...this.#environment() } as Options;
      await handler(options, ...this.#commander.processedArgs.filter((arg) => arg !== undefined));
    });
    return this;
  }

  /** Makes {@linkcode parse} throw errors of use instead of ending the process. */
  throwErrors(): this {
    this.#throws = true;
    return this;
  }

  /** The name. */
  getName(): string {
    return this.#commander.name();
  }

  /** What the help says. */
  getDescription(): string {
    return this.#commander.description();
  }

  /** The commands below this one. */
  getCommands(): Command[] {
    return [...this.#below];
  }

  /** The options that the help shows, those of the commands above that reach down here included. */
  getOptions(): CommandOption[] {
    return [...this.#options];
  }

  /** What follows the options. */
  getArguments(): Argument[] {
    return [...this.#arguments];
  }

  /** The text that `--help` prints. */
  getHelp(): string {
    return this.#commander.helpInformation();
  }

  /** Prints the text of {@linkcode getHelp}. */
  showHelp(): void {
    this.#commander.outputHelp();
  }

  /** Parses arguments and does what they say. */
  async parse(args: string[]): Promise<void> {
    try {
      await this.#commander.parseAsync(args, { from: "user" });
    } catch (thrown) {
      const error = thrown instanceof CommanderError ? translated(thrown) : thrown;
      if (error instanceof ValidationError) {
        this.#onError?.(error, this as unknown as Command);
      }
      if (this.#throws || !(error instanceof ValidationError)) throw error;
      this.showHelp();
      console.error(`  error: ${error.message}\n`);
      Deno.exit(error.exitCode);
    }
  }

  /** Gives the options that reach down to a command and to those below it. */
  #spread(command: Command): void {
    for (const add of this.#global) add(command);
    for (const below of command.#below) this.#spread(below);
  }

  #parseValue(argument: { label: string; name: string; type: string; value: string }): unknown {
    const parse = this.#types[argument.type];
    if (parse === undefined) throw new TypeError(`Unknown type "${argument.type}".`);
    return parse(argument);
  }

  #environment(): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const { property, variable, type } of this.#env) {
      const allowed = Deno.permissions.querySync({ name: "env", variable }).state === "granted";
      const value = allowed ? Deno.env.get(variable) : undefined;
      const given = this.#commander.getOptionValueSource(property) === "cli";
      if (value === undefined || value === "" || given) continue;
      found[property] = this.#parseValue({
        label: "Environment variable",
        name: variable,
        type,
        value,
      });
    }
    return found;
  }
}

/** Commander's complaint in cliffy's words; ends the process where help or version was asked for. */
function translated(error: CommanderError): ValidationError {
  if (error.exitCode === 0) Deno.exit(0);
  const [, subject = "", suggestion] =
    /'([^']+)'[^]*?(?:\(Did you mean (?:one of )?(.+?)\?\))?$/.exec(error.message) ?? [];
  const flag = subject.split(" ").find((part) => part.startsWith("--"))?.replace(/,$/, "") ??
    subject;
  const hint = suggestion === undefined ? "" : ` Did you mean "${suggestion}"?`;
  const messages: Record<string, string> = {
    "commander.unknownOption": `Unknown option "${flag}".${hint}`,
    "commander.unknownCommand": `Unknown command "${subject}".${hint}`,
    "commander.optionMissingArgument": `Missing value for option "${flag}".`,
    "commander.missingArgument": `Missing argument: ${subject}`,
  };
  return new ValidationError(
    messages[error.code] ?? error.message.replace(/^error: /, ""),
    { cause: error },
  );
}
