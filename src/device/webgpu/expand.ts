/**
 * Turns `wgsl/NAME.wgsl` into the text that a compiler sees: shared snippets are put in where they
 * are named, repeat blocks are written out. That is all; `wgsl/README.md` describes the notation.
 *
 * @module
 */
import { evaluate, type Indices } from "./arithmetic.ts";
import { SNIPPETS } from "./snippets.ts";

/** Where a line of expanded text comes from. */
export interface Origin {
  /** `NAME` of `wgsl/NAME.wgsl`, or `shared/NAME` of a snippet. */
  readonly file: string;
  /** The line there, counted from 1. */
  readonly line: number;
}

/** Expanded text. */
export interface Expansion {
  /** The text: plain WGSL. */
  readonly code: string;
  /** Where each line of the text comes from. */
  readonly origins: readonly Origin[];
}

/** Most lines of expanded text: more would be a mistake. */
const MAX_LINES = 100_000;

interface SourceLine {
  readonly text: string;
  readonly origin: Origin;
}

type Directive =
  | { readonly kind: "use"; readonly snippet: string }
  | { readonly kind: "repeat"; readonly index: string; readonly from: string; readonly to: string }
  | { readonly kind: "end" };

/**
 * Expands the text of a kernel.
 *
 * @param kernel The kernel's name, for origins and errors.
 * @param source The text.
 * @param snippets Text of every `wgsl/shared/NAME.wgsl` by name.
 * @throws {SyntaxError} if a directive is not understood, a block is not closed, or a snippet or an
 * index does not exist.
 * @example
 * ```ts
 * import { expand } from "./expand.ts";
 *
 * const { code } = expand("sum", "//! repeat i 0 2\nlet a${i} = x[${4*i}];\n//! end");
 * console.assert(code === "let a0 = x[0];\nlet a1 = x[4];");
 * ```
 */
export function expand(
  kernel: string,
  source: string,
  snippets: Readonly<Record<string, string>> = SNIPPETS,
): Expansion {
  const lines = include(split(kernel, source), snippets);
  const expanded: SourceLine[] = [];
  unroll(lines, 0, new Map(), expanded);
  return {
    code: expanded.map(({ text }) => text).join("\n"),
    origins: expanded.map(({ origin }) => origin),
  };
}

function split(file: string, source: string): SourceLine[] {
  return source.split(/\r?\n/).map((text, i) => ({ text, origin: { file, line: i + 1 } }));
}

/** Puts snippets in the place of the lines that name them. A snippet uses no other. */
function include(
  lines: readonly SourceLine[],
  snippets: Readonly<Record<string, string>>,
): SourceLine[] {
  const used = new Set<string>();
  let depth = 0;
  return lines.flatMap((line) => {
    const directive = directiveOf(line);
    if (directive?.kind === "repeat") depth++;
    if (directive?.kind === "end") depth--;
    if (directive?.kind !== "use") return line;
    if (depth > 0) fail(line, "a snippet is used inside a block; expected it outside");
    const { snippet } = directive;
    if (!Object.hasOwn(snippets, snippet)) {
      const known = Object.keys(snippets).join(", ");
      fail(line, `there is no snippet "${snippet}"; expected one of ${known}`);
    }
    if (used.has(snippet)) fail(line, `snippet "${snippet}" is used twice; expected once`);
    used.add(snippet);
    return split(`shared/${snippet}`, snippets[snippet]);
  });
}

/**
 * Writes lines out from `at` on, up to the end of the block or of the text.
 *
 * @returns The number of the line behind.
 */
function unroll(
  lines: readonly SourceLine[],
  at: number,
  indices: Indices,
  out: SourceLine[] | undefined,
  opener?: SourceLine,
): number {
  while (at < lines.length) {
    const line = lines[at++];
    const directive = directiveOf(line);
    switch (directive?.kind) {
      case undefined:
        out?.push({ text: substitute(line, indices), origin: line.origin });
        if (out !== undefined && out.length > MAX_LINES) {
          fail(line, `the text grows beyond ${MAX_LINES} lines; expected smaller blocks`);
        }
        break;
      case "use":
        fail(line, "a snippet uses a snippet; expected the kernel to use both");
        break;
      case "end":
        if (opener === undefined) fail(line, 'no block is open; expected "//! repeat" before');
        return at;
      case "repeat":
        at = repeat(lines, at, indices, out, line, directive);
    }
  }
  if (opener !== undefined) fail(opener, 'the block has no end; expected "//! end"');
  return at;
}

/** Writes a block out; `at` is its first line. */
function repeat(
  lines: readonly SourceLine[],
  at: number,
  indices: Indices,
  out: SourceLine[] | undefined,
  opener: SourceLine,
  { index, from, to }: Extract<Directive, { kind: "repeat" }>,
): number {
  if (indices.has(index)) fail(opener, `index "${index}" is taken by a block around this one`);
  // Without a place to write to, the block is walked once, for its end.
  const first = out === undefined ? 0 : number(opener, from, indices);
  const end = out === undefined ? 0 : number(opener, to, indices);
  for (let i = first; i < end; i++) {
    unroll(lines, at, new Map([...indices, [index, i]]), out, opener);
  }
  return unroll(lines, at, new Map([...indices, [index, first]]), undefined, opener);
}

function directiveOf(line: SourceLine): Directive | undefined {
  const match = /^\s*\/\/!(.*)$/.exec(line.text);
  if (match === null) return undefined;
  const words = match[1].trim().split(/\s+/);
  const [verb, first, from, to] = words;
  if (verb === "end" && words.length === 1) return { kind: "end" };
  if (verb === "use" && words.length === 2) return { kind: "use", snippet: first };
  if (verb === "repeat" && words.length === 4 && /^[A-Za-z_]\w*$/.test(first)) {
    return { kind: "repeat", index: first, from, to };
  }
  fail(
    line,
    `"${match[1].trim()}" is no directive; expected "use NAME", "repeat INDEX FROM TO" or "end"`,
  );
}

/** Replaces every `${...}`. */
function substitute(line: SourceLine, indices: Indices): string {
  return line.text.replaceAll(
    /\$\{([^}]*)\}/g,
    (_, text: string) => String(number(line, text, indices)),
  );
}

function number(line: SourceLine, text: string, indices: Indices): number {
  try {
    return evaluate(text, indices);
  } catch (error) {
    fail(line, error instanceof Error ? error.message : String(error));
  }
}

function fail({ origin }: SourceLine, why: string): never {
  throw new SyntaxError(`Cannot expand wgsl/${origin.file}.wgsl, line ${origin.line}: ${why}`);
}
