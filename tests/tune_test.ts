/**
 * `filigree tune` and what becomes of what it found.
 *
 * @module
 */
import assert from "node:assert/strict";
import { openWebgpu } from "../src/device/webgpu/open.ts";
import {
  chooser,
  parseTuning,
  readChoices,
  tuningPath,
  withChoices,
} from "../src/device/webgpu/tuning.ts";
import { variantKey } from "../src/device/webgpu/text_of.ts";
import { gemm, KERNELS } from "../src/ops/kernels/mod.ts";
import { variantCases } from "../src/profile/variant_cases.ts";
import { bestOf, measureVariants } from "../src/profile/variants.ts";
import { testOnDevices } from "./devices.ts";

const ADAPTER = "an adapter";

Deno.test("tuningPath() follows the platform", () => {
  const paths = (set: Record<string, string>) =>
    ["linux", "darwin", "windows"].map((os) => tuningPath(os, (name) => set[name]));
  assert.deepEqual(paths({ HOME: "/h", LOCALAPPDATA: "C:/l" }), [
    "/h/.cache/filigree/tuning.json",
    "/h/Library/Caches/filigree/tuning.json",
    "C:/l/filigree/tuning.json",
  ]);
  assert.equal(paths({ HOME: "/h", XDG_CACHE_HOME: "/x" })[0], "/x/filigree/tuning.json");
  assert.deepEqual(paths({}), [undefined, undefined, undefined]);
});

Deno.test("parseTuning() reads what withChoices() made, and nothing else", () => {
  const first = withChoices(undefined, ADAPTER, { "gemm-0 nn small": "plain" });
  const both = withChoices(first, "another", { "gemm-0 nn small": "registers" });
  assert.deepEqual(parseTuning(JSON.stringify(both)), both);
  assert.deepEqual(Object.keys(both.adapters), [ADAPTER, "another"]);
  assert.deepEqual(withChoices(both, ADAPTER, {}).adapters[ADAPTER], {});
  const damaged = ["", "{", "null", "[]", '{"format":2,"adapters":{}}', '{"format":1}'];
  for (const text of [...damaged, '{"format":1,"adapters":{"a":{"k":1}}}']) {
    assert.equal(parseTuning(text), undefined, text);
  }
});

Deno.test("chooser() knows what was measured of the kernel's present text, for that class of shapes", () => {
  const choose = chooser({ [variantKey(gemm, "nn small")]: "plain" });
  assert.equal(choose(gemm, "nn small"), "plain");
  assert.equal(choose(gemm, "nn large"), undefined);
  assert.equal(choose({ ...gemm, gpu: { ...gemm.gpu, wgsl: "other" } }, "nn small"), undefined);
});

Deno.test("bestOf() leaves the preferred variant for what is clearly faster only", () => {
  const timings = [{ variant: "a", seconds: 1 }, { variant: "b", seconds: 1.02 }, { variant: "c" }];
  assert.equal(bestOf(timings, "b"), "b");
  assert.equal(bestOf([...timings, { variant: "d", seconds: 0.5 }], "b"), "d");
  assert.equal(bestOf(timings, "c"), "a", "c was refused");
  assert.equal(bestOf([], "c"), "c");
});

Deno.test("variantCases() have every kernel with variants in small, medium and large", () => {
  const classes = new Map<string, Set<string>>();
  for (const { kernel, params } of variantCases()) {
    const size = kernel.gpu.variants?.shapeClass(params) ?? "none";
    const found = classes.get(kernel.name) ?? new Set();
    classes.set(kernel.name, found.add(size));
  }
  const withVariants = KERNELS.filter(({ gpu }) => gpu.variants !== undefined);
  assert.deepEqual([...classes.keys()].sort(), withVariants.map(({ name }) => name).sort());
  const sizes = ["large", "medium", "small"];
  const each = (parts: readonly string[], name: (part: string, size: string) => string) =>
    parts.flatMap((part) => sizes.map((size) => name(part, size))).sort();
  for (const name of ["gemm", "gemm_add"]) {
    const orientations = each(["nn", "tn", "nt"], (orientation, size) => `${orientation} ${size}`);
    assert.deepEqual([...classes.get(name) ?? []].sort(), orientations, name);
  }
  assert.deepEqual([...classes.get("batched_product") ?? []].sort(), sizes);
  for (const name of ["spmm", "sddmm"]) {
    const lists = each(["long", "short"], (length, size) => `${size} ${length}`);
    assert.deepEqual([...classes.get(name) ?? []].sort(), lists, name);
  }
  const units = each(["high", "low"], (height, size) => `${size} ${height}`);
  assert.deepEqual([...classes.get("conv_block_spmm") ?? []].sort(), units);
});

Deno.test({
  name: "readChoices() reads the file where that is granted, and never asks",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/filigree`);
      const tuning = withChoices(undefined, ADAPTER, { "gemm-0 nn small": "plain" });
      await Deno.writeTextFile(`${folder}/filigree/tuning.json`, JSON.stringify(tuning));
      const source = new URL("../src/device/webgpu/tuning.ts", import.meta.url);
      const code = `import { readChoices } from ${JSON.stringify(source.href)};
        console.log(JSON.stringify([await readChoices(${JSON.stringify(ADAPTER)}),
          await readChoices("toString")]));`;
      const read = async (...allowed: string[]): Promise<unknown> => {
        const env = { XDG_CACHE_HOME: folder, HOME: folder, LOCALAPPDATA: folder };
        const args = ["run", "--no-config", ...allowed, "-"];
        const child = new Deno.Command(Deno.execPath(), {
          args,
          env,
          stdin: "piped",
          stdout: "piped",
          stderr: "null",
        }).spawn();
        const writer = child.stdin.getWriter();
        await writer.write(new TextEncoder().encode(code));
        await writer.close();
        const { stdout } = await child.output();
        return JSON.parse(new TextDecoder().decode(stdout));
      };
      if (Deno.build.os === "linux") {
        const all = await read("--allow-read", "--allow-env");
        assert.deepEqual(all, [tuning.adapters[ADAPTER], null]);
      }
      assert.deepEqual(await read(), [null, null], "nothing is granted");
      assert.deepEqual(await read("--allow-env"), [null, null], "the file is not granted");
      assert.deepEqual(await read("--allow-read"), [null, null], "the environment is not granted");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

testOnDevices(
  "measureVariants() compares every variant that the adapter allows",
  async () => {
    const backend = await openWebgpu({ tuned: false });
    try {
      const smallest = Iterator.from(variantCases()).find(({ kernel }) => kernel === gemm);
      assert.ok(smallest !== undefined);
      const ladders = await Array.fromAsync(measureVariants(backend, [smallest]));
      assert.equal(ladders.length, 1);
      const [{ kernel, key, timings, best, preferred }] = ladders;
      assert.equal(kernel, "gemm");
      assert.equal(key, variantKey(gemm, "nn small"));
      const variants = timings.map(({ variant }) => variant).sort();
      assert.deepEqual(variants, Object.keys(gemm.gpu.variants?.all ?? {}).sort());
      assert.ok(variants.includes(best) && variants.includes(preferred));
      assert.equal(backend.allocatedBytes, 0, "nothing is left behind");
    } finally {
      backend.close();
    }
  },
  (device) => device.name === "webgpu",
);

testOnDevices(
  "measureVariants() refuses a variant that computes something else",
  async () => {
    const backend = await openWebgpu({ tuned: false });
    try {
      const smallest = Iterator.from(variantCases()).find(({ kernel }) => kernel === gemm);
      assert.ok(smallest !== undefined);
      const { variants } = gemm.gpu;
      assert.ok(variants !== undefined);
      const nothing = { supports: () => true, dispatches: () => [] };
      const all = { plain: variants.all.plain, nothing };
      const kernel = { ...gemm, gpu: { ...gemm.gpu, variants: { ...variants, all } } };
      const ladders = measureVariants(backend, [{ ...smallest, kernel }]);
      await assert.rejects(Array.fromAsync(ladders), /gemm\.nothing: element 0 is NaN/);
    } finally {
      backend.close();
    }
  },
  (device) => device.name === "webgpu",
);

Deno.test("readChoices() has none for an adapter that was never measured", async () => {
  assert.equal(await readChoices("no adapter of this name"), undefined);
});
