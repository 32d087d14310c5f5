/**
 * `--json`, `--quiet` and `--verbose` in every verb.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Output } from "../src/cli/output.ts";
import { keepFastest } from "../src/cli/tune.ts";
import type { VariantLadder } from "../src/profile/variants.ts";
import { writeIdxFolder } from "./idx_files.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[]): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", CLI, ...args],
    // Drivers of graphics complain on standard error where there is none.
    env: { NO_COLOR: "1", XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

async function succeed(args: readonly string[]): Promise<Run> {
  const result = await run(args);
  assert.equal(result.code, 0, `${args.join(" ")}\n${result.err}`);
  return result;
}

/** Every line of a text, each of which is an object of JSON. */
function objectsOf({ out }: Run): Record<string, unknown>[] {
  return out.trimEnd().split("\n").map((line) => {
    const object = JSON.parse(line);
    assert.equal(typeof object, "object");
    return object;
  });
}

const SMALL = ["--device", "wasm", "--threads", "1", "--batch", "32"];

/** Calls `body` with a folder that holds a data set in `data`, a run in `run` and a sweep in `sweep.toml`. */
async function withRun(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const data = `${folder}/data`;
    await Deno.mkdir(data);
    await writeIdxFolder(data, { train: 64, test: 32, size: 6, classes: 4 });
    await Deno.writeTextFile(
      `${folder}/sweep.toml`,
      `[base]
      data.name = '${data}'
      model.hidden = [16]
      pattern.sparsity = 0.5
      train = { epochs = 1, batch = 32 }
      device = { name = "wasm", threads = 1 }
      [[grid]]
      "method.name" = ["static"]`,
    );
    const model = ["--hidden", "16", "--sparsity", "0.5", "--epochs", "1"];
    const trained = await succeed(
      ["train", "--data", data, ...SMALL, ...model, "--out", `${folder}/run`, "--quiet", "--json"],
    );
    assert.equal(trained.err, "");
    assert.deepEqual(objectsOf(trained).map(({ event }) => event), ["done"]);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("--json prints JSON alone and --quiet nothing beside it, in every verb", async () => {
  await withRun(async (folder) => {
    const path = `${folder}/run`, data = `${folder}/data`;
    const images = `${data}/t10k-images-idx3-ubyte`;
    const size = ["--size", "32", ...SMALL];
    const bench = ["--device", "wasm", "--threads", "1", "--size", "32", "--batch", "32"];
    const model = `${folder}/model.safetensors`;
    const verbs: readonly (readonly [args: readonly string[], keys: string])[] = [
      [["resume", path], "event test loss epochs steps sparsity hash bytes device ranks seconds"],
      [["eval", path], "checkpoint loss accuracy examples"],
      [["predict", path, images], "example label scores"],
      [["predict", path, images, "--out", `${folder}/labels`], "out format examples bytes"],
      [["inspect", path], "path step layers config"],
      [["export", path, "--out", model], "out format operations arrays bytes"],
      [["data"], "mnist fashion wordnet-lex prose icons"],
      [["data", "list"], "mnist fashion wordnet-lex prose icons"],
      [["data", "prepare", data], "name train test"],
      [["data", "verify", data], "name train test"],
      [["sweep", `${folder}/sweep.toml`, "--dry-run"], "name folder runs"],
      [["report", path], "out runs bytes"],
      [["devices"], "default devices"],
      [["profile", ...size], "title device description roofs steps stepSeconds calls"],
      [
        ["bench", "--quick", ...bench, "--patterns", "2:4"],
        "device description threads size batch points impossible thresholds summary",
      ],
      [["completions", "fish"], "shell script"],
      [
        ["train", "--dry-run", "--data", data, ...SMALL],
        "event device description reason data examples network method epochs steps learningRate layers variants notes plan work config",
      ],
    ];
    for (const [args, keys] of verbs) {
      const found = await succeed([...args, "--json", "--quiet"]);
      assert.equal(found.err, "", args.join(" "));
      const last = objectsOf(found).at(-1) ?? {};
      assert.deepEqual(Object.keys(last).sort(), keys.split(" ").sort(), args.join(" "));
    }
    const { bytes, arrays } =
      objectsOf(await succeed(["export", path, "--out", model, "--json"]))[0];
    assert.equal(bytes, (await Deno.stat(model)).size);
    assert.ok(Number(arrays) > 0);
  });
});

Deno.test("sweep --json prints a line for each run and a last one with the table", async () => {
  await withRun(async (folder) => {
    const args = ["sweep", `${folder}/sweep.toml`, "--out", `${folder}/sweep`];
    const first = await succeed([...args, "--json", "--verbose"]);
    const [one, done, ...more] = objectsOf(first);
    assert.deepEqual(more, []);
    assert.deepEqual([one.event, one.name, one["method.name"], one.seed, one.skipped], [
      "run",
      "method-static,seed-0",
      "static",
      0,
      false,
    ]);
    const { accuracy, loss } = one.result as { accuracy: number; loss: number };
    assert.deepEqual([done.event, done.failed], ["done", 0]);
    const [row] = done.rows as Record<string, unknown>[];
    assert.deepEqual([row["method.name"], row.seeds], ["static", 1]);
    assert.deepEqual([row.accuracy, row.loss], [accuracy, loss]);
    assert.match(first.err, /^filigree train --config .*static,seed-0\.toml$/m);
    assert.match(first.err, /^wrote .*sweep\/table\.csv$/m);
    const quiet = await succeed([...args, "--quiet"]);
    assert.equal(quiet.err, "");
    assert.match(quiet.out, /^\| method\.name \| accuracy/);
  });
});

Deno.test("--quiet takes away what is said beside the result, --verbose adds to it", async () => {
  await withRun(async (folder) => {
    const path = `${folder}/run`, out = `${folder}/model.safetensors`;
    const exported = await succeed(["export", path, "--out", out, "--quiet"]);
    assert.deepEqual([exported.out, exported.err], ["", ""]);
    const plain = await succeed(["export", path, "--out", out]);
    assert.equal(plain.out, "");
    assert.match(
      plain.err,
      /^.*model\.safetensors: \d+ operations, \d+ arrays, [\d,]+ bytes, condensed\n$/,
    );
    // An earlier export is replaced, whatever its name, and nothing else.
    await Deno.writeTextFile(`${folder}/model.onnx`, "\x08\x08\x12\x07pytorch");
    const header = JSON.stringify({ __metadata__: { format: "pt" } });
    const length = String.fromCharCode(header.length, 0, 0, 0, 0, 0, 0, 0);
    await Deno.writeTextFile(`${folder}/foreign.safetensors`, length + header);
    for (
      const [name, format, message] of [
        [
          "data",
          "dense",
          /"--out" is ".*", which is a folder; expected a file, such as ".*\.safetensors"/,
        ],
        [
          "sweep.toml",
          "onnx",
          /it is there and is no ONNX of an export that Filigree wrote, which alone is replaced; expected another file/,
        ],
        [
          "sweep.toml",
          "condensed",
          /is no safetensors of an export that Filigree wrote/,
        ],
        ["model.safetensors", "onnx", /is no ONNX of an export/],
        ["model.onnx", "onnx", /is no ONNX of an export/],
        ["run/checkpoints/step-000000002.safetensors", "condensed", /is no safetensors of an/],
        ["foreign.safetensors", "dense", /is no safetensors of an export/],
      ] as const
    ) {
      const refused = await run(["export", path, "--out", `${folder}/${name}`, "--format", format]);
      assert.equal(refused.code, 2, refused.err);
      assert.match(refused.err, message);
    }
    for (const option of ["--csv", "--svg"]) {
      const refused = await run(["bench", "--quick", option, `${folder}/sweep.toml`]);
      assert.equal(refused.code, 2, refused.err);
      assert.match(refused.err, /is no (CSV of a bench|SVG of a plot) that Filigree wrote/);
    }
    for (const format of ["onnx", "onnx"]) {
      await succeed(["export", path, "--out", `${folder}/other`, "--format", format]);
    }
    await succeed(["export", path, "--out", out, "--format", "dense"]);
    const told = await succeed(["export", path, "--out", out, "-v"]);
    assert.match(told.err, /^checkpoint .*step-000000002\.safetensors\nlayer0\.\w+ {2}\d/);
    const labels = ["predict", path, `${folder}/data/t10k-images-idx3-ubyte`];
    const both = await succeed([...labels, "--out", `${folder}/labels`, "--quiet", "-v"]);
    assert.deepEqual([both.out, both.err], ["", ""]);
    const lines = (await Deno.readTextFile(`${folder}/labels`)).trimEnd().split("\n");
    assert.equal(lines.length, 32);
    const evaluated = await succeed(["eval", path, "-v"]);
    assert.match(evaluated.err, /^checkpoint .*\ndevice wasm: .* \(.+\)\n$/);
    const train = [
      "train",
      "--data",
      `${folder}/data`,
      ...SMALL,
      "--hidden",
      "16",
      "--epochs",
      "1",
    ];
    const trained = await succeed([...train, "-v", "--out", `${folder}/again`]);
    assert.match(trained.err, /^wrote .*again\/checkpoints\/step-000000002\.safetensors$/m);
    const csv = await run([...labels, "--format", "csv", "--json"]);
    assert.equal(csv.code, 2);
    assert.match(csv.err, /"--format" is csv, but "--json" asks for lines of JSON/);
  });
});

/** What measuring would find. */
async function* ladders(): AsyncGenerator<VariantLadder> {
  const timings = [{ variant: "fast", seconds: 1e-3 }, { variant: "plain", seconds: 2e-3 }];
  const common = { kernel: "gemm", flops: 1e6, timings, best: "fast" };
  yield { ...common, shapeClass: "nn small", key: "a", preferred: "plain" };
  yield { ...common, shapeClass: "nn large", key: "b", preferred: "fast" };
}

Deno.test("tune prints each kernel and then all choices, as text or JSON", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/cache/tuning.json`;
    const tune = async (
      flags: Record<string, boolean>,
      to?: string,
    ): Promise<{ out: string[]; err: string[] }> => {
      const out: string[] = [], err: string[] = [];
      const streams = {
        print: (line: string): void => void out.push(line),
        tell: (line: string): void => void err.push(line),
      };
      await keepFastest("an adapter", ladders(), to, new Output(flags, streams));
      return { out, err };
    };
    const choices = { a: "fast", b: "fast" };
    const json = await tune({ json: true }, path);
    const objects = json.out.map((line) => JSON.parse(line));
    assert.deepEqual(objects.map(({ event }) => event), ["start", "variants", "variants", "done"]);
    assert.deepEqual(objects.at(-1), { event: "done", adapter: "an adapter", choices, path });
    assert.deepEqual(JSON.parse(await Deno.readTextFile(path)).adapters["an adapter"], choices);
    assert.deepEqual(await tune({ quiet: true }, path), { out: [], err: [] });
    assert.deepEqual(await tune({ quiet: true, verbose: true }), {
      out: ["a: fast", "b: fast"],
      err: [],
    });
    const verbose = await tune({ verbose: true });
    assert.deepEqual(verbose.err, ["a: fast, not plain as traits say", "b: fast, as traits say"]);
    assert.match(verbose.out[1], /^gemm +nn small +GFLOP\/s: .*fast 1\.00.*\(instead of plain\)$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("--labels is refused for every data set but CIFAR-100", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeIdxFolder(folder, { train: 64, test: 32, size: 6, classes: 4 });
    const args = ["train", "--data", folder, ...SMALL, "--labels", "coarse", "--dry-run"];
    const idx = await run(args);
    assert.equal(idx.code, 2);
    assert.match(
      idx.err,
      /"--labels" \(data\.labels\) applies to CIFAR-100 only, .* IDX files\.$/m,
    );
    await Deno.writeFile(`${folder}/data_batch_2.bin`, new Uint8Array(3073));
    const both = await run(args);
    assert.equal(both.code, 2);
    assert.match(both.err, /has files of CIFAR-10 and of IDX; expected those of one kind/);
    await Deno.remove(`${folder}/train-images-idx3-ubyte`);
    const ten = await run(args);
    assert.equal(ten.code, 2);
    assert.match(ten.err, /applies to CIFAR-100 only, but the data set ".*" is CIFAR-10\.$/m);
    const missing = await run(["data", "verify", folder]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /there is no "(data_batch_[1345]|test_batch)\.bin"/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
