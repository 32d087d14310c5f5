/**
 * `deno task fuzz`: damaged files for every reader. A case ends with what the file says or with an error that names the fault;
 * a crash, an error of another kind, a hang, or more memory than four times the file is a failure.
 *
 * ```sh
 * deno task fuzz                                 # 20,000 cases
 * deno task fuzz --cases 1000000 --seed 7
 * deno task fuzz --target csv --case 4711        # one case again, with the stack of its error
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { FuzzReport, runCases } from "./run.ts";

/** Seconds that a case may take before it counts as a hang. */
const PATIENCE = 60;

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      cases: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      target: { type: "string", multiple: true, default: [] },
      case: { type: "string" },
    },
  });
  const seed = Number(values.seed);
  if (values.case !== undefined) {
    await runCases({ seed, targets: values.target, first: Number(values.case), count: 1 });
    Deno.exit(0);
  }
  const report = await watched(seed, Number(values.cases), values.target);
  for (const line of report.lines()) console.log(line);
  Deno.exit(report.failures.length === 0 ? 0 : 1);
}

/** Runs in a worker, so that a hang can be told. */
async function watched(seed: number, count: number, targets: string[]): Promise<FuzzReport> {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" });
  let seen = -1, since = performance.now();
  try {
    return await new Promise((resolve, reject) => {
      const watch = setInterval(() => {
        const now = Atomics.load(at, 0);
        if (now !== seen) [seen, since] = [now, performance.now()];
        if (performance.now() - since < 1000 * PATIENCE) return;
        clearInterval(watch);
        reject(new Error(`Case ${now} of seed ${seed} hangs: no end after ${PATIENCE} s`));
      }, 1000);
      worker.addEventListener("message", ({ data }) => {
        clearInterval(watch);
        resolve(Object.assign(new FuzzReport(), data));
      });
      worker.addEventListener("error", (event) => {
        clearInterval(watch);
        reject(new Error(`Case ${Atomics.load(at, 0)} of seed ${seed}: ${event.message}`));
      });
      worker.postMessage({ seed, count, targets, at });
    });
  } finally {
    worker.terminate();
  }
}
