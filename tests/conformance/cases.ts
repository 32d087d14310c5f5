/**
 * What every kernel is tried with: a table of edges, and an arbitrary for the space between them. The cases are the
 * `FAMILIES` of every file of this folder that is named `*_cases.ts`.
 *
 * @module
 */
import { EDGES, SEED, Source } from "../arbitraries.ts";
import type { Draft, Family } from "./family.ts";

/** The cases of every kernel, by name. */
export const FAMILIES: Readonly<Record<string, Family>> = await families();

/**
 * The edges of a kernel for a device, each with its number: all of them, or on WebGPU as many as `FILIGREE_TEST_EDGES` says,
 * others with every seed.
 */
export function edgesOn(
  { name }: { readonly name: string },
  kernel: string,
): readonly (readonly [number, Draft])[] {
  const edges = [...FAMILIES[kernel].edges.entries()];
  if (name !== "webgpu" || edges.length <= EDGES) return edges;
  const source = new Source(SEED);
  const drawn = edges.map((edge) => ({ edge, place: source.word() }))
    .sort((a, b) => a.place - b.place).slice(0, EDGES);
  return drawn.map(({ edge }) => edge).sort(([a], [b]) => a - b);
}

/**
 * Reads the folder.
 *
 * @throws {Error} When a file has no cases, or two files have cases of one kernel.
 */
async function families(): Promise<Record<string, Family>> {
  const all: Record<string, Family> = {};
  const folder = new URL(".", import.meta.url);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith("_cases.ts")).sort();
  for (const file of files) {
    const found: { FAMILIES?: Readonly<Record<string, Family>> } = await import(
      new URL(file, folder).href
    );
    if (found.FAMILIES === undefined) {
      throw new Error(`Cannot read tests/conformance/${file}: expected an export FAMILIES`);
    }
    for (const [kernel, family] of Object.entries(found.FAMILIES)) {
      if (Object.hasOwn(all, kernel)) {
        throw new Error(`Cannot take the cases of ${kernel} from ${file}: another file has some`);
      }
      all[kernel] = family;
    }
  }
  return all;
}
