/**
 * `deno run -A benches/against.ts FOLDER [NAME...]`: this checkout beside another one of the project, in one process: the
 * same trainings of the same data, a few steps in turn. What must be equal is compared first: bytes of plans are not more,
 * losses, patterns and metrics have the same bits. Then come the times of steps, rewirings and evaluations, a line for each:
 * `{"name":"...","ratio":...,"unit":"this time over that one","details":{...}}`. Ends with exit code 1 if something that must
 * be equal is not.
 *
 * `--device webgpu` takes WebGPU, a software adapter too; WASM on one thread is the default.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CASES, type Library, type TrainingCase } from "./against_cases.ts";
import { round } from "./case.ts";
import { median } from "./measure.ts";

/** Steps between two turns, and turns before times count. */
const TURN = 5, WARM_UP = 3;

/** What one checkout makes of a training. */
interface Side {
  readonly bytes: number;
  readonly losses: number[];
  readonly steps: number[];
  readonly rewirings: number[];
  readonly evaluations: number[];
  hash: string;
  metrics: string;
  /** Goes on to the next turn; false at the end of the training. */
  turn(): Promise<boolean>;
  evaluate(): Promise<void>;
  close(): void;
}

async function open(library: Library, training: TrainingCase, device: string): Promise<Side> {
  const prefer = device === "webgpu" ? "webgpu" : "wasm";
  const where = await library.createDevice({ prefer, threads: 1, seed: 1 });
  const { model, optimizer, method, loss, data, fit } = training(library);
  const trainer = new library.Trainer({
    ...{ device: where, model, optimizer, seed: 1 },
    ...(method === undefined ? {} : { method }),
    ...(loss === undefined ? {} : { loss }),
  });
  const outputs = "outputs" in data ? { outputs: data.outputs } : {};
  const isOfBytes = data.features instanceof Uint8Array;
  const { inputs } = data;
  const { bytes } = trainer.plan({
    inputs,
    bytes: isOfBytes,
    batchSize: fit.batchSize,
    ...outputs,
  });
  const events = trainer.fit(data, { ...fit, logEvery: TURN })[Symbol.asyncIterator]();
  const side: Side = {
    ...{ bytes: bytes.total, losses: [], steps: [], rewirings: [], evaluations: [] },
    ...{ hash: "", metrics: "" },
    async turn() {
      const start = performance.now();
      let rewired = 0;
      while (true) {
        const { value: event, done } = await events.next();
        if (done === true || event === undefined) return false;
        if (event.kind === "rewire") {
          rewired += event.seconds * 1000;
          side.rewirings.push(event.seconds * 1000);
        }
        if (event.kind !== "step") continue;
        side.losses.push(event.loss);
        side.steps.push(performance.now() - start - rewired);
        side.hash = trainer.topology.hash;
        return true;
      }
    },
    async evaluate() {
      const start = performance.now();
      const measured = await trainer.evaluate(data);
      side.evaluations.push(performance.now() - start);
      side.metrics = JSON.stringify(measured, Object.keys(measured).sort());
    },
    close: () => where.close(),
  };
  return side;
}

/** Runs both in turn to the end; the one that goes first changes. */
async function alternate(ours: Side, theirs: Side): Promise<void> {
  for (let turn = 0, going = true; going; turn++) {
    const [first, second] = turn % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const more = [await first.turn(), await second.turn()];
    going = more[0] && more[1];
  }
  for (let turn = 0; turn < 9; turn++) {
    const [first, second] = turn % 2 === 0 ? [ours, theirs] : [theirs, ours];
    await first.evaluate();
    await second.evaluate();
  }
}

/** What must be equal and is not. */
function differences(ours: Side, theirs: Side): string[] {
  const wrong: string[] = [];
  if (ours.bytes > theirs.bytes) {
    wrong.push(`the plan has ${ours.bytes} bytes, not ${theirs.bytes}`);
  }
  const at = ours.losses.findIndex((loss, i) => !Object.is(loss, theirs.losses[i]));
  if (at >= 0 || ours.losses.length !== theirs.losses.length) {
    wrong.push(`loss ${at} is ${ours.losses[at]}, not ${theirs.losses[at]}`);
  }
  if (ours.hash !== theirs.hash) wrong.push("the patterns differ at the end");
  if (ours.metrics !== theirs.metrics) {
    wrong.push(`metrics are ${ours.metrics}, not ${theirs.metrics}`);
  }
  return wrong;
}

/** Median of the ratios of neighbours, with their quartiles. */
function compare(name: string, ours: readonly number[], theirs: readonly number[], skip: number) {
  const pairs = ours.slice(skip).map((time, i) => time / theirs[i + skip]).sort((a, b) => a - b);
  if (pairs.length < 3) return;
  const quartile = (share: number): number => round(pairs[Math.floor(share * (pairs.length - 1))]);
  const details = {
    ...{ ourMs: round(median(ours.slice(skip))), theirMs: round(median(theirs.slice(skip))) },
    ...{ lowerQuartile: quartile(0.25), upperQuartile: quartile(0.75), pairs: pairs.length },
  };
  const unit = "this time over that one";
  console.log(JSON.stringify({ name, ratio: round(median(pairs)), unit, details }));
}

async function main([folder, ...others]: string[]): Promise<void> {
  if (folder === undefined) {
    throw new TypeError("Cannot compare: no folder of another checkout was given");
  }
  const at = others.indexOf("--device");
  const device = at < 0 ? "wasm" : others.splice(at, 2)[1];
  const theirs: Library = await import(pathToFileURL(resolve(folder, "mod.ts")).href);
  const ours: Library = await import("../mod.ts");
  for (const [name, training] of Object.entries(CASES)) {
    if (others.length > 0 && !others.some((prefix) => name.startsWith(prefix))) continue;
    const sides = [await open(ours, training, device), await open(theirs, training, device)];
    await alternate(sides[0], sides[1]);
    const wrong = differences(sides[0], sides[1]);
    for (const side of sides) side.close();
    for (const each of wrong) console.error(`${name}: ${each}`);
    if (wrong.length > 0) Deno.exitCode = 1;
    compare(`against/${name}/step`, sides[0].steps, sides[1].steps, WARM_UP);
    compare(`against/${name}/rewiring`, sides[0].rewirings, sides[1].rewirings, 1);
    compare(`against/${name}/evaluation`, sides[0].evaluations, sides[1].evaluations, 2);
  }
}

await main(Deno.args);
