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
  readonly declarations: readonly { readonly kind: string }[];
}

/** Every export as `kind name`, sorted. */
export async function publicApi(): Promise<string[]> {
  const module = fileURLToPath(new URL("../mod.ts", import.meta.url));
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", module],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  const symbols = Object.values(nodes).flatMap((node) => node.symbols);
  return symbols.map(({ name, declarations }) => `${declarations[0].kind} ${name}`).sort();
}

if (import.meta.main) console.log((await publicApi()).join("\n"));
