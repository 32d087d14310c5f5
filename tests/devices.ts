/**
 * The backends that the tests run on, each opened once per test file.
 *
 * Where there is no WebGPU adapter, its tests are ignored with the reason in their names; with `CI=true` they fail.
 *
 * @module
 */
import type { Backend } from "../src/device/backend.ts";
import { openWasm } from "../src/device/wasm/backend.ts";
import { openWebgpu } from "../src/device/webgpu/open.ts";
import { FOLDERS } from "./generate/mod.ts";
import { wgslTexts } from "./generate/registries.ts";

/** A backend under test. */
export interface TestDevice {
  /** Appears in the names of tests. */
  readonly name: string;
  /** The backend, or why there is none. */
  readonly backend: Backend | { readonly missing: string };
}

/** What the WebGPU adapter must be called; a run on a certain driver sets it, so that no other one takes its place. */
const ADAPTER: string = Deno.env.get("FILIGREE_TEST_ADAPTER") ?? "";

/** Whether a missing device is a failure. */
const REQUIRED: boolean = Deno.env.get("CI") === "true";

requireFreshTexts();

/** Every backend; on a certain driver that one alone. Opened before any test, so that none of them seems to leak it. */
export const DEVICES: readonly TestDevice[] = [
  ...(ADAPTER === "" ? await openWasms() : []),
  { name: "webgpu", backend: await open(openAdapter) },
];

globalThis.addEventListener("unload", () => {
  for (const { backend } of DEVICES) if (!("missing" in backend)) backend.close();
});

/** Registers one test per device. */
export function testOnDevices(
  name: string,
  body: (backend: Backend, device: TestDevice) => Promise<void>,
  among: (device: TestDevice) => boolean = () => true,
): void {
  for (const device of DEVICES.filter(among)) {
    const { backend } = device;
    if (!("missing" in backend)) {
      Deno.test(`${name} on ${device.name}`, () => body(backend, device));
    } else {
      Deno.test({
        name: `${name} on ${device.name} (not run: ${backend.missing})`,
        ignore: !REQUIRED,
        fn: () => {
          throw new Error(`Cannot test on ${device.name}: ${backend.missing}`);
        },
      });
    }
  }
}

/** WGSL runs as `deno task generate` has put it into two modules: a test of an older text would say nothing of the file. */
function requireFreshTexts(): void {
  for (const [path, text] of Object.entries(wgslTexts(FOLDERS))) {
    if (FOLDERS.text(path) === text) continue;
    throw new Error(`Cannot test: ${path} is older than wgsl/; run \`deno task generate\``);
  }
}

async function openWasms(): Promise<TestDevice[]> {
  return [
    { name: "wasm", backend: await openWasm({ threads: 1, build: "plain" }) },
    { name: "wasm relaxed, 1 thread", backend: await openWasm({ threads: 1, build: "relaxed" }) },
    { name: "wasm relaxed, 2 threads", backend: await openWasm({ threads: 2, build: "relaxed" }) },
    { name: "wasm relaxed, 3 threads", backend: await openWasm({ threads: 3, build: "relaxed" }) },
  ];
}

async function openAdapter(): Promise<Backend> {
  const backend = await openWebgpu({ software: true });
  const { description } = backend.info;
  if (description.includes(ADAPTER)) return backend;
  backend.close();
  throw new Error(`the adapter is ${description}, not ${ADAPTER}`);
}

async function open(opener: () => Promise<Backend>): Promise<TestDevice["backend"]> {
  try {
    return await opener();
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
