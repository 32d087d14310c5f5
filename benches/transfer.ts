/**
 * What a server sends for a first training: the files of a checkout over HTTP, each by gzip, to a Deno that has none of them.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { type Build, buildOf, BUILDS, deno, graphOf, gzip, reachedFrom } from "./module_graph.ts";

/** What servers call the files that modules are made of. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ts: "application/typescript",
  js: "text/javascript",
  wasm: "application/wasm",
  wgsl: "text/plain; charset=utf-8",
  html: "text/html; charset=utf-8",
};

/** The program, as the server has it. */
const PROGRAM = "train.ts";

/** What a first training runs on; `core` is `plain` by the entry `core.ts`, the others import `mod.ts`. */
export type Place = "plain" | "relaxed" | "webgpu" | "core";

/** The entry that a first training imports. */
function entryOf(place: Place): string {
  return place === "core" ? "core.ts" : "mod.ts";
}

/** One step of a training on `device`, of what every entry for trainings has. */
export const FIRST_TRAINING: string = `
    const features = Float32Array.from({ length: 32 * 16 }, (_, i) => (i % 7) / 7);
    const labels = Uint8Array.from({ length: 32 }, (_, i) => i % 2);
    const data = { features, labels, examples: 32, inputs: 16, classes: 2 };
    const model = mlp({ sizes: [16, 32, 2], sparsity: 0.8 });
    const optimizer = adamw({ learningRate: 0.01 });
    const trainer = new Trainer({ device, model, optimizer, method: srigl({ every: 5 }) });
    for await (const _ of trainer.fit(data, { epochs: 1, batchSize: 32 }));`;

/** Trains a sparse network in memory for one step, and says on what. */
function program(place: Place, entry: string): string {
  const options = place === "webgpu"
    ? '{ prefer: "webgpu" }'
    : `{ prefer: "wasm", threads: ${place === "relaxed" ? 2 : 1} }`;
  return `
    import { adamw, createDevice, mlp, srigl, Trainer } from "./${entry}";
    using device = await createDevice(${options});
    ${FIRST_TRAINING}
    console.log(device.backend.name, trainer.step);
  `;
}

/** What may be sent, by where it belongs. */
type Kind = "evaluated" | Build | "webgpu" | "later";

/**
 * kB that are sent for the training of one step, without headers and the program itself. `evaluated` is of the modules that are
 * evaluated before the program begins; then the WASM builds by their folders, `webgpu` (its modules and all WGSL),
 * and other TypeScript that may be imported later, which Deno fetches at once where it can see it.
 */
export async function measureTransfer(root: URL, place: Place) {
  const sent = await trainFrom(root, place, entryOf(place));
  const graph = await graphOf(root, entryOf(place));
  const first = reachedFrom(graph, graph.roots);
  const kinds: Record<Kind, number> = {
    ...{ evaluated: 0, [BUILDS.plain]: 0, [BUILDS.relaxed]: 0, webgpu: 0, later: 0 },
  };
  let bytes = 0;
  for (const [path, length] of sent) {
    const specifier = new URL(path, root).href;
    const kind: Kind = first.has(specifier)
      ? "evaluated"
      : buildOf(specifier) ?? (/^(wgsl|src\/device\/webgpu)\//.test(path) ? "webgpu" : "later");
    kinds[kind] += length;
    bytes += length;
  }
  if (kinds[BUILDS.plain] === 0) throw new Error("Cannot count what is sent: no WASM was");
  return { ratio: bytes / 1000, details: { bytes, files: sent.size, ...kinds } };
}

/** Serves a folder to a fresh process that trains by an entry in it; returns the bytes that were sent of each file. */
export async function trainFrom(
  root: URL,
  place: Place,
  entry: string,
): Promise<Map<string, number>> {
  const folder = await Deno.makeTempDir({ prefix: "filigree-transfer-" });
  try {
    const contents = { [PROGRAM]: program(place, entry) };
    return await countSent(root, contents, async (host) => {
      const flags = ["--quiet", "--no-prompt", `--allow-import=${host}`];
      const elsewhere = new URL(`${pathToFileURL(folder).href}/`);
      const said = await deno(["run", ...flags, `http://${host}/${PROGRAM}`], elsewhere, folder);
      if (said.trim() === `${place === "webgpu" ? "webgpu" : "wasm"} 1`) return;
      throw new Error(`Cannot count what is sent: the program said ${JSON.stringify(said)}`);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Serves a folder, each file by gzip, while somebody fetches what they need; returns the bytes that were sent of each file.
 *
 * @param contents Files that are not in the folder, by their names; they are not counted.
 */
export async function countSent(
  root: URL,
  contents: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>,
  visit: (host: string) => Promise<void>,
): Promise<Map<string, number>> {
  const sent = new Map<string, number>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname.slice(1);
      const type = CONTENT_TYPES[path.split(".").at(-1) ?? ""] ?? "";
      const headers = { "content-type": type, "content-encoding": "gzip" };
      if (Object.hasOwn(contents, path)) {
        const content = contents[path];
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
        return new Response(await gzip(bytes), { headers });
      }
      const content = type === "" ? undefined : await contentOf(new URL(path, root));
      if (content === undefined) return new Response("not found", { status: 404 });
      const body = await gzip(content);
      sent.set(path, (sent.get(path) ?? 0) + body.length);
      return new Response(body, { headers });
    },
  );
  try {
    await visit(`127.0.0.1:${server.addr.port}`);
    return sent;
  } finally {
    await server.shutdown();
  }
}

async function contentOf(file: URL): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
