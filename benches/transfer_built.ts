/**
 * What a server sends of modules that are built, each file by gzip: to a page, of those for pages, to a Chromium that has none
 * of them; of the one for Deno to a Deno.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { adamw, createDevice, mlp, Trainer } from "../mod.ts";
import { deno } from "./module_graph.ts";
import { countSent, FIRST_TRAINING, trainFrom } from "./transfer.ts";

/** A module that is built: two for pages, and what a first training takes, for Deno. */
export type BuiltModule = "core" | "inference" | "deno";

/** A page that says in its title that it is done, or what went wrong. */
const page = (script: string): string =>
  `<!doctype html><link rel="icon" href="data:,"><title></title><script type="module">
    (async () => { ${script} })().then(() => document.title = "done", (e) => document.title = String(e));
  </script>`;

/** What the page of each module does on one thread of WASM: trains one step; answers by a model that was trained. */
const PAGES: Readonly<Record<Exclude<BuiltModule, "deno">, string>> = {
  core: page(`
    const { adamw, createDevice, mlp, srigl, Trainer } = await import("./core.js");
    const device = await createDevice({ prefer: "wasm", threads: 1 });
    ${FIRST_TRAINING}
    if (trainer.step !== 1) throw new Error("no step");`),
  inference: page(`
    const { createDevice, loadModel, matrix } = await import("./inference.js");
    const bytes = new Uint8Array(await (await fetch("./model")).arrayBuffer());
    const device = await createDevice({ prefer: "wasm", threads: 1 });
    const { model } = await loadModel(bytes, device);
    const program = await device.compile([matrix(16, 32)], (x) => model(x));
    program.run([new Float32Array(16 * 32).fill(1)], { step: 0, totalSteps: 0 }, 32);
    if ((await program.floats(0)).length !== 2 * 32) throw new Error("no answer");`),
};

/** kB that are sent to whoever has a module do what it is for, without headers, the page or program itself and the model. */
export async function measureBuilt(root: URL, module: BuiltModule) {
  const folder = await Deno.makeTempDir({ prefix: "filigree-built-" });
  try {
    await buildAll(root, folder);
    const served = new URL(`${pathToFileURL(folder).href}/`);
    const sent = module === "deno"
      ? await trainFrom(served, "plain", "deno/core.js")
      : await countSent(
        served,
        { "index.html": PAGES[module], model: await checkpoint() },
        visit,
      );
    const bytesOf = (ending: RegExp): number =>
      [...sent].reduce((sum, [path, bytes]) => sum + (ending.test(path) ? bytes : 0), 0);
    const bytes = bytesOf(/./);
    const details = { bytes, files: sent.size, js: bytesOf(/\.js$/), wasm: bytesOf(/\.wasm$/) };
    return { ratio: bytes / 1000, details };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Builds the modules of a checkout into a folder. */
async function buildAll(root: URL, folder: string): Promise<void> {
  const from = (file: string): string => JSON.stringify(new URL(`build/${file}`, root).href);
  const script = `import { bundle, ENTRIES } from ${from("bundle.ts")};
    import { bundleForDeno } from ${from("deno.ts")};
    await bundle(ENTRIES, ${JSON.stringify(folder)});
    await bundleForDeno(${JSON.stringify(folder)});`;
  await deno(["eval", "--quiet", script], root);
}

/** Opens the page in a browser that has fetched nothing yet, until it is done. */
async function visit(host: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://${host}/index.html`);
    await page.waitForFunction("document.title !== ''");
    const said = await page.title();
    if (said !== "done") throw new Error(`Cannot count what is sent: the page said ${said}`);
  } finally {
    await browser.close();
  }
}

/** A checkpoint of a small network, in the format of this checkout. */
async function checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = mlp({ sizes: [16, 32, 2], sparsity: 0.8 });
  const trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 1e-3 }) });
  return Uint8Array.from(await trainer.encode());
}
