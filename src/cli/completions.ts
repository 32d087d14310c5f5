/**
 * `filigree completions`: scripts that complete commands, flags and files in bash, zsh and fish, made of the tree of commands.
 *
 * @module
 */
import { Command, ValidationError } from "./deps.ts";
import type { Flags } from "./config/flags.ts";
import { Output } from "./output.ts";
import type { Verb } from "./verb.ts";

/** The shells that there are scripts for, and how each takes one. */
const SHELLS = {
  bash: { write: bashScript, use: "source <(filigree completions bash)" },
  zsh: { write: zshScript, use: "source <(filigree completions zsh)" },
  fish: { write: fishScript, use: "filigree completions fish | source" },
} as const;

/** Name of a shell. */
export type Shell = keyof typeof SHELLS;

/** One flag, or a short and a long one that mean the same. */
interface Option {
  /** The flags, such as `-v` and `--verbose`. */
  readonly flags: readonly string[];
  /** What it does, in a line. */
  readonly text: string;
  /** Whether a value follows. */
  readonly valued: boolean;
}

/** A command of the tree. */
interface Node {
  /** Its name and those above it: `data list`; empty for the program. */
  readonly path: string;
  /** What it does, in a line. */
  readonly text: string;
  /** The commands below it. */
  readonly below: readonly string[];
  /** Its flags. */
  readonly options: readonly Option[];
}

/** The verb `completions`. */
export const verb: Verb = { name: "completions", rank: 16, command: completionsCommand };

/** The command `completions` of a program. */
function completionsCommand(program: Command): Command {
  const command: Command = new Command();
  command
    .description("Print a script that completes commands and flags in a shell.")
    .arguments("<shell:string>")
    .action((flags: Flags, name: string) => {
      const output = new Output(flags);
      const shell = shellOf(name);
      const script = completionScript(program, shell);
      output.detail(`use: ${SHELLS[shell].use}`);
      output.result({ shell, script }, () => [script.trimEnd()]);
    });
  for (const [name, { use }] of Object.entries(SHELLS)) command.example(name, use);
  return command;
}

/** The script that completes the commands of a program in a shell. */
export function completionScript(program: Command, shell: Shell): string {
  return SHELLS[shell].write(program.getName(), nodesOf(program, ""));
}

function shellOf(name: string): Shell {
  if (Object.hasOwn(SHELLS, name)) return name as Shell;
  throw new ValidationError(
    `Argument "shell" must be ${Object.keys(SHELLS).join(", ")}, but got "${name}".`,
  );
}

/** The commands of a tree, each before those below it. */
function nodesOf(command: Command, path: string): Node[] {
  const below = command.getCommands();
  const options = command.getOptions().map(({ flags, description, args }) => ({
    flags,
    text: firstLine(description),
    valued: args.length > 0,
  }));
  const node: Node = {
    path,
    text: firstLine(command.getDescription()),
    below: below.map((each) => each.getName()),
    options,
  };
  const inside = (each: Command): string => `${path} ${each.getName()}`.trim();
  return [node, ...below.flatMap((each) => nodesOf(each, inside(each)))];
}

function firstLine(text: string): string {
  return text.split("\n")[0];
}

/** Words of a node: commands below it and flags. */
function wordsOf({ below, options }: Node): string[] {
  return [...below, ...options.flatMap(({ flags }) => flags)];
}

/** Lines of a shell's `case` that put the words typed so far into a variable if they name a command. */
function pathCases(nodes: readonly Node[], variable: string): string[] {
  return nodes.filter(({ path }) => path !== "")
    .map(({ path }) => `      "${path}") ${variable}=$next ;;`);
}

function bashScript(name: string, nodes: readonly Node[]): string {
  const valued = (node: Node): string =>
    node.options.filter((option) => option.valued).flatMap(({ flags }) => flags).join("|");
  return [
    `# Completion of ${name} in bash. Use: ${SHELLS.bash.use}`,
    `_${name}() {`,
    '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
    '  local path="" next="" words="" valued="" i',
    "  for ((i = 1; i < COMP_CWORD; i++)); do",
    '    next="${path:+$path }${COMP_WORDS[i]}"',
    '    case "$next" in',
    ...pathCases(nodes, "path"),
    "    esac",
    "  done",
    '  case "$path" in',
    ...nodes.flatMap((node) => [
      `    "${node.path}")`,
      `      words="${wordsOf(node).join(" ")}"`,
      `      valued="|${valued(node)}|"`,
      "      ;;",
    ]),
    "  esac",
    "  COMPREPLY=()",
    "  # The value of a flag, or an argument: a file.",
    '  if [[ "$before" == -* && "$valued" == *"|$before|"* ]]; then return 0; fi',
    '  while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -W "$words" -- "$current")',
    "}",
    `complete -o bashdefault -o default -F _${name} ${name}`,
    "",
  ].join("\n");
}

function zshScript(name: string, nodes: readonly Node[]): string {
  const texts = new Map(nodes.map(({ path, text }) => [path, text]));
  const described = ({ path, below, options }: Node): string[] =>
    [
      ...below.map((each) => [each, texts.get(`${path} ${each}`.trim()) ?? ""]),
      ...options.flatMap(({ flags, text }) => flags.map((flag) => [flag, text])),
    ].map(([word, text]) => `        ${quoted(`${word.replaceAll(":", "\\:")}:${text}`)}`);
  return [
    `#compdef ${name}`,
    `# Completion of ${name} in zsh. Use: ${SHELLS.zsh.use}`,
    `_${name}() {`,
    '  local path_of="" next="" word',
    "  local -a known",
    "  for word in ${words[2,CURRENT-1]}; do",
    '    next="${path_of:+$path_of }$word"',
    '    case "$next" in',
    // `path` is the search path of commands in zsh.
    ...pathCases(nodes, "path_of"),
    "    esac",
    "  done",
    '  case "$path_of" in',
    ...nodes.flatMap((node) => [
      `    "${node.path}")`,
      "      known=(",
      ...described(node),
      "      )",
      "      ;;",
    ]),
    "  esac",
    `  _describe ${name} known || _files`,
    "}",
    `compdef _${name} ${name}`,
    "",
  ].join("\n");
}

function fishScript(name: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, below, options }) => {
    const when = `-n '__${name}_at "${path}"'`;
    const commands = below.map((each) => {
      const node = nodes.find((other) => other.path === `${path} ${each}`.trim());
      return `complete -c ${name} ${when} -f -a ${each} -d ${quoted(node?.text ?? "")}`;
    });
    const flags = options.map(({ flags, text, valued }) => {
      const words = flags.map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
      );
      return [`complete -c ${name}`, when, ...words, ...valued ? ["-r"] : [], "-d", quoted(text)]
        .join(" ");
    });
    return [...commands, ...flags];
  });
  const paths = nodes.filter(({ path }) => path !== "").map(({ path }) => quoted(path));
  return [
    `# Completion of ${name} in fish. Use: ${SHELLS.fish.use}`,
    `function __${name}_at`,
    "  set -l path ''",
    "  for word in (commandline -opc)[2..]",
    '    set -l next (string trim -- "$path $word")',
    `    if contains -- "$next" ${paths.join(" ")}`,
    "      set path $next",
    "    end",
    "  end",
    '  test "$path" = "$argv[1]"',
    "end",
    ...lines,
    "",
  ].join("\n");
}

/** A text in single quotes that every one of the shells takes as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
