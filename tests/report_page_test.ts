/**
 * A report in a real browser: everything is drawn, in the light and in the dark, and nothing is asked for.
 *
 * `FILIGREE_SCREENSHOTS=docs deno test -A tests/report_page_test.ts` makes the pictures in `docs/`, of a training with MNIST.
 *
 * @module
 */
import assert from "node:assert/strict";
import { testInChromium, withFolder, withPage } from "./chromium.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { say, succeed } from "./in_process.ts";

/** Where the pictures are put; nowhere by default. */
const PICTURES = Deno.env.get("FILIGREE_SCREENSHOTS");

// A training takes variables of this kind for its own.
Deno.env.delete("FILIGREE_SCREENSHOTS");

/** The colours of the page, and what is on a picture of each. */
const SHOWN = [["light", "Training"], ["dark", "Connections"]] as const;

/** Trains what is reported; its profile has the time of each kernel. */
async function train(folder: string): Promise<string> {
  const run = `${folder}/mnist`;
  const usual = ["--method", "srigl", "--device", "wasm", "--threads", "1", "--quiet"];
  if (PICTURES === undefined) {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 160, test: 40, size: 6, classes: 4 });
    await succeed(
      ...["train", "--data", `${folder}/data`, "--out", run, "--hidden", "24,16", "--every", "2"],
      ...["--batch", "32", "--epochs", "2", ...usual],
    );
  } else {
    await succeed(
      ...["train", "--data", "mnist", "--out", run, "--hidden", "512,512", "--epochs", "5"],
      ...["--sparsity", "0.95", "--validation", "0.1", ...usual],
    );
  }
  const { out } = await say(["profile", run, "--json"]);
  await Deno.writeTextFile(`${run}/profile.json`, out);
  await succeed("report", run, "--out", `${folder}/report.html`);
  return run;
}

testInChromium(
  "every picture of a report is drawn, light and dark, without a request",
  async (browser) => {
    const folder = await Deno.makeTempDir();
    try {
      await train(folder);
      await withFolder(
        folder,
        (address) =>
          withPage(browser, `${address}report.html`, async (page) => {
            const asked: string[] = [];
            page.on("request", (request) => asked.push(request.url()));
            const places = page.locator(".picture");
            const count = await places.count();
            assert.ok(count >= 10, `${count} pictures`);
            for (const [colorScheme, part] of SHOWN) {
              await page.emulateMedia({ colorScheme });
              for (let i = 0; i < count; i++) {
                await places.nth(i).scrollIntoViewIfNeeded();
                await page.waitForSelector(`.picture.drawn >> nth=${i}`);
              }
              assert.equal(await page.locator(".picture.failed").count(), 0);
              assert.equal(await page.locator(".picture > svg, .picture > canvas").count(), count);
              if (PICTURES === undefined) continue;
              await page.evaluate(
                `document.evaluate("//h2[.='${part}']", document).iterateNext().scrollIntoView()`,
              );
              await page.screenshot({ path: `${PICTURES}/report-${colorScheme}.png` });
            }
            assert.deepEqual(asked, []);
          }),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
