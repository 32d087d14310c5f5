/**
 * `filigree profile` as a user meets it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { XMLValidator } from "fast-xml-parser";
import { writeIdxFolder } from "./idx_files.ts";
import { say } from "./in_process.ts";
import { withCorpus } from "./tokens_corpora.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

/** Where, and on how much. */
const SMALL = ["--device", "wasm", "--threads", "1", "--batch", "32"];

async function run(args: readonly string[]) {
  const allowed = ["--allow-read", "--allow-write", "--allow-env=FILIGREE_*"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...allowed, CLI, "profile", ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("profile --size --json names every kernel of a layer and draws the roofline", async () => {
  await withFolder(async (folder) => {
    const svg = `${folder}/roofline.svg`;
    const layer = ["--pattern", "fan-in", "--size", "48x64", "--sparsity", "0.9"];
    const { code, stdout, stderr } = await run([...layer, ...SMALL, "--json", "--svg", svg]);
    assert.equal(code, 0, stderr);
    const { title, device, roofs, calls } = JSON.parse(stdout);
    assert.equal(title, "48 x 64, fan-in at 90 %, batch 32");
    assert.equal(device, "wasm");
    assert.deepEqual(Object.keys(roofs), ["bandwidths", "peak", "product", "callSeconds"]);
    const kernels = calls.map(({ kernel }: { kernel: string }) => kernel).sort();
    assert.deepEqual(kernels, ["adamw", "adamw", "permute", "row_sum", "sddmm", "spmm", "spmm"]);
    const drawn = await Deno.readTextFile(svg);
    assert.equal(XMLValidator.validate(drawn), true);
    assert.ok(drawn.includes("sddmm, weight gradient"));
    assert.equal((await run([...layer, ...SMALL, "--json", "--svg", svg])).code, 0);
    await Deno.writeTextFile(svg, "<svg></svg>");
    const other = await run([...layer, ...SMALL, "--svg", svg]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /is no SVG of a plot that Filigree wrote/);
    assert.equal(await Deno.readTextFile(svg), "<svg></svg>");
  });
});

Deno.test("profile of a training prints a line for every kernel call, products of all layers", async () => {
  await withFolder(async (folder) => {
    await writeIdxFolder(folder, { train: 64, test: 32, size: 6, classes: 4 });
    const training = ["--data", folder, "--method", "srigl", "--hidden", "24,16", "--every", "7"];
    const { code, stdout, stderr } = await run([...training, ...SMALL]);
    assert.equal(code, 0, stderr);
    const [title] = stdout.split("\n");
    assert.equal(title, `36-24-16-4 on ${folder}, fan-in at 95 %, batch 32`);
    for (const layer of ["layer0", "layer1", "layer2"]) {
      for (const part of ["forward", "weight gradient", "update"]) {
        assert.match(stdout, new RegExp(`${layer}\\.weight +${part} `), `${layer}, ${part}`);
      }
    }
    assert.match(stdout, /multiply-adds .* GFLOP\/s\n/);
    assert.match(stdout, /^step .* ms; calls one by one .* ms/m);
    assert.match(
      stdout,
      /^waiting for batches \d.* % of the time, .* ms of .* ms \(mean of \d+ steps\)$/m,
    );
    assert.match(stdout, /^rewiring \d.* % of the time, .* ms every 7 steps \(median of 3\)$/m);
  });
});

Deno.test("profile of a run measures its step, on the build of WASM that is asked for", async () => {
  await withFolder(async (folder) => {
    await writeIdxFolder(folder, { train: 64, test: 32, size: 6, classes: 4 });
    const model = ["--hidden", "16", "--sparsity", "0.5", "--batch", "32", "--epochs", "1"];
    const device = ["--device", "wasm", "--threads", "1", "--build", "relaxed"];
    const path = `${folder}/run`;
    const trained = await say(["train", "--data", folder, ...model, ...device, "--out", path]);
    assert.equal(trained.code, 0, trained.err);
    const environment = JSON.parse(await Deno.readTextFile(`${path}/environment.json`));
    assert.equal(environment.device.details.build, "relaxed");
    for (
      const [args, description] of [
        [[path], "WASM relaxed SIMD, 1 thread"],
        [[path, "--build", "plain"], "WASM SIMD, 1 thread"],
        [["--config", `${path}/config.toml`, "--build", "auto"], "WASM SIMD, 1 thread"],
      ] as const
    ) {
      const { code, out, err } = await say(["profile", ...args, "--json"]);
      assert.equal(code, 0, err);
      const { title, ...found } = JSON.parse(out);
      assert.equal(title, `36-16-4 on ${folder}, fan-in at 50 %, batch 32`);
      assert.equal(found.description, description);
    }
    const one = await say(["profile", path, "--size", "16"]);
    assert.deepEqual([one.code, /"--size" does not apply to a run/.test(one.err)], [2, true]);
    const none = await say(["profile", `${folder}/none`]);
    assert.match(none.err, /expected a run folder or a checkpoint/);
  });
});

Deno.test("profile of a model of text has the defaults of a pre-training", async () => {
  await withCorpus(async (corpus) => {
    const model = ["--model", "bert", "--layers", "1", "--width", "32", "--heads", "2"];
    const { code, out, err } = await say(
      [
        "profile",
        "--data",
        corpus,
        ...model,
        "--positions",
        "16",
        "--sparsity",
        "0.5",
        "--json",
        ...SMALL,
      ],
    );
    assert.equal(code, 0, err);
    assert.match(JSON.parse(out).title, /^bert.*, block-16 at 50 %, batch 32$/);
  });
});

Deno.test("profile refuses what it cannot profile", async () => {
  const wrong: readonly [args: readonly string[], message: RegExp][] = [
    [["--size", "0"], /"--size" is "0"; expected .* such as 1024 or 4096x1024/],
    [["--size", "64x"], /"--size" is "64x"/],
    [["--size", "64", "--hidden", "8"], /"--hidden" \(model\.hidden\) says nothing about the one/],
    [["--size", "64", "--pattern", "fan"], /"fan" is not known; expected dense, fan-in/],
  ];
  for (const [args, message] of wrong) {
    const { code, stderr } = await run(args);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
  }
});
