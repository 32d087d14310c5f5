/**
 * The built modules in a real browser: what a device says on the main thread, in a worker, and under a policy; a model that was
 * trained elsewhere, by the module for inference alone. The one for Deno in a Deno that has nothing but it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { bundle, ENTRIES } from "../build/bundle.ts";
import type { Built } from "../build/folder.ts";
import { bundleForDeno } from "../build/deno.ts";
import { fileIn } from "../build/page.ts";
import { adamw, createDevice, mlp, Trainer } from "../mod.ts";
import { testInChromium, withFolder, withPage } from "./chromium.ts";
import { SMALL_TRAINING } from "./small_training.ts";

/** A worker that opens a device, with the file of a thread or without, and runs something that takes a part of the WASM. */
const PROBE = `
  import { createDevice, matrix, nn } from "./filigree.js";
  onmessage = async ({ data }) => {
    const worker = data ? { worker: new URL("./thread.js", location.href) } : {};
    const device = await createDevice({ prefer: "wasm", threads: 2, ...worker });
    const layer = nn.linear(4, 3);
    const program = await device.compile([matrix(4, 32)], (x) => layer(x));
    program.run([new Float32Array(4 * 32).fill(1)], { step: 0, totalSteps: 0 }, 32);
    await program.floats(0);
    postMessage(device.backend.info.threads + " threads: " + device.reason);
    device.close();
  };`;

/** A page without anything. */
const EMPTY =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Empty</title>';

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

/** What the page evaluates: what the worker says. */
const asked = (file: boolean) =>
  `new Promise((said, failed) => {
    const worker = new Worker("./probe.js", { type: "module" });
    worker.onmessage = ({ data }) => said(data);
    worker.onerror = ({ message }) => failed(new Error(message));
    worker.postMessage(${file});
  })`;

/** A device on the main thread. */
const ON_MAIN = `import("./filigree.js").then(async ({ createDevice }) => {
  const device = await createDevice({ prefer: "wasm", threads: 2 });
  return device.backend.info.threads + " threads: " + device.reason;
})`;

testInChromium(
  "the built modules load in a page, and a device says why it has one thread",
  async (browser) => {
    const folder = await Deno.makeTempDir();
    try {
      const files = await bundle(ENTRIES, folder);
      assert.ok(
        files.some(({ file, bytes }) => file === "filigree-training.wasm" && bytes > 50_000),
      );
      assert.deepEqual(await danglingIn(folder, files), []);
      await Deno.writeTextFile(`${folder}/index.html`, EMPTY);
      await Deno.writeTextFile(`${folder}/probe.js`, PROBE);
      await Deno.writeFile(`${folder}/model`, await checkpoint());
      await withFolder(folder, (address) =>
        withPage(browser, address, async (page) => {
          assert.match(
            await page.evaluate(ON_MAIN),
            /^1 threads: .*the main thread of a page may not wait/,
          );
          assert.match(await page.evaluate(asked(false)), /^2 threads: WASM was asked for$/);
          const answer = await page.evaluate(`import("./inference.js").then(async (filigree) => {
          const bytes = new Uint8Array(await (await fetch("./model")).arrayBuffer());
          const device = await filigree.createDevice({ prefer: "wasm" });
          const { model } = await filigree.loadModel(bytes, device);
          const program = await device.compile([filigree.matrix(4, 32)], (x) => model(x));
          program.run([new Float32Array(4 * 32).fill(1)], { step: 0, totalSteps: 0 }, 32);
          return (await program.floats(0)).length;
        })`);
          assert.equal(answer, 3 * 32);
        }));
      await withFolder(folder, (address) =>
        withPage(browser, address, async (page) => {
          assert.match(
            await page.evaluate(asked(false)),
            /^1 threads: .*must be cross-origin isolated/,
          );
        }), {});
      const policy = "default-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src data:";
      await withFolder(folder, (address) =>
        withPage(browser, address, async (page) => {
          assert.match(
            await page.evaluate(asked(false)),
            /^1 threads: .*forbids workers of blob: URLs/,
          );
          assert.match(await page.evaluate(asked(true)), /^2 threads: WASM was asked for$/);
        }, /Content Security Policy/), { ...ISOLATED, "content-security-policy": policy });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** A program that trains by the module for Deno, as one that is checked would. */
const PROGRAM = `
  import { adamw, createDevice, mlp, srigl, Trainer } from "./deno/core.js";
  using device = await createDevice({ prefer: "wasm", threads: 2 });
  ${SMALL_TRAINING}
  for await (const event of trainer.fit(data, { epochs: 20, batchSize: 32 })) {
    const { kind }: { kind: "step" | "rewire" | "epoch" } = event;
    if (kind === "epoch") await trainer.encode();
  }
  // @ts-expect-error: sizes are numbers.
  export const wrong = () => mlp({ sizes: "784", sparsity: 0.9 });
  console.log((await trainer.evaluate(data)).accuracy, device.backend.info.threads);
`;

Deno.test("what is built for Deno trains with permission for the import only, has types, and sends no more than it needs", async () => {
  const folder = await Deno.makeTempDir();
  const served: string[] = [];
  try {
    const files = [...await bundle({}, folder), ...await bundleForDeno(folder)];
    assert.deepEqual(await danglingIn(folder, files), []);
    await Deno.writeTextFile(`${folder}/program.ts`, PROGRAM);
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      served.push(new URL(request.url).pathname.slice(1));
      return fileIn(folder, request);
    });
    const host = `127.0.0.1:${server.addr.port}`;
    const said = await deno(folder, [
      ...["run", "--quiet", "--no-prompt", `--allow-import=${host}`, `--reload=http://${host}`],
      `http://${host}/program.ts`,
    ]).finally(() => server.shutdown());
    const [accuracy, threads] = said.trim().split(" ").map(Number);
    assert.ok(accuracy > 0.9 && threads === 2, said);
    const strange = served.filter((path) => /webgpu|types|images|^filigree-(?!threads)/.test(path));
    assert.deepEqual(strange, ["filigree-drawing.wasm", "filigree-rewiring.wasm"]);
    await deno(folder, ["check", "--quiet", "program.ts"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What Deno prints, run in a folder. */
async function deno(cwd: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    ...{ args, cwd, env: { NO_COLOR: "1" } },
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(new TextDecoder().decode(stderr));
}

/** What the modules of a folder import that is not there. */
async function danglingIn(folder: string, files: readonly Built[]): Promise<string[]> {
  const there = new Set(files.map(({ file }) => file));
  const dangling: string[] = [];
  for (const { file } of files.filter(({ file }) => file.endsWith(".js"))) {
    const text = await Deno.readTextFile(join(folder, file));
    for (
      const [, path] of text.matchAll(/(?:\bfrom|\bimport\(?|import\.source\()"(\.{1,2}\/[^"]+)"/g)
    ) {
      if (!there.has(join(dirname(file), path))) dangling.push(`${file}: ${path}`);
    }
  }
  return dangling;
}

/** A checkpoint of a small network. */
async function checkpoint(): Promise<Uint8Array> {
  using device = await createDevice({ prefer: "wasm", threads: 1 });
  const model = mlp({ sizes: [4, 8, 3], sparsity: 0.5 });
  const trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 1e-3 }) });
  return await trainer.encode();
}
