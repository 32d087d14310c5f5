/**
 * `deno task places [--write] [--rounds 3] [--epochs 3]`: the same network with the same seed in Deno, Chromium, Node 20, Node 22
 * and Bun, all with the npm package as it is packed; and a training step beside TensorFlow.js and jax-js in one worker of
 * one page. `--write` puts the tables into `docs/results/places.md`.
 *
 * Needs what `.ci/runtimes.sh` installs, `chromium` on the path, and npm, which fetches the peers.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mnistFolder } from "../../src/cli/deps.ts";
import { loadIdxFolder } from "../../src/data/idx.ts";
import house from "../../deno.json" with { type: "json" };
import peers from "../peers/deno.json" with { type: "json" };
import type { PageResult, PageTask } from "../peers/page_task.ts";
import { buildPackage, packPackage } from "../../npm/build.ts";
import { ARGUMENTS } from "../../tests/chromium.ts";
import { RUNTIMES, SWIFTSHADER } from "../../tests/other_runtimes.ts";
import { median, quartiles } from "../measure.ts";
import { type Files, serve, type Served } from "./server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What is trained: sizes of the network, share of absent connections, examples of a batch. */
const NETWORK = { sizes: [784, 1024, 1024, 10], sparsity: 0.95, batchSize: 128 } as const;

/** What is trained on, in turn: threads of WASM, and WebGPU, whose driver is SwiftShader everywhere. */
const DEVICES = [
  { prefer: "wasm", threads: 1 },
  { prefer: "wasm", threads: 2 },
  { prefer: "webgpu", threads: 1 },
] as const;

/** Examples of MNIST: some, because a machine that is shared has to do it in every place. */
const EXAMPLES = { train: 6400, test: 5000 } as const;

/** Looks at each peer in a round. */
const LOOKS = 3;

/** What a place says of a training. */
interface Trained {
  readonly description: string;
  readonly reason: string;
  readonly milliseconds: readonly number[];
  readonly accuracy: number;
}

/** Somewhere to train. */
interface Place {
  readonly name: string;
  /** Starts it; it gets its task at `base` and sends its result there. */
  start(base: string): Deno.ChildProcess;
}

/** A training in a place. */
interface Row extends Trained {
  readonly place: string;
}

/** Ours beside peers. */
interface Beside {
  readonly task: PageTask;
  readonly results: readonly PageResult[];
}

/** What is measured. */
interface Options {
  readonly rounds: number;
  readonly epochs: number;
}

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      write: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      epochs: { type: "string", default: "3" },
    },
  });
  const work = await Deno.makeTempDir({ prefix: "filigree-places-" });
  try {
    const options = { rounds: Number(values.rounds), epochs: Number(values.epochs) };
    const text = await measure(work, options);
    console.log(text);
    if (values.write) await Deno.writeTextFile(join(ROOT, "docs/results/places.md"), text);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function measure(work: string, options: Options): Promise<string> {
  const user = await install(work);
  const served = serve(await filesOf(user));
  try {
    const rows = await trainEverywhere(placesOf(user, work), served, options);
    const besides = await trainBeside(chromium(work), served, options);
    return page(rows, besides, options, await versions());
  } finally {
    await served.close();
  }
}

/** A folder with the package, the peers and what bundles them for pages. */
async function install(work: string): Promise<string> {
  const [built, user] = [join(work, "package"), join(work, "user")];
  await buildPackage(built);
  const tarball = await packPackage(built, work);
  await Deno.mkdir(user);
  await Deno.writeTextFile(join(user, "package.json"), '{ "private": true, "type": "module" }');
  const names = Object.entries(peers.imports).filter(([, from]) => from.startsWith("npm:"))
    .map(([, from]) => from.replace("npm:", ""));
  await run(
    "npm",
    ["install", "--silent", "--no-audit", "--no-fund", tarball, ...names, ESBUILD, WEBGPU],
    user,
  );
  await Deno.copyFile(join(ROOT, "benches/places/train.mjs"), join(user, "train.mjs"));
  await run(
    "npx",
    [
      "esbuild",
      ...["train=train.mjs", `beside=${join(ROOT, "benches/peers/page.ts")}`],
      ...["--bundle", "--format=esm", "--splitting", "--minify", "--outdir=bundled"],
      "--log-level=error",
    ],
    user,
    { NODE_PATH: join(user, "node_modules") },
  );
  return user;
}

/** What makes one file of many, for pages. */
const ESBUILD = "esbuild@0.28.2";

/** What Node and Bun have of WebGPU. */
const WEBGPU = house.imports.webgpu.replace("npm:", "");

/** What is served: data, bundles beside the WASM that they fetch, that of TensorFlow.js. */
async function filesOf(user: string): Promise<Files> {
  const { train, test } = await loadIdxFolder(await mnistFolder());
  const memory: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [name, { features, labels, inputs }] of Object.entries({ train, test })) {
    const examples = EXAMPLES[name as keyof typeof EXAMPLES];
    const floats = Float32Array.from(features.subarray(0, examples * inputs));
    memory[`/data/${name}.features`] = new Uint8Array(floats.buffer);
    memory[`/data/${name}.labels`] = Uint8Array.from(labels.subarray(0, examples));
  }
  const modules = join(user, "node_modules");
  return {
    memory,
    folders: {
      // The bundle finds the WASM from where the loader lies in the package.
      "/package/src/device/wasm/": join(user, "bundled"),
      "/package/wasm/": join(modules, "@filigree/filigree/wasm"),
      "/tfjs/": join(modules, "@tensorflow/tfjs-backend-wasm/dist"),
    },
  };
}

/** What says to Vulkan that SwiftShader is its driver, as in Chromium. */
const DRIVER = { VK_ICD_FILENAMES: SWIFTSHADER, VK_DRIVER_FILES: SWIFTSHADER };

function placesOf(user: string, work: string): Place[] {
  const spawned = (name: string, program: string, ...args: string[]): Place => ({
    name,
    start: (base) =>
      new Deno.Command(program, { args: [...args, "train.mjs", base], cwd: user, env: DRIVER })
        .spawn(),
  });
  return [
    spawned("Deno", Deno.execPath(), "run", "--allow-all", "--quiet"),
    chromium(work),
    ...Object.entries(RUNTIMES).map(([name, program]) => spawned(name, program)),
  ];
}

/** A page in a browser without a screen, whose worker does the work. */
function chromium(work: string): Place {
  return {
    name: "Chromium",
    start: (base) =>
      new Deno.Command("chromium", {
        args: [
          ...["--headless=new", ...ARGUMENTS, "--no-first-run", "--disable-extensions"],
          ...[`--user-data-dir=${join(work, "profile")}`, `${base}/`],
        ],
        stdout: "null",
        stderr: "null",
      }).spawn(),
  };
}

/** Every device of every place, a process each, in rounds that go through all of them. */
async function trainEverywhere(
  places: readonly Place[],
  served: Served,
  { rounds, epochs }: Options,
): Promise<Row[]> {
  const rows = new Map<string, Row>();
  for (let round = 0; round < rounds; round++) {
    for (const device of DEVICES) {
      for (const { name, start } of places) {
        const task = { ...NETWORK, ...device, epochs };
        const result = await served.ask<Trained>({ script: "train", task }, start);
        const key = `${name}: ${result.description}`;
        const milliseconds = [...rows.get(key)?.milliseconds ?? [], ...result.milliseconds];
        rows.set(key, { ...result, milliseconds, place: name });
        console.error(key, result.milliseconds.map((each) => each.toFixed(2)).join(" "));
      }
    }
  }
  return [...rows.values()];
}

async function trainBeside(
  { start }: Place,
  served: Served,
  { rounds }: Options,
): Promise<Beside[]> {
  const besides: Beside[] = [];
  for (const device of DEVICES) {
    const task: PageTask = {
      ...{ sizes: NETWORK.sizes, density: 1 - NETWORK.sparsity, examples: NETWORK.batchSize },
      ...{ ...device, learningRate: 0.05, rounds: LOOKS * rounds },
    };
    const { results } = await served.ask<Pick<Beside, "results">>(
      { script: "beside", task },
      start,
    );
    requireSame(results);
    besides.push({ task, results });
    console.error(
      device,
      results.map((one) => `${one.name} ${median(one.milliseconds).toFixed(2)}`).join(", "),
    );
  }
  return besides;
}

/** All of them learn the same, or nothing is compared. */
function requireSame(results: readonly PageResult[]): void {
  const [ours, ...theirs] = results;
  for (const { name, losses } of theirs) {
    const wrong = losses.findIndex((loss, i) => !(Math.abs(loss / ours.losses[i] - 1) < 1e-3));
    if (wrong < 0 && losses.length === ours.losses.length) continue;
    throw new Error(
      `Cannot compare with ${name}: its losses are ${losses}, ours are ${ours.losses}`,
    );
  }
}

/** The tables and what they are of. */
function page(
  rows: readonly Row[],
  besides: readonly Beside[],
  { rounds, epochs }: Options,
  versions: string,
): string {
  const flags = `--rounds ${rounds} --epochs ${epochs}`;
  return `# Places

The same network with the same seed wherever it runs, by \`deno task places --write ${flags}\`: ${versions}.

The machine (${navigator.hardwareConcurrency} cores) was shared with other work while this ran, so that clocks say little by themselves: places take turns, ratios are of neighbours in time, and differences of less than a third say nothing.

## A training

784-1024-1024-10 at ${
    100 * NETWORK.sparsity
  } %, SRigL, AdamW, batch ${NETWORK.batchSize}, ${epochs} epochs of the first ${EXAMPLES.train} examples of MNIST; accuracy on the first ${EXAMPLES.test} to test with. All run the npm package as it is packed, in Chromium in a worker of a page that is cross-origin isolated. Milliseconds are the median of ${
    rounds * (epochs - 1)
  } epochs (quartiles), rewirings included; the first epoch of each process, in which engines compile, is left out.

| place | runs on | ms per step | accuracy |
| --- | --- | --- | --- |
${rows.map(rowOf).join("\n")}

The plain build gives the same bits in every place. Relaxed SIMD leaves it to the engine whether a multiply-add rounds once: that of V8 (Deno, Chromium, Node) does, that of JavaScriptCore (Bun) rounds twice, as the plain build, so that accuracies may differ. The driver of WebGPU is SwiftShader in every place. ${
    absences(rows)
  }

## Beside TensorFlow.js and jax-js

A step of 784-1024-1024-10 at ${
    100 * NETWORK.sparsity
  } %, batch ${NETWORK.batchSize}, plain SGD, in one worker of one page of the same Chromium: ours stored sparse, theirs with masks, the same weights at first, the same losses in the first steps to 0.1 %. Ratios are the median of those of neighbours (quartiles), ${
    5 * rounds
  } looks at each.

| device | ours | ms per step | peer | ms per step | ratio |
| --- | --- | --- | --- | --- | --- |
${besides.flatMap(besidesOf).join("\n")}
`;
}

function rowOf({ place, description, milliseconds, accuracy }: Row): string {
  return `| ${place} | ${description} | ${spread(milliseconds, 2)} | ${
    (100 * accuracy).toFixed(2)
  } % |`;
}

/** Why a place has fewer threads than were asked for. */
function absences(rows: readonly Row[]): string {
  const reasons = rows.flatMap(({ place, reason }) => {
    const [, why] = /on one thread, because (.*)$/.exec(reason) ?? [];
    return why === undefined ? [] : [`${place} has one thread, because ${why}`];
  });
  return [...new Set(reasons)].map((reason) => `${reason}.`).join(" ");
}

function besidesOf({ results }: Beside): string[] {
  const [ours, ...theirs] = results;
  return theirs.map(({ name, device, milliseconds }) => {
    const ratios = milliseconds.map((each, i) => each / ours.milliseconds[i]);
    const [mine, others] = [ours.milliseconds, milliseconds].map((all) => median(all).toFixed(2));
    return `| ${device} | ${ours.device} | ${mine} | ${name} | ${others} | ${spread(ratios, 1)} |`;
  });
}

function spread(numbers: readonly number[], digits: number): string {
  const [low, high] = quartiles(numbers).map((each) => each.toFixed(digits));
  return `${median([...numbers]).toFixed(digits)} (${low} to ${high})`;
}

/** What everything is called, with its version. */
async function versions(): Promise<string> {
  const [browser, node20, node22, bun] = await Promise.all([
    run("chromium", ["--version"]),
    run(RUNTIMES["Node 20"], ["--version"]),
    run(RUNTIMES["Node 22"], ["--version"]),
    run(RUNTIMES.Bun, ["--version"]),
  ]);
  const named = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([name, version]) => `${name} ${version.trim().replace(/^v/, "")}`);
  return [
    ...named({ Deno: Deno.version.deno, Chromium: browser.split(" ")[1] ?? "" }),
    ...named({ Node: `${node20.trim()} and ${node22.trim().slice(1)}`, Bun: bun }),
    ...Object.values(peers.imports).filter((from) => /tfjs@|jax@/.test(from))
      .map((from) => from.replace("npm:", "")),
  ].join(", ");
}

/** What a program printed. */
async function run(
  program: string,
  args: string[],
  cwd?: string,
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    ...{ args, env },
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return said;
  throw new Error(`${program} ${args.join(" ")} failed: ${complained}${said}`);
}

await main(Deno.args);
