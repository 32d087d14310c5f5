/**
 * A real browser: Debian's Chromium without a window, driven by playwright. Where it is missing, tests are ignored with the
 * reason in their names; with `CI=true` they fail.
 *
 * @module
 */
import { type Browser, chromium, type Page } from "playwright-core";
import assert from "node:assert/strict";
import { fileIn } from "../build/page.ts";

/** Where Debian has it; another one may be named. */
const PATH: string = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

/** WebGPU in software, which takes no card. */
export const ARGUMENTS: readonly string[] = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** Why there is no browser, if there is none. */
const MISSING: string | undefined = (() => {
  try {
    Deno.statSync(PATH);
    return undefined;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `there is no ${PATH}; Debian has it as chromium`;
  }
})();

/** Registers a test of pages. Driver and browser hold what Deno would call leaks of a test. */
export function testInChromium(name: string, body: (browser: Browser) => Promise<void>): void {
  Deno.test({
    name: MISSING === undefined ? name : `${name} (${MISSING})`,
    ignore: MISSING !== undefined && Deno.env.get("CI") !== "true",
    ...{ sanitizeOps: false, sanitizeResources: false },
    fn: async () => {
      const browser = await chromium.launch({ executablePath: PATH, args: [...ARGUMENTS] });
      try {
        await body(browser);
      } finally {
        await browser.close();
      }
    },
  });
}

/** Serves a folder while `body` works; `headers` go with every file. */
export async function withFolder(
  folder: string,
  body: (address: string) => Promise<void>,
  headers?: Readonly<Record<string, string>>,
): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "localhost", onListen: () => {} },
    (request) => fileIn(folder, request, headers),
  );
  try {
    await body(`http://localhost:${server.addr.port}/`);
  } finally {
    await server.shutdown();
  }
}

/** Opens a page, and fails at the end if it said anything of an error but what is expected. */
export async function withPage(
  browser: Browser,
  address: string,
  body: (page: Page) => Promise<void>,
  expected?: RegExp,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.setDefaultTimeout(180_000);
  const faults: string[] = [];
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  try {
    await page.goto(address);
    await body(page);
    assert.deepEqual(faults.filter((fault) => expected?.test(fault) !== true), []);
  } finally {
    await page.close();
  }
}
