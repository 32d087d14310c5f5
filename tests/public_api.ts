/**
 * What `mod.ts` exports. After a change that is meant, write the list anew:
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

/** Every export as `kind name`, sorted. */
export async function publicApi(): Promise<string[]> {
  return (await exported()).map(({ name, declarations }) => `${declarations[0].kind} ${name}`)
    .sort();
}

/** Names of the functions whose documentation has no example. */
export async function withoutExample(): Promise<string[]> {
  return (await exported()).filter(({ declarations }) =>
    declarations[0].kind === "function" &&
    !declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"))
  ).map(({ name }) => name);
}

async function exported(): Promise<DocumentedSymbol[]> {
  const module = fileURLToPath(new URL("../mod.ts", import.meta.url));
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", module],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes).flatMap((node) => node.symbols);
}

if (import.meta.main) console.log((await publicApi()).join("\n"));
