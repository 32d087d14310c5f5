/**
 * Successive halving: its promotions against the algorithm of the paper, and a small sweep.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { asha, rungsOf } from "../src/cli/sweep/asha.ts";
import { planSweep } from "../src/cli/sweep/plan.ts";
import { type Job, toTheEnd, type Trial } from "../src/cli/sweep/scheduler.ts";
import { parseToml } from "../src/cli/deps.ts";
import { exists } from "../src/runtime/atomic_files.ts";
import "./arbitraries.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { say, succeed } from "./in_process.ts";

/**
 * Algorithm 2 of Li et al. (2020) as it is written there: rungs are lists of what was completed, and what was promoted is
 * remembered. Configurations are drawn one after the other, until `limit` of them are.
 */
class PaperAsha {
  readonly #rungs: { theta: number; loss: number }[][];
  readonly #promoted: Set<number>[];
  #drawn = 0;

  constructor(readonly eta: number, readonly top: number, readonly limit: number) {
    this.#rungs = Array.from({ length: top + 1 }, () => []);
    this.#promoted = Array.from({ length: top + 1 }, () => new Set<number>());
  }

  completed(theta: number, k: number, loss: number): void {
    this.#rungs[k].push({ theta, loss });
  }

  getJob(): Job | undefined {
    for (let k = this.top - 1; k >= 0; k--) {
      const count = Math.floor(this.#rungs[k].length / this.eta);
      const byLoss = [...this.#rungs[k]].sort((a, b) =>
        a.loss === b.loss ? a.theta - b.theta : a.loss < b.loss ? -1 : 1
      );
      const candidates = byLoss.slice(0, count);
      // What diverged has no loss to go on with, which the paper leaves open.
      const promotable = candidates.filter(({ theta, loss }) =>
        !this.#promoted[k].has(theta) && loss < Infinity
      );
      if (promotable.length > 0) {
        this.#promoted[k].add(promotable[0].theta);
        return { trial: promotable[0].theta, rung: k + 1 };
      }
    }
    return this.#drawn < this.limit ? { trial: this.#drawn++, rung: 0 } : undefined;
  }
}

Deno.test("asha() gives out the jobs of the paper's algorithm, whoever ends first", () => {
  const cases = fc.record({
    eta: fc.integer({ min: 2, max: 4 }),
    rungs: fc.integer({ min: 1, max: 4 }),
    workers: fc.integer({ min: 1, max: 5 }),
    // Few different losses, so that there are ties; the last one is a failure.
    losses: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 40 }),
    order: fc.infiniteStream(fc.nat(1000)),
  });
  fc.assert(fc.property(cases, ({ eta, rungs, workers, losses, order }) => {
    const paper = new PaperAsha(eta, rungs - 1, losses.length);
    const next = asha(eta, rungs);
    const trials = losses.map(() => ({ scores: [] as number[], running: false }));
    const busy: Job[] = [];
    const lossAt = ({ trial, rung }: Job) =>
      losses[(trial + 7 * rung) % losses.length] === 6
        ? Infinity
        : losses[(trial + 7 * rung) % losses.length];
    while (true) {
      while (busy.length < workers) {
        const job = next(trials);
        assert.deepEqual(job, paper.getJob());
        if (job === undefined) break;
        trials[job.trial].running = true;
        busy.push(job);
      }
      if (busy.length === 0) break;
      const at = order.next().value % busy.length;
      const [job] = busy.splice(at, 1);
      trials[job.trial].running = false;
      trials[job.trial].scores.push(-lossAt(job));
      paper.completed(job.trial, job.rung, lossAt(job));
    }
    // In the end every run has begun, and of each rung as many as may have gone on, but for those that failed.
    assert.ok(trials.every(({ scores }) => scores.length > 0));
    for (let rung = 0; rung + 1 < rungs; rung++) {
      const there = trials.filter(({ scores }) => scores.length > rung);
      const further = there.filter(({ scores }) => scores.length > rung + 1).length;
      const failed = there.filter(({ scores }) => scores[rung] === -Infinity).length;
      const most = Math.floor(there.length / eta);
      assert.ok(further >= Math.min(most, there.length - failed), `${further} of ${there.length}`);
    }
  }));
});

Deno.test("asha() of nine settings one after the other is successive halving by thirds", () => {
  // The best comes first, so that each third one that is there takes one on, and no more than that.
  const next = asha(3, 3);
  const trials = Array.from({ length: 9 }, () => ({ scores: [] as number[], running: false }));
  const order: string[] = [];
  for (let job = next(trials); job !== undefined; job = next(trials)) {
    order.push(`${job.trial}@${job.rung}`);
    trials[job.trial].scores.push(-job.trial);
  }
  assert.equal(order.join(" "), "0@0 1@0 2@0 0@1 3@0 4@0 5@0 1@1 6@0 7@0 8@0 2@1 0@2");
});

Deno.test("a scheduler says the same twice, and changes nothing", () => {
  const trials: readonly Trial[] = Object.freeze([
    Object.freeze({ scores: Object.freeze([0.5]), running: false }),
    Object.freeze({ scores: Object.freeze([0.5]), running: false }),
    Object.freeze({ scores: Object.freeze([]), running: true }),
    Object.freeze({ scores: Object.freeze([]), running: false }),
  ]);
  const next = asha(2, 2);
  assert.deepEqual([next(trials), next(trials)], Array(2).fill({ trial: 0, rung: 1 }));
  assert.deepEqual(toTheEnd(trials), { trial: 3, rung: 0 });
});

Deno.test("rungsOf() multiplies up to the whole run, or there are none", () => {
  assert.deepEqual(rungsOf({ epochs: 1, reduction: 4 }, 64), [1, 4, 16, 64]);
  assert.deepEqual(rungsOf({ epochs: 5, reduction: 2 }, 20), [5, 10, 20]);
  assert.deepEqual(rungsOf({ epochs: 3, reduction: 3 }, 3), [3]);
  for (const most of [1, 4, 8, 10]) {
    assert.equal(rungsOf({ epochs: 2, reduction: 3 }, most), undefined);
  }
});

Deno.test("planSweep() refuses to halve what cannot be compared", () => {
  const plan = (text: string) => planSweep(parseToml(text), "sweep.toml");
  const base = `[asha]\nreduction = 3\n[base]\ndata.validation = 0.1\ntrain.epochs = 9\n`;
  assert.deepEqual(plan(base).halving, { reduction: 3, rungs: [1, 3, 9] });
  assert.deepEqual(plan(`[base]\ntrain.epochs = 5`).halving, undefined);
  const refused: [string, RegExp][] = [
    [`seeds = [1, 2]\n${base}`, /it has 2 seeds; expected one, and a sweep of its own for more/],
    [base.replace("data.validation = 0.1", ""), /data.validation is not set; expected examples to/],
    [
      base.replace("epochs = 9", "epochs = 10"),
      /train.epochs is 10; expected asha.epochs times a po/,
    ],
    [
      `${base}[[grid]]\n"train.epochs" = [3, 9]`,
      /train.epochs is 3 and 9; expected .* such as 3 or 9/,
    ],
    [base.replace("reduction = 3", "reduction = 1"), /asha.reduction is 1; expected integer >= 2/],
    [base.replace("reduction = 3", "factor = 3"), /key "asha.factor"; expected epochs, reduction/],
  ];
  for (const [text, message] of refused) assert.throws(() => plan(text), { message });
});

/** Calls `body` with the file of a sweep of four learning rates, halved after one, two and four epochs, and with its folder. */
async function withHalving(
  body: (file: string, out: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 160, test: 40, size: 6, classes: 4 });
    const file = `${folder}/sweep.toml`;
    await Deno.writeTextFile(
      file,
      `jobs = 2
      [base]
      data = { name = '${folder}/data', validation = "0.2" }
      model.hidden = [16]
      pattern.sparsity = 0.5
      method = { name = "set", every = 2 }
      train = { epochs = 4, batch = 32 }
      device = { name = "wasm", threads = 1 }
      [[grid]]
      "optimizer.learningRate" = [1e-5, 0.02, 1e-6, 0.005]
      [asha]
      epochs = 1
      reduction = 2`,
    );
    await body(file, `${folder}/out`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a halved sweep pauses what is behind, and what goes on to its end is the run that never paused", () =>
  withHalving(async (file, out, folder) => {
    const { event, failed, rungs, rows } = await succeed("sweep", file, "--out", out);
    assert.deepEqual([event, failed, rungs], ["done", 0, [1, 2, 4]]);
    const ended = rows as Record<string, unknown>[];
    assert.ok(ended.length >= 1 && ended.length < 4, JSON.stringify(rows));
    // The rates that learn nothing are left behind after an epoch, unless they were first of two.
    assert.ok(ended.some((row) => row["optimizer.learningRate"] === "0.02"));
    const names = [1e-5, 0.02, 1e-6, 0.005].map((rate) => `learningRate-${rate},seed-0`);
    const [, best] = names;
    const straight = await succeed(
      ...["train", "--config", `${out}/${best}.toml`, "--out", `${folder}/straight`],
    );
    const result = JSON.parse(await Deno.readTextFile(`${out}/${best}/result.json`));
    for (const key of ["test", "validation", "loss", "hash", "steps"]) {
      assert.deepEqual(result[key], straight[key], key);
    }
    const lines = (await Deno.readTextFile(`${out}/rungs.csv`)).trim().split("\n");
    assert.equal(lines[0], "optimizer.learningRate,epochs,validation accuracy");
    assert.equal(lines.length, 5);
    assert.match(lines[1], /^(0.02|0.005),4,/);
    assert.match(
      await Deno.readTextFile(`${out}/rungs.md`),
      /^\| optimizer.learningRate \| epochs/,
    );
    // Once more: everything is where it was.
    const before = await Deno.readTextFile(`${out}/rungs.csv`);
    const again = await say(["sweep", file, "--out", out, "--json"]);
    const events = again.out.trim().split("\n").map((line) => JSON.parse(line));
    assert.ok(events.slice(0, -1).every(({ skipped }) => skipped === true), again.out);
    assert.equal(await Deno.readTextFile(`${out}/rungs.csv`), before);
    // As if it had been stopped before the end of the best.
    await Deno.remove(`${out}/${best}/result.json`);
    await Deno.remove(`${out}/table.md`);
    await succeed("sweep", file, "--out", out);
    assert.equal(await Deno.readTextFile(`${out}/rungs.csv`), before);
    assert.ok(await exists(`${out}/table.md`));
  }));
