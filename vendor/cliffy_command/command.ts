/**
 * The command builder.
 *
 * @module
 */
import { Command as Commander, CommanderError, Option } from "npm:commander@14.0.3";
import { ValidationError } from "./errors.ts";
import { BUILT_IN, type EnumType, type TypeHandler } from "./types.ts";

/** Options of {@linkcode Command.option}. */
interface OptionSettings {
  /** Value where the flag is absent. */
  readonly default?: unknown;
  /** Whether the flag may be given more than once; the value is an array then. */
  readonly collect?: boolean;
  /** Whether the help leaves it out. */
  readonly hidden?: boolean;
}

/** What is known of an option. */
interface CommandOption extends OptionSettings {
  /** Its long name without dashes. */
  readonly name: string;
  /** What the help says. */
  readonly description: string;
  /** Its flags, such as `["-v", "--verbose"]`. */
  readonly flags: string[];
  /** Its value, if it takes one. */
  readonly args: readonly { readonly name: string; readonly type: string }[];
  /** Whether commands below have it too. */
  readonly global?: boolean;
}

/** A command: options, what it does, commands below it. */
export class Command {
  readonly #commander = new Commander()
    .helpCommand(false)
    .helpOption(false)
    .configureOutput({
      writeErr: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .enablePositionalOptions()
    .exitOverride();
  readonly #types: Record<string, TypeHandler> = { ...BUILT_IN };
  readonly #below: Command[] = [];
  readonly #own: CommandOption[] = [];
  #above: Command | undefined;
  #group: string | undefined;
  #examples = "";

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

  /** Adds a type of values. */
  type(name: string, type: EnumType<string>): this {
    this.#types[name] = (argument) => type.parse(argument);
    return this;
  }

  /** Adds an option, such as `-s, --seed <seed:integer>`. */
  option(flags: string, description: string, settings: OptionSettings = {}): this {
    return this.#add(flags, description, settings);
  }

  /** Adds an option to this command and to every one below it that has none of that name. */
  globalOption(flags: string, description: string, settings: OptionSettings = {}): this {
    return this.#add(flags, description, { ...settings, global: true });
  }

  /** Sets what follows the options, such as `<file:string> [other:string]`. */
  arguments(definition: string): this {
    this.#commander.arguments(definition.replaceAll(/:\w+/g, ""));
    return this;
  }

  /** Adds an example to the help. */
  example(name: string, text: string): this {
    this.#examples += `\n${name}:\n  ${text}\n`;
    return this;
  }

  /** Adds a command below this one. */
  command(name: string, command: Command): Command {
    command.#above = this;
    this.#below.push(command);
    this.#commander.addCommand(command.#commander.name(name));
    command.#inherit();
    return command;
  }

  /** Sets what the command does. */
  action(handler: (options: Record<string, unknown>, ...args: string[]) => unknown): this {
    this.#commander.allowExcessArguments(false).action(async () => {
      const args = this.#commander.processedArgs.filter((arg) => arg !== undefined);
      await handler(this.#commander.optsWithGlobals(), ...args);
    });
    return this;
  }

  /** Takes away the flag for help; here no command has one of its own. */
  helpOption(_enable: false): this {
    return this;
  }

  /** Sets how the help looks; here it never has colours. */
  help(_options: { readonly colors: boolean }): this {
    return this;
  }

  /** Makes {@linkcode parse} throw errors of use; here it always does. */
  throwErrors(): this {
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

  /** The options, those of the commands above that reach down here first. */
  getOptions(hidden = false): CommandOption[] {
    const own = this.#own.filter((option) => hidden || option.hidden !== true);
    const above = (this.#above?.getOptions(hidden) ?? [])
      .filter(({ global, name }) => global === true && !own.some((each) => each.name === name));
    return [...above, ...own];
  }

  /** Prints the help. */
  showHelp(): void {
    console.log(this.#commander.helpInformation() + this.#examples);
  }

  /** Parses arguments and does what they say. */
  async parse(args: string[]): Promise<void> {
    try {
      await this.#commander.parseAsync(args, { from: "user" });
    } catch (thrown) {
      throw thrown instanceof CommanderError ? translated(thrown) : thrown;
    }
  }

  /** Declares an option. */
  #add(flags: string, description: string, settings: OptionSettings & { global?: true }): this {
    const [, value = "", type] = /<([^:>]+):([^>]+)>/.exec(flags) ?? [];
    const words = flags.replace(/ <.*$/, "").split(/, */);
    const option: CommandOption = {
      name: words.at(-1)?.replace(/^-+/, "") ?? flags,
      description,
      flags: words,
      args: type === undefined ? [] : [{ name: value, type }],
      ...settings,
    };
    this.#own.push(option);
    this.#commander.addOption(this.#parsed(option, this.#group));
    return this;
  }

  /** Gives the options of the commands above that reach down here to this command and to those below it. */
  #inherit(): void {
    for (const option of this.getOptions(true)) {
      const known = this.#commander.options.some(({ long }) => long === `--${option.name}`);
      if (!known) this.#commander.addOption(this.#parsed(option));
    }
    for (const below of this.#below) below.#inherit();
  }

  /** An option as commander has it. */
  #parsed({ name, description, flags, args, ...settings }: CommandOption, group?: string): Option {
    const option = new Option(
      [flags.join(", "), ...args.map(({ name }) => `<${name}>`)].join(" "),
      description,
    );
    const [type] = args.map(({ type }) => type);
    if (settings.default !== undefined) option.default(settings.default);
    if (settings.hidden === true) option.hideHelp();
    if (group !== undefined) option.helpGroup(`${group}:`);
    if (type === undefined) return option;
    return option.argParser((value: string, before: unknown) => {
      const parsed = this.#parse({ type, name: `--${name}`, value });
      if (settings.collect !== true) return parsed;
      return Array.isArray(before) ? [...before, parsed] : [parsed];
    });
  }

  #parse(argument: Parameters<TypeHandler>[0]): unknown {
    const parse = this.#types[argument.type];
    if (parse === undefined) throw new TypeError(`Unknown type "${argument.type}".`);
    return parse(argument);
  }
}

/** Commander's complaint in cliffy's words. */
function translated(error: CommanderError): ValidationError {
  const [, subject = "", suggestion] =
    /'([^']+)'[^]*?(?:\(Did you mean (?:one of )?(.+?)\?\))?$/.exec(error.message) ?? [];
  const flag = subject.split(" ").find((part) => part.startsWith("--"))?.replace(/,$/, "") ??
    subject;
  const hint = suggestion === undefined ? "" : ` Did you mean "${suggestion}"?`;
  const messages: Record<string, string> = {
    "commander.unknownOption": `Unknown option "${flag}".${hint}`,
    "commander.optionMissingArgument": `Missing value for option "${flag}".`,
    "commander.missingArgument": `Missing argument: ${subject}`,
  };
  return new ValidationError(
    messages[error.code] ?? error.message.replace(/^error: /, ""),
    { cause: error },
  );
}
