/**
 * What the entry points export. After a change that is meant, write the list anew:
 * `deno run -A tests/public_api.ts > tests/public_api.txt`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** Part of the output of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly kind: string;
    readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
  }[];
}

/** What programs import, beside the command line. */
export const ENTRIES = [
  "mod.ts",
  "core.ts",
  "files.ts",
  "parallel.ts",
  "runs.ts",
  "tokens.ts",
] as const;

/** Every export of an entry point as `kind name`, sorted; behind the name of the entry point where that is not `mod.ts`. */
export async function publicApi(): Promise<string[]> {
  const lists = ENTRIES.map(async (entry) => {
    const before = entry === "mod.ts" ? "" : `${entry}: `;
    return (await exported(entry)).map(({ name, declarations }) =>
      `${before}${declarations[0].kind} ${name}`
    ).sort();
  });
  return (await Promise.all(lists)).flat();
}

/** Names of the functions whose documentation has no example. */
export async function withoutExample(): Promise<string[]> {
  return (await Promise.all(ENTRIES.map(exported))).flat().filter(({ declarations }) =>
    declarations[0].kind === "function" &&
    !declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"))
  ).map(({ name }) => name);
}

async function exported(entry: string): Promise<DocumentedSymbol[]> {
  const module = fileURLToPath(new URL(`../${entry}`, import.meta.url));
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", module],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes).flatMap((node) => node.symbols);
}

if (import.meta.main) console.log((await publicApi()).join("\n"));
