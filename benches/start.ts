/**
 * `host/start/...`: how long a fresh process takes from `deno run` to the end of its first training step.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { bundle } from "../build/bundle.ts";
import { bundleForDeno } from "../build/deno.ts";
import { type BenchCase, plain, round } from "./case.ts";
import { median, type Result } from "./measure.ts";
import { deno } from "./module_graph.ts";

const ROOT = new URL("../", import.meta.url);

/** Fresh processes whose times count; those before them fill Deno's cache. */
const ROUNDS = 11, WARM_UP = 2;

/** What a process asks of `createDevice`: `auto` looks for a hardware adapter first, `built` is `wasm` by what is built for Deno. */
const PLACES = {
  wasm: `{ prefer: "wasm", threads: 1 }`,
  auto: "{}",
  built: `{ prefer: "wasm", threads: 1 }`,
} as const;

/** What a process says of its start, in milliseconds. */
interface Start {
  /** When its first step had ended, since 1970. */
  readonly end: number;
  /** Time of cores until then, all threads together. */
  readonly cpuMs: number;
  /** Of the import of the module. */
  readonly importMs: number;
  /** Until there was a device. */
  readonly deviceMs: number;
  /** Of the rest: model, patterns, program, first batch, first step. */
  readonly stepMs: number;
}

/** The benches of this file. */
export function* startCases(): Generator<BenchCase> {
  for (const place of Object.keys(PLACES) as (keyof typeof PLACES)[]) {
    yield {
      name: `host/start/${place}`,
      unit: "ms from `deno run` to the end of the first step of 1024-1024-10, batch 128",
      open: plain,
      run: () => measureStart(place),
    };
  }
}

/** Medians over fresh processes with a warm cache of their own. */
async function measureStart(
  place: keyof typeof PLACES,
): Promise<Pick<Result, "ratio" | "details">> {
  const cache = await Deno.makeTempDir({ prefix: "filigree-start-" });
  try {
    const main = `${cache}/main.ts`;
    const module = place === "built" ? await buildInto(`${cache}/dist`) : new URL("mod.ts", ROOT);
    await Deno.writeTextFile(main, programOf(place, module));
    const starts: (Start & { readonly ms: number })[] = [];
    for (let i = 0; i < WARM_UP + ROUNDS; i++) {
      const begin = performance.timeOrigin + performance.now();
      const args = ["run", "--quiet", "--no-check", "--allow-sys", main];
      const start: Start = JSON.parse(await deno(args, ROOT, cache));
      if (i >= WARM_UP) starts.push({ ...start, ms: start.end - begin });
    }
    const [ms, cpuMs, importMs, deviceMs, stepMs] =
      (["ms", "cpuMs", "importMs", "deviceMs", "stepMs"] as const)
        .map((part) => round(median(starts.map((start) => start[part]))));
    const leastMs = round(Math.min(...starts.map((start) => start.ms)));
    return { ratio: ms, details: { leastMs, cpuMs, importMs, deviceMs, stepMs } };
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** Builds what a first training takes, for Deno; returns where it lies. */
async function buildInto(folder: string): Promise<URL> {
  await bundle({}, folder);
  await bundleForDeno(folder);
  return pathToFileURL(`${folder}/deno/core.js`);
}

/** A program that takes one step by a module and says when; its loss must be finite. */
function programOf(place: keyof typeof PLACES, module: URL): string {
  return `import process from "node:process";
    const begin = performance.now();
    const { adamw, createDevice, mlp, Trainer } = await import(${JSON.stringify(module.href)});
    const imported = performance.now();
    const device = await createDevice(${PLACES[place]});
    const opened = performance.now();
    const [examples, inputs, classes] = [128, 1024, 10];
    const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
    const features = Float32Array.from(
      { length: examples * inputs },
      (_, i) => Number(i % classes === labels[Math.floor(i / inputs)]),
    );
    const model = mlp({ sizes: [inputs, 1024, classes], sparsity: 0.95 });
    const trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 1e-3 }), seed: 1 });
    const data = { features, labels, examples, inputs, classes };
    for await (const event of trainer.fit(data, { epochs: 1, batchSize: examples, logEvery: 1 })) {
      if (event.kind !== "step") continue;
      if (!Number.isFinite(event.losses[0])) throw new Error("Cannot measure: the loss is not finite");
      const end = performance.now();
      const { user, system } = process.cpuUsage();
      console.log(JSON.stringify({
        end: performance.timeOrigin + end,
        cpuMs: (user + system) / 1000,
        importMs: imported - begin,
        deviceMs: opened - imported,
        stepMs: end - opened,
      }));
    }
    device.close();`;
}
