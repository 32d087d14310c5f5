/**
 * The command line as a user meets it: what it prints, what it refuses, what it ends with.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fitting, Progress, progressFields, type ProgressTarget } from "../src/cli/progress.ts";
import { writeIdxFolder } from "./idx_files.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function command(args: readonly string[], env: Record<string, string> = {}): Deno.Command {
  const allowed = ["--allow-read", "--allow-write", "--allow-env=FILIGREE_*"];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...allowed, CLI, ...args],
    env: { NO_COLOR: "1", ...env },
    stdout: "piped",
    stderr: "piped",
  });
}

async function run(args: readonly string[], env?: Record<string, string>): Promise<Run> {
  const { code, stdout, stderr } = await command(args, env).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Calls `body` with a folder that holds a small data set. */
async function withData(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeIdxFolder(folder, { train: 400, test: 100, size: 6, classes: 4 });
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Neither a run folder nor much to do. */
const SMALL = [
  "--no-save",
  "--device",
  "wasm",
  "--threads",
  "1",
  "--hidden",
  "24,16",
  "--batch",
  "32",
];

Deno.test("train --json prints JSON lines, the last one with the result", async () => {
  await withData(async (folder) => {
    const args = ["--data", folder, ...SMALL, "--epochs", "8", "--lr", "0.01", "--every", "10"];
    const { code, stdout, stderr } = await run(["train", "--json", "--sparsity", "0.8", ...args]);
    assert.equal(code, 0, stderr);
    const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
    const kinds = events.map(({ event }) => event);
    assert.equal(kinds[0], "start");
    for (const kind of ["step", "rewire", "epoch"]) assert.ok(kinds.includes(kind), kind);
    const done = events.at(-1);
    const fields = "bytes device epochs event hash loss ranks seconds sparsity steps test";
    assert.equal(Object.keys(done).sort().join(" "), fields);
    assert.equal(done.event, "done");
    assert.deepEqual(Object.keys(done.test).sort(), ["accuracy", "loss"]);
    // Chance is 0.25; one bright pixel tells the class.
    assert.ok(done.test.accuracy > 0.9 && done.test.accuracy <= 1, String(done.test.accuracy));
    assert.ok(done.sparsity > 0.75 && done.sparsity < 0.9, String(done.sparsity));
    assert.match(done.hash, /^[0-9a-f-]+$/);
    assert.equal(done.device, "wasm");
    assert.ok(done.bytes.total > 0 && done.bytes.parameters > 0);
  });
});

Deno.test("train gives the same result twice for a seed, and another for another", async () => {
  await withData(async (folder) => {
    const result = async (seed: string): Promise<unknown> => {
      const args = ["train", "--json", "--data", folder, ...SMALL, "--epochs", "1"];
      const { stdout } = await run([...args, "--every", "4", "--seed", seed]);
      const { loss, hash } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "{}");
      return { loss, hash };
    };
    const first = await result("3");
    assert.deepEqual(await result("3"), first);
    assert.notDeepEqual(await result("4"), first);
  });
});

for (const method of ["dense", "static", "set", "rigl", "srigl"]) {
  Deno.test(`train --method ${method} prints lines and the test accuracy`, async () => {
    await withData(async (folder) => {
      const args = ["--data", folder, ...SMALL, "--epochs", "1", "--optimizer", "sgd"];
      const { code, stdout, stderr } = await run(["train", "--method", method, ...args]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^test accuracy \d+\.\d\d %\nsparsity \d+\.\d\d %/);
      assert.match(stderr, new RegExp(`method {3}${method}\n`));
      assert.match(stderr, /step 13\/13 {2}loss \d.* examples\/s {2}density .* left\n/);
      assert.match(stderr, /epoch 1 {2}mean loss \d/);
      assert.ok(!stderr.includes("\x1b"), "no escape sequences outside a terminal");
    });
  });
}

Deno.test("train --dry-run prints the plan and trains nothing", async () => {
  await withData(async (folder) => {
    const args = ["train", "--dry-run", "--data", folder, ...SMALL];
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0, stderr);
    for (const part of ["layer0.weight", "24 x 36", "moments", "total", "spmm x", "all layers"]) {
      assert.ok(stdout.includes(part), part);
    }
    for (const title of ["device", "data", "network", "method", "steps", "rate"]) {
      assert.match(stdout, new RegExp(`^${title.padEnd(8)}\\S`, "m"));
    }
    assert.ok(!stdout.includes("accuracy"));
    const json = await run([...args, "--json"]);
    const plan = JSON.parse(json.stdout);
    assert.equal(plan.event, "plan");
    const { total, ...categories } = plan.plan.bytes;
    const sum = Object.values(categories).reduce((a, b) => Number(a) + Number(b), 0);
    assert.equal(total, sum);
  });
});

const WRONG: [args: string[], message: RegExp][] = [
  [
    ["train", "--epochs", "0"],
    /"train.epochs" in the command line must be integer >= 1, but got 0/,
  ],
  [["train", "--batch", "x"], /"--batch" must be integer >= 1 and <= 16777216, but got "x"/],
  [["train", "--sparsity", "1"], /"pattern.sparsity" .* must be number >= 0 and < 1, but got 1/],
  [["train", "--sparsity="], /"--sparsity": its value is empty; expected one, or no --sparsity/],
  [["train", "--fraction", "2"], /"method.fraction" .* must be number >= 0 and <= 1, but got 2/],
  [["train", "--lr", "0"], /"optimizer.learningRate" .* must be number > 0, but got 0/],
  [["train", "--seed", "1.5"], /"run.seed" .* must be integer >= 0, but got 1.5/],
  [
    ["train", "--hidden", "12,"],
    /"--hidden" must be a list of integer >= 1 and <= 16777216, but got "12,"/,
  ],
  [
    ["train", "--method", "dance"],
    /"method.name" .* must be srigl, rigl, set, .*static, .*dense, but got "dance"/,
  ],
  [["train", "--device", "tpu"], /"device.name" .* must be auto, webgpu, wasm, but got "tpu"/],
  [
    ["train", "--data", "/no/such"],
    /"--data" must be mnist, fashion, wordnet-lex, prose, icons, a .csv file, or a folder.*"\/no\/such"/,
  ],
  [
    ["train", "--method", "rigl", "--gamma-sal", "1"],
    /"--gamma-sal" \(method.gammaSal\) applies to --method srigl/,
  ],
  [
    ["train", "--method", "dense", "--sparsity", "0.5"],
    /"--sparsity" \(pattern.sparsity\) applies to --method/,
  ],
  [
    ["train", "--device", "webgpu", "--threads", "2"],
    /"--threads" \(device.threads\) applies to --device wasm/,
  ],
  [
    ["train", "--pattern", "2:4", "--sparsity", "0.5"],
    /"--sparsity" .* not apply to --pattern 2:4/,
  ],
  [["train", "--pattern", "group-5"], /Pattern "group-5" is not known; expected dense, fan-in/],
  [["train", "--set", "model.hiden=3"], /a key of the configuration, but got "model.hiden=3"/],
  [["train", "--config", "/no/such.toml"], /Cannot read the configuration "\/no\/such.toml"/],
  [["train", "--config", "/no/such.ini"], /no\/such.ini/],
  [["resume", "/no/such"], /Cannot use the run "\/no\/such": there is no such file/],
  [["resume"], /Missing argument(\(s\))?: run/],
  [["train", "--bogus"], /Unknown option "--bogus"/],
  [["train", "--epochs"], /Missing value for option "--epochs"/],
  [["bogus"], /Cannot run "bogus": "filigree" has no such command; expected train, pretrain/],
];

for (const [args, message] of WRONG) {
  Deno.test(`filigree ${args.join(" ")} is refused with exit code 2`, async () => {
    await withData(async (folder) => {
      // A readable data set, so that nothing but the flag under test is wrong.
      const data = args.includes("--data") || args[0] !== "train" ? [] : ["--data", folder];
      const { code, stdout, stderr } = await run([...args.slice(0, 1), ...data, ...args.slice(1)]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, "");
    });
  });
}

Deno.test("a sparsity that leaves rows without inputs is refused with exit code 2", async () => {
  await withData(async (folder) => {
    const args = ["train", "--data", folder, ...SMALL, "--sparsity", "0.999"];
    const { code, stderr } = await run(args);
    assert.equal(code, 2);
    assert.match(stderr, /^error: Option "--sparsity" .* is 0.999, .*; expected at most 0.9652/m);
  });
});

Deno.test("a damaged file ends with exit code 1 and names the file", async () => {
  await withData(async (folder) => {
    await Deno.truncate(`${folder}/train-labels-idx1-ubyte`, 100);
    const { code, stderr } = await run(["train", "--data", folder, ...SMALL]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Cannot read ".*train-labels-idx1-ubyte" at byte 8: 92 bytes/m);
  });
});

Deno.test("FILIGREE_DEVICE and FILIGREE_DEVICE_THREADS are defaults that flags override", async () => {
  await withData(async (folder) => {
    const args = ["train", "--dry-run", "--data", folder];
    const env = { FILIGREE_DEVICE: "wasm", FILIGREE_DEVICE_THREADS: "1" };
    assert.match((await run(args, env)).stdout, /^device {2}wasm.*1 thread.*asked for/);
    const wrong = await run(args, { ...env, FILIGREE_DEVICE_THREADS: "no" });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /"\$FILIGREE_DEVICE_THREADS" must be integer >= 1, but got "no"/);
    const flag = await run([...args, "--threads", "2"], { ...env, FILIGREE_DEVICE_THREADS: "no" });
    assert.equal(flag.code, 0, flag.stderr);
  });
});

Deno.test({
  name: "Ctrl-C ends training with exit code 130",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withData(async (folder) => {
      const args = ["train", "--json", "--data", folder, ...SMALL, "--epochs", "1000000"];
      const child = command(args).spawn();
      const [stdout, stderr] = [child.stdout.getReader(), child.stderr.getReader()];
      let seen = "";
      while (!seen.includes('"event":"epoch"')) {
        const { value, done } = await stdout.read();
        assert.ok(!done, `ended early: ${seen}`);
        seen += new TextDecoder().decode(value);
      }
      child.kill("SIGINT");
      const drain = async (reader: typeof stdout): Promise<void> => {
        while (!(await reader.read()).done);
      };
      const [{ code }] = await Promise.all([child.status, drain(stdout), drain(stderr)]);
      assert.equal(code, 130);
      assert.ok(!seen.includes('"event":"done"'));
    });
  },
});

Deno.test("devices lists both backends and says which one is the default", async () => {
  const text = await run(["devices"]);
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^webgpu {2}/);
  assert.match(text.stdout, /\nwasm {2}WASM .*SIMD/);
  assert.match(text.stdout, /\nWithout --device, training takes (wasm|webgpu): ./);
  const { default: choice, devices } = JSON.parse((await run(["devices", "--json"])).stdout);
  assert.ok(["wasm", "webgpu"].includes(choice.device));
  assert.deepEqual(devices.map((device: { name: string }) => device.name), ["webgpu", "wasm"]);
});

Deno.test("--help, --version and no arguments at all end with exit code 0", async () => {
  for (const args of [[], ["--json"], ["--help"], ["train", "--help"], ["--version"]]) {
    const { code, stdout } = await run(args);
    assert.equal(code, 0);
    assert.match(stdout, args[0] === "--version" ? /^\d+\.\d+\.\d+\n$/ : /Usage: +filigree/);
  }
});

Deno.test("--help of a verb that trains has its own defaults and the flags that it takes", async () => {
  const [train, pretrain, finetune] = await Promise.all(
    ["train", "pretrain", "finetune"].map(async (verb) => {
      const { stdout } = await run([verb, "--help"]);
      return inOneLine(stdout);
    }),
  );
  for (const flag of ["--hidden", "--from", "--crop-padding"]) assert.ok(train.includes(flag));
  for (const flag of ["--hidden", "--from", "--target", "--loss", "--validation"]) {
    assert.ok(!pretrain.includes(flag), flag);
  }
  for (const flag of ["--model ", "--from", "--masked", "--dropout", "--distribution"]) {
    assert.ok(!finetune.includes(flag), flag);
  }
  const told: readonly [help: string, text: string][] = [
    [pretrain, "prose by default. [data.name]"],
    [pretrain, "bert, and behind a colon one of tiny, mini"],
    [pretrain, "block-16 by default. [pattern.name]"],
    [
      pretrain,
      "Share of absent connections over all layers that are sparse (number >= 0 and < 1); 0.9 by default.",
    ],
    [pretrain, "dynsparse by default. [method.name]"],
    [finetune, "0.0002 by default. [optimizer.learningRate]"],
    [finetune, "a second one, for pairs. [data.name]"],
    [train, "mnist by default. [data.name]"],
    [train, " Optimizer: --optimizer "],
    [train, "--report Write report.html into the folder at the end"],
  ];
  for (const [help, text] of told) assert.ok(help.includes(text), text);
  const verbs = inOneLine((await run([])).stdout);
  assert.match(
    verbs,
    /pretrain (\[options\] )?Pre-train a sparse model of text on a corpus\. finetune/,
  );
});

/** A help as words in one line: cliffy wraps elsewhere than its stand-in, and has a dash before what a flag does. */
function inOneLine(help: string): string {
  return help.replaceAll(/\s+/g, " ").replaceAll(" - ", " ");
}

function recorder(terminal: boolean): {
  target: ProgressTarget;
  written: () => string;
  resize: (columns: number) => void;
} {
  let written = "", columns = 20;
  const target = {
    terminal,
    columns: () => columns,
    write: (text: string): void => void (written += text),
  };
  return { target, written: () => written, resize: (to) => void (columns = to) };
}

Deno.test("Progress rewrites one line on a terminal and never more than its width", () => {
  const { target, written } = recorder(true);
  const progress = new Progress(target);
  progress.update("a".repeat(50));
  progress.log("stays");
  progress.clear();
  assert.equal(written(), `\r\x1b[2K${"a".repeat(19)}\r\x1b[2Kstays\n`);
});

Deno.test("Progress takes a line away that a narrower terminal has wrapped", () => {
  const { target, written, resize } = recorder(true);
  const progress = new Progress(target);
  progress.update("a".repeat(50));
  resize(8);
  progress.update("b".repeat(50));
  resize(1);
  progress.clear();
  const [first, second] = ["a".repeat(19), "b".repeat(7)];
  assert.equal(written(), `\r\x1b[2K${first}\x1b[2A\r\x1b[J${second}\x1b[6A\r\x1b[J`);
});

Deno.test("fitting() leaves whole fields out, the least needed first, and counts columns", () => {
  const fields = progressFields({
    ...{ step: 100, totalSteps: 850, loss: 0.25, gradientNorm: 0.51234 },
    ...{ examplesPerSecond: 41999.6, density: 0.05, elapsed: 10 },
  });
  const all =
    "step 100/850  loss 0.2500  gradient 0.512  42,000 examples/s  density 5.0 %  1m 15s left";
  const lines: [columns: number, line: string][] = [
    [all.length, all],
    [all.length - 1, "step 100/850  loss 0.2500  42,000 examples/s  density 5.0 %  1m 15s left"],
    [71, "step 100/850  loss 0.2500  42,000 examples/s  1m 15s left"],
    [40, "step 100/850  loss 0.2500  1m 15s left"],
    [30, "step 100/850  loss 0.2500"],
    [20, "step 100/850"],
    [6, "step 1"],
    [1, "s"],
  ];
  for (const [columns, line] of lines) assert.equal(fitting(fields, columns), line);
  const wide = "\u6570\u636e\u{1f600}e\u0301";
  assert.equal(fitting(wide, 7), wide);
  assert.equal(fitting(wide, 6), "\u6570\u636e\u{1f600}");
  assert.equal(fitting(wide, 5), "\u6570\u636e");
  assert.equal(fitting("a\nb\x1b[2J", 20), "a b [2J");
});

Deno.test("Progress writes plain lines elsewhere", () => {
  const { target, written } = recorder(false);
  const progress = new Progress(target);
  progress.update("one");
  progress.log("two");
  progress.clear();
  assert.equal(written(), "one\ntwo\n");
});
