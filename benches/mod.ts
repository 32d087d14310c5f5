/**
 * `deno task bench [--json] [NAME...]`: runs the benches whose names start with one of the given ones, or all of them. Each
 * checks its results before it times anything, and prints one line per figure:
 * `{"name":"...","ratio":...,"unit":"...","device":"...","details":{...}}`.
 *
 * A bench that fails prints its error and the command ends with exit code 1; the others still run. `--against REVISION` compares the
 * times of this build with those of another one: see `revisions.ts`.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { openWasm } from "../src/device/wasm/backend.ts";
import { rigl } from "../src/methods/rigl.ts";
import { set } from "../src/methods/set.ts";
import { srigl } from "../src/methods/srigl.ts";
import { staticPattern } from "../src/methods/static.ts";
import { batchCases } from "./batches.ts";
import { batchedCases } from "./batched.ts";
import { bertCases } from "./bert.ts";
import { type BenchCase, plain, relaxed, round } from "./case.ts";
import { measureDense, ORIENTATIONS } from "./dense.ts";
import { familyCases } from "./family.ts";
import { hostCases } from "./host.ts";
import { importCases } from "./import.ts";
import { labelCases } from "./labels.ts";
import type { Result } from "./measure.ts";
import { measureAccuracy } from "./mnist.ts";
import { nmCases } from "./nm.ts";
import { pretrainingCases } from "./pretraining.ts";
import { productCases } from "./products.ts";
import { soakCases } from "./soak.ts";
import { startCases } from "./start.ts";
import { benchAgainst, ROUNDS } from "./revisions.ts";
import { measureLargeRewiring, measureRewiring } from "./rewiring.ts";

function* cases(): Generator<BenchCase> {
  for (const orientation of Object.keys(ORIENTATIONS) as (keyof typeof ORIENTATIONS)[]) {
    for (const kind of ["plain", "relaxed"] as const) {
      yield {
        name: `dense/peak-share/${orientation}`,
        unit: "share of multiply-add peak",
        open: kind === "plain" ? plain : relaxed,
        run: async (backend) => {
          const { share, product, peak } = await measureDense(backend, 1024, orientation, kind);
          return { ratio: share, details: { gflops: round(product), peakGflops: round(peak) } };
        },
      };
    }
  }
  for (const method of [set, rigl, srigl].map((of) => of({ every: 3, until: 1 }))) {
    yield {
      name: `rewiring/10m/${method.name}`,
      unit: "share of training time, rewired every 100 steps",
      open: () => openWasm({ build: "relaxed" }),
      run: async (backend) => {
        const { share, ...details } = await measureLargeRewiring(backend, {
          method,
          sizes: [784, 10240, 10240, 10],
          sparsity: 0.9,
          batchSize: 256,
        }, 100);
        return {
          ratio: share,
          details: Object.fromEntries(Object.entries(details).map(([k, v]) => [k, round(v)])),
        };
      },
    };
  }
  for (
    const [label, sizes] of [["", [784, 512, 512, 10]], ["/1024", [784, 1024, 1024, 10]]] as const
  ) {
    for (const method of [srigl({ every: 100 }), set({ every: 100 })]) {
      yield {
        name: `rewiring/every-100/${method.name}${label}`,
        unit: "share of training time",
        open: relaxed,
        run: async (backend) => {
          const { share, ...details } = await measureRewiring(backend, {
            method,
            sizes,
            sparsity: 0.95,
            batchSize: 128,
            steps: 1000,
          });
          return {
            ratio: share,
            details: Object.fromEntries(Object.entries(details).map(([k, v]) => [k, round(v)])),
          };
        },
      };
    }
  }
}

function* mnistCases(): Generator<BenchCase> {
  const rewired = srigl({ every: 100 });
  for (const sparsity of [0.95, 0.9]) {
    yield {
      name: `mnist/srigl/${sparsity.toFixed(2)}`,
      unit: "test accuracy, mean of three seeds",
      open: () => openWasm(),
      run: async (backend) => {
        const { mean, all } = await measureAccuracy(backend, rewired, sparsity);
        return { ratio: mean, details: { seeds: all.join(" ") } };
      },
    };
  }
  yield {
    name: "mnist/srigl-minus-static/0.98",
    unit: "difference of test accuracies, means of three seeds",
    open: () => openWasm(),
    run: async (backend) => {
      const dynamic = await measureAccuracy(backend, rewired, 0.98);
      const fixed = await measureAccuracy(backend, staticPattern(), 0.98);
      const details = { srigl: dynamic.all.join(" "), static: fixed.all.join(" ") };
      return { ratio: dynamic.mean - fixed.mean, details };
    },
  };
}

function print(result: Result, json: boolean): void {
  if (json) return console.log(JSON.stringify(result));
  const details = Object.entries(result.details ?? {}).map(([key, value]) => `${key} ${value}`);
  console.log(
    `${result.name.padEnd(44)} ${String(result.ratio).padStart(8)}  ${result.unit}\n` +
      `    on ${result.device}; ${details.join(", ")}`,
  );
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals: wanted } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      against: { type: "string" },
      rounds: { type: "string", default: String(ROUNDS) },
    },
  });
  const { json } = values;
  const all = [
    ...familyCases(),
    ...productCases(),
    ...batchedCases(),
    ...nmCases(),
    ...labelCases(),
    ...hostCases(),
    ...startCases(),
    ...batchCases(),
    ...bertCases(),
    ...pretrainingCases(),
    ...importCases(),
    ...cases(),
    ...soakCases(),
    ...mnistCases(),
  ];
  if (values.help) {
    console.log(
      "deno task bench [--json] [--against REVISION [--rounds 5]] [PREFIX...] runs the benches whose names begin so:\n",
    );
    return [...new Set(all.map(({ name }) => name))].forEach((name) => console.log(name));
  }
  const selected = all.filter(({ name }) =>
    wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix))
  );
  if (selected.length === 0) {
    const names = [...new Set(all.map(({ name }) => name))];
    throw new RangeError(`Cannot run ${wanted}: no such bench; expected a prefix of ${names}`);
  }
  if (values.against !== undefined) {
    const names = [...new Set(selected.map(({ name }) => name))];
    const options = { revision: values.against, names, rounds: roundsIn(values.rounds), json };
    if (!await benchAgainst(options)) Deno.exitCode = 1;
    return;
  }
  for (const { name, unit, open, run } of selected) {
    try {
      const backend = await open();
      try {
        const { ratio, details = {} } = await run(backend);
        const device = `${backend.name}: ${backend.info.description}`;
        print({ name, ratio: round(ratio), unit, device, details }, json);
      } finally {
        backend.close();
      }
    } catch (error) {
      console.error(`${name}: ${error instanceof Error ? error.message : error}`);
      Deno.exitCode = 1;
    }
  }
}

/** How often each build is run. */
function roundsIn(text: string): number {
  const rounds = Number(text);
  if (Number.isSafeInteger(rounds) && rounds > 0) return rounds;
  throw new RangeError(`Cannot run --rounds ${text}: expected a whole number above 0`);
}

if (import.meta.main) await main(Deno.args);
