/**
 * What every kernel is tried with: a table of edges, and an arbitrary for the space between them. The cases are the
 * `FAMILIES` of every file of this folder that is named `*_cases.ts`.
 *
 * @module
 */
import type { Kernel, Params } from "../../src/device/kernel.ts";
import { WebgpuBackend } from "../../src/device/webgpu/backend.ts";
import { EDGES, PIPELINES, SEED, Source } from "../arbitraries.ts";
import type { TestDevice } from "../devices.ts";
import { draw } from "./drawn.ts";
import type { Draft, Family } from "./family.ts";
import { Pipelines } from "./pipelines.ts";

/** The cases of every kernel, by name. */
export const FAMILIES: Readonly<Record<string, Family>> = await families();

/** What a device is tried with. */
export interface Cases {
  /** Edges, each with its number. */
  readonly edges: readonly (readonly [number, Draft])[];
  /** Whether a case that was drawn at random is tried as well. */
  takes(params: Params): boolean;
}

/**
 * The cases of a kernel for a device: all edges and whatever is drawn, or on WebGPU as many edges as `FILIGREE_TEST_EDGES` says,
 * of as many pipelines as `FILIGREE_TEST_PIPELINES` says and of every entry point that an edge dispatches, others with every
 * seed. What is drawn may add half as many pipelines.
 */
export function casesOn({ name, backend }: TestDevice, kernel: Kernel): Cases {
  const edges = [...FAMILIES[kernel.name].edges.entries()];
  if (name !== "webgpu" || !(backend instanceof WebgpuBackend)) {
    return { edges, takes: () => true };
  }
  const { traits } = backend;
  const pipelines = new Pipelines(PIPELINES);
  const source = new Source(SEED);
  const chosen: (readonly [number, Draft])[] = [];
  const drawn = edges.map((edge) => ({ edge, place: source.word() }));
  for (const { edge } of drawn.sort((a, b) => a.place - b.place)) {
    const [i, draft] = edge;
    const dispatches = kernel.gpu.dispatches(draw(kernel, draft, SEED + i).given.params, traits);
    if (chosen.length >= EDGES && pipelines.knows(dispatches)) continue;
    if (pipelines.takes(dispatches)) chosen.push(edge);
  }
  pipelines.allow(Math.ceil(PIPELINES / 2));
  return {
    edges: chosen.sort(([a], [b]) => a - b),
    takes: (params) => pipelines.takes(kernel.gpu.dispatches(params, traits)),
  };
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
