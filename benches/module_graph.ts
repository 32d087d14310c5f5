/**
 * What modules consist of: the files that Deno reaches from one, and their bytes.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The folders of the WASM builds. */
export const BUILDS = { plain: "pkg", relaxed: "pkg-threads" } as const;

/** The folder of a WASM build. */
export type Build = (typeof BUILDS)[keyof typeof BUILDS];

/** What `deno info --json` says, as far as it matters here. */
export interface ModuleGraph {
  /** Where it begins. */
  readonly roots: readonly string[];
  /** All that is reached: evaluated, imported later, for types alone. */
  readonly modules: readonly GraphModule[];
}

interface GraphModule {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly isDynamic?: boolean;
  }[];
}

/** The graph of a module of a checkout. */
export async function graphOf(root: URL, entry: string): Promise<ModuleGraph> {
  const path = fileURLToPath(new URL(entry, root));
  const graph: ModuleGraph = JSON.parse(await deno(["info", "--json", path], root));
  const wrong = graph.modules.find(({ error }) => error !== undefined);
  if (wrong === undefined) return graph;
  throw new Error(`Cannot count the bytes of ${wrong.specifier}: ${wrong.error}`);
}

/** The modules that are evaluated before the program of the given ones begins, themselves among them. */
export function reachedFrom({ modules }: ModuleGraph, roots: readonly string[]): Set<string> {
  const known = new Map(modules.map((module) => [module.specifier, module.dependencies ?? []]));
  const reached = new Set(roots);
  for (const specifier of reached) {
    for (const { code, isDynamic } of known.get(specifier) ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) reached.add(code.specifier);
    }
  }
  return reached;
}

/** The build that a file is; undefined if it is none. */
export function buildOf(specifier: string): Build | undefined {
  const [, folder] = /wasm\/(pkg[^/]*)\/.*\.wasm$/.exec(specifier) ?? [];
  return Object.values(BUILDS).find((build) => build === folder);
}

/** Bytes by gzip. */
export async function gzip(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** What a run of Deno in a folder prints; with a cache of its own, if one is given. */
export async function deno(args: string[], cwd: URL, cache?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1", ...(cache === undefined ? {} : { DENO_DIR: cache }) },
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run deno ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
