/**
 * The lists of files that nobody keeps by hand: kernels, snippets, the crate's kernels, oracles.
 *
 * A kernel is a file of `src/ops/kernels` that has a `.wgsl` of its name; the other files there help kernels.
 *
 * @module
 */

/** Where files are looked for. */
export interface Folders {
  /** Names of the files of a folder that end in `extension`, without it, sorted. */
  names(folder: string, extension: string): readonly string[];
  /** The text of a file. */
  text(path: string): string;
}

/** First lines of a generated file. */
const WRITTEN = "Written by `deno task generate`";

/** Every registry: path and text. */
export function registries(folders: Folders): Record<string, string> {
  const kernels = kernelNames(folders);
  return {
    "src/ops/kernels/mod.ts": declarations(kernels),
    ...wgslTexts(folders),
    "wasm/src/kernels/mod.rs": crate(kernels, folders.names("wasm/src/kernels", ".rs")),
    "tests/oracle/mod.ts": oracles(kernels),
  };
}

/**
 * The kernels by name, sorted.
 *
 * @throws {Error} When one of a kernel's four files is missing.
 */
function kernelNames(folders: Folders): readonly string[] {
  const modules = folders.names("wgsl", ".wgsl");
  const kernels = folders.names("src/ops/kernels", ".ts").filter((name) => modules.includes(name));
  const beside: [string, string][] = [["wasm/src/kernels", ".rs"], ["tests/oracle", ".ts"]];
  for (const [folder, extension] of beside) {
    const found = folders.names(folder, extension);
    const without = kernels.filter((name) => !found.includes(name));
    if (without.length > 0) {
      throw new Error(
        `Cannot list the kernels: ${without.join(", ")} has no file ${folder}/NAME${extension}; ` +
          "expected four files of one name",
      );
    }
  }
  return kernels;
}

function declarations(kernels: readonly string[]): string {
  return `${header(`Every kernel, by name. Order has no meaning. ${WRITTEN} from the folder.`)}
import type { Kernel } from "../../device/kernel.ts";
${lines(kernels, (name) => `import { ${camel(name)} } from "./${name}.ts";`)}

/** All kernels. */
export const KERNELS: readonly Kernel[] = [
${lines(kernels, (name) => `  ${camel(name)},`)}
];

export {
${lines(kernels.map(camel).sort(byLetters), (name) => `  ${name},`)}
};
`;
}

/** The order of the formatter, to whom capitals are letters like others. */
function byLetters(a: string, b: string): number {
  return a.toLowerCase() < b.toLowerCase() ? -1 : 1;
}

/** The WGSL, in two files for all: it is fetched with two requests, and packs to half of what the files pack to one by one. */
export function wgslTexts(folders: Folders): Record<string, string> {
  const snippets = "The shared pieces of WGSL that kernels name with `//! use`.";
  const modules = "The WGSL of kernels, loaded with the WebGPU backend.";
  return {
    "src/device/webgpu/snippets.ts": texts(folders, snippets, "SNIPPETS", "wgsl/shared"),
    "src/device/webgpu/texts.ts": texts(folders, modules, "TEXTS", "wgsl"),
  };
}

/** A record of the texts of a folder's WGSL by name, in a line each. */
function texts(folders: Folders, what: string, constant: string, folder: string): string {
  const text = (name: string) =>
    JSON.stringify(withoutComments(folders.text(`${folder}/${name}.wgsl`)));
  return `${header(`${what} ${WRITTEN} from the folder.`)}

/** Text of every \`${folder}/NAME.wgsl\` by name; where a comment was, an empty line is. */
// deno-fmt-ignore
export const ${constant}: Readonly<Record<string, string>> = {
${lines(folders.names(folder, ".wgsl"), (name) => `  ${name}: ${text(name)},`)}
};
`;
}

/** WGSL whose lines of comments are empty, so that errors name the lines of the file; directives stay. */
function withoutComments(text: string): string {
  return text.replaceAll(/^[ \t]*\/\/(?!!).*$/gm, "");
}

/** The module of the crate; \`testing\` is what its tests share. */
function crate(kernels: readonly string[], files: readonly string[]): string {
  const modules = files.filter((name) => name !== "mod");
  return `//! Every kernel, by name. \`KERNELS\` is the only list: TypeScript asks for the names at start.
//! ${WRITTEN} from the folder.

use crate::args::Kernel;

${
    lines(
      modules,
      (name) => name === "testing" ? "#[cfg(test)]\nmod testing;" : `pub mod ${name};`,
    )
  }

/// Name and function of every kernel; the position is the kernel's number.
pub static KERNELS: &[(&str, Kernel)] = &[
${lines(kernels, (name) => `    ("${name}", ${name}::${name}),`)}
];
`;
}

function oracles(kernels: readonly string[]): string {
  return `${header(`Every oracle under its kernel's name. ${WRITTEN} from the folder.`)}
${lines(kernels, (name) => `import { ${camel(name)} } from "./${name}.ts";`)}
import type { Oracle } from "./types.ts";

/** The oracles by kernel name. */
export const ORACLES: Readonly<Record<string, Oracle>> = {
${lines(kernels, (name) => `  ${entry(name)},`)}
};
`;
}

function header(text: string): string {
  return `/**\n * ${text}\n *\n * @module\n */`;
}

function lines(names: readonly string[], line: (name: string) => string): string {
  return names.map(line).join("\n");
}

function entry(name: string): string {
  return name === camel(name) ? name : `${name}: ${camel(name)}`;
}

/** row_sum becomes rowSum. */
function camel(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
