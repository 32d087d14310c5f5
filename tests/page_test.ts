/**
 * The module and the page of `examples/browser` in a real browser.
 *
 * `FILIGREE_SCREENSHOTS=docs deno test -A tests/page_test.ts` makes the pictures in `docs/`, and trains with MNIST on WebGPU too.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { buildPage } from "../build/page.ts";
import { Random } from "../src/device/random.ts";
import { readCheckpoint } from "../src/train/checkpoint.ts";
import { testInChromium, withFolder, withPage } from "./chromium.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { succeed } from "./in_process.ts";

/** Where the pictures of the page are put; nowhere by default. */
const PICTURES = Deno.env.get("FILIGREE_SCREENSHOTS");

/** What the page is built into, once for all tests that need it. */
const folder: string = await Deno.makeTempDir();

globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
let built: Promise<void> | undefined;

/** Opens the page. */
async function withTrainingPage(
  browser: Parameters<Parameters<typeof testInChromium>[1]>[0],
  body: (page: Page) => Promise<void>,
): Promise<void> {
  await (built ??= buildPage(`${folder}/page`));
  await withFolder(`${folder}/page`, (address) =>
    withPage(browser, address, async (page) => {
      await ready(page, "#mnist");
      await body(page);
    }));
}

/** Waits until the worker has done what it was asked for, and for an element. */
async function ready(page: Page, selector: string): Promise<void> {
  await page.waitForSelector("body:not(.busy)");
  assert.equal(await page.textContent("#fault"), "");
  await page.waitForSelector(selector);
}

async function train(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`#${name}`, value);
  await page.click("#train");
  await ready(page, "#save:enabled");
}

/** The four files of a small data set in the format of MNIST, made once. */
async function digits(): Promise<string[]> {
  const data = `${folder}/data`;
  await Deno.mkdir(data, { recursive: true });
  await writeIdxFolder(data, { train: 320, test: 64, size: 8, classes: 4 });
  return [...Deno.readDirSync(data)].map(({ name }) => `${data}/${name}`);
}

/** The accuracy that the page shows, from 0 to 1. */
async function accuracyOn(page: Page): Promise<number> {
  return parseFloat(await page.textContent("#sparse-score") ?? "") / 100;
}

async function save(page: Page, path: string): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  await download.saveAs(path);
}

/** Makes a picture of the whole page, if pictures are wanted. */
async function picture(page: Page, colorScheme: "light" | "dark"): Promise<void> {
  if (PICTURES === undefined) return;
  await page.emulateMedia({ colorScheme });
  await page.screenshot({ path: `${PICTURES}/page-${colorScheme}.png`, fullPage: true });
}

testInChromium(
  "the page trains to 97 % of MNIST on WASM, and reads what is drawn",
  (browser) =>
    withTrainingPage(browser, async (page) => {
      await page.selectOption("#prefer", "wasm");
      await page.fill("#threads", "1");
      await page.focus("#hidden");
      await ready(page, "#device:has-text('WASM SIMD, 1 thread')");
      await page.click("#mnist");
      await ready(page, "#train:enabled");
      if (PICTURES === undefined) await page.uncheck("#beside");
      await train(page, { hidden: "256", epochs: "3" });
      assert.ok(await accuracyOn(page) >= 0.97, await page.textContent("#status") ?? "");
      assert.match(
        await page.getAttribute("#loss", "aria-label") ?? "",
        /^Training loss: sparse 0\./,
      );
      assert.match(
        await page.getAttribute("#fan-out", "aria-label") ?? "",
        /\d+ to \d+ of 256 neurons/,
      );
      assert.match(await page.textContent("#moved") ?? "", /dropped [1-9][\d,]* and grew [1-9]/);
      // By keyboard alone: a stroke downwards is a one.
      await page.focus("#pad");
      await page.keyboard.press("Space");
      for (let i = 0; i < 14; i++) await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Space");
      await page.waitForSelector("#answer:has-text('It reads 1')");
      await save(page, `${folder}/mnist.safetensors`);
      const accuracy = await accuracyOn(page);
      const said = await succeed(
        ...["eval", `${folder}/mnist.safetensors`, "--data", "mnist", "--device", "wasm"],
      );
      assert.equal((100 * Number(said.accuracy)).toFixed(2), (100 * accuracy).toFixed(2));
      await picture(page, "light");
      await picture(page, "dark");
    }),
);

testInChromium("the page trains on WebGPU", (browser) =>
  withTrainingPage(browser, async (page) => {
    await page.selectOption("#prefer", "webgpu");
    await ready(page, "#device:has-text('swiftshader')");
    // All of MNIST takes a minute and a half in software: it is there with the pictures.
    if (PICTURES === undefined) await page.setInputFiles("#files", await digits());
    else await page.click("#mnist");
    await ready(page, "#train:enabled");
    await page.uncheck("#beside");
    const small = { hidden: "24", epochs: "6", batch: "16" };
    await train(page, PICTURES === undefined ? small : { hidden: "256", epochs: "3" });
    assert.ok(await accuracyOn(page) >= 0.97, await page.textContent("#status") ?? "");
  }));

testInChromium(
  "the page trains with a table that is dropped on it",
  (browser) =>
    withTrainingPage(browser, async (page) => {
      await page.selectOption("#prefer", "wasm");
      const random = new Random({ seed: 1, use: "noise" });
      const rows = Array.from({ length: 200 }, (_, i) => {
        const [side, middle] = i % 2 === 0 ? ["left", -1] : ["right", 1];
        return [...Array.from({ length: 8 }, () => middle + random.normal()), side].join();
      });
      const table = ["a,b,c,d,e,f,g,h,side", ...rows].join("\n");
      // In the words of the page: Deno knows no such thing.
      const dataTransfer = await page.evaluateHandle(`(() => {
        const held = new DataTransfer();
        held.items.add(new File([${JSON.stringify(table)}], "sides.csv", { type: "text/csv" }));
        return held;
      })()`);
      await page.dispatchEvent("#drop", "drop", { dataTransfer });
      await ready(page, "#train:enabled");
      await page.uncheck("#beside");
      await train(page, { hidden: "16", sparsity: "50", epochs: "60", batch: "16" });
      assert.ok(await accuracyOn(page) > 0.9, await page.textContent("#status") ?? "");
    }),
);

testInChromium(
  "a checkpoint of the page is that of the command line, and goes both ways",
  (browser) =>
    withTrainingPage(browser, async (page) => {
      const data = `${folder}/data`, run = `${folder}/run`;
      await page.selectOption("#prefer", "wasm");
      await page.fill("#threads", "2");
      await page.focus("#hidden");
      await ready(page, "#device:has-text('WASM relaxed SIMD, 2 threads')");
      await page.setInputFiles("#files", await digits());
      await ready(page, "#train:enabled");
      await page.uncheck("#beside");
      await train(page, { hidden: "24", epochs: "12", batch: "16", seed: "5" });
      const own = `${folder}/own.safetensors`;
      await save(page, own);
      await succeed(
        ...["train", "--data", data, "--out", run, "--hidden", "24", "--method", "srigl"],
        ...["--sparsity", "0.8", "--epochs", "12", "--batch", "16", "--seed", "5", "--quiet"],
        ...["--device", "wasm", "--threads", "2"],
      );
      const kept = [...Deno.readDirSync(`${run}/checkpoints`)].map(({ name }) => name).sort();
      const theirs = `${run}/checkpoints/${kept[kept.length - 1]}`;
      const [a, b] = [await readCheckpoint(own), await readCheckpoint(theirs)];
      assert.equal(a.metadata.model, b.metadata.model);
      for (const [name, { data }] of b.tensors) {
        assert.deepEqual(a.tensors.get(name)?.data, data, name);
      }
      assert.equal(a.tensors.size, b.tensors.size);
      const score = await page.textContent("#sparse-score");
      await page.setInputFiles("#load", theirs);
      await ready(page, "#status:has-text('is loaded')");
      assert.equal(await page.textContent("#sparse-score"), score);
    }),
);
