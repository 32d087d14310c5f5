/**
 * Connections as the plan, the progress, the result and the checkpoint count them: the same number.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parsePattern } from "../src/cli/patterns.ts";
import { randomPattern } from "../src/sparse/draw.ts";
import { firstConnections, geometryOf } from "../src/sparse/geometry.ts";
import type { SparseSpec } from "../src/sparse/spec.ts";
import { patternStatistics } from "../src/sparse/statistics.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { say } from "./in_process.ts";

function specOf(name: string, density: number): SparseSpec {
  const spec = parsePattern(name, density);
  assert.ok(spec.kind !== "dense");
  return spec;
}

Deno.test("firstConnections() is what is drawn, after rounding and at the edges", async () => {
  const names = ["fan-in", "group-4", "group-16", "block-1", "2:4", "3:7"];
  for (const name of names) {
    for (const [rows, inputs] of [[24, 36], [7, 50], [33, 31]]) {
      const spec = specOf(name, 0.23);
      const drawn = patternStatistics(await randomPattern(spec, rows, inputs, 5, 1)).connections;
      assert.equal(firstConnections(geometryOf(spec, rows, inputs)), drawn, `${name} ${rows}`);
    }
  }
  const whole = specOf("block-4", 0.23);
  const drawn = patternStatistics(await randomPattern(whole, 24, 36, 5, 1)).connections;
  assert.equal(firstConnections(geometryOf(whole, 24, 36)), drawn);
  // Where blocks reach over the edge it depends on the draw: the mean of many.
  let sum = 0;
  const draws = 400;
  for (let seed = 0; seed < draws; seed++) {
    sum += patternStatistics(await randomPattern(whole, 22, 33, seed, 1)).connections;
  }
  const mean = firstConnections(geometryOf(whole, 22, 33));
  // A draw deviates by less than 3 % of the mean, that of 400 by less than 0.5 %.
  assert.ok(Math.abs(sum / draws - mean) < 0.005 * mean + 0.5, `${sum / draws}, not ${mean}`);
});

for (const pattern of ["fan-in", "group-16", "block-4", "2:4"]) {
  Deno.test(`plan, result and inspect count the same connections of ${pattern}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await writeIdxFolder(folder, { train: 64, test: 32, size: 6, classes: 4 });
      const common = ["--data", folder, "--device", "wasm", "--threads", "1", "--epochs", "1"];
      const share = pattern.includes(":") ? [] : ["--sparsity", "0.8"];
      const model = ["--hidden", "32,20", "--pattern", pattern, "--method", "static"];
      const args = [...common, ...model, ...share];
      const plan = JSON.parse((await say(["train", "--dry-run", "--json", ...args])).out);
      const trained = await say(["train", ...args, "--out", `${folder}/run`]);
      assert.equal(trained.code, 0, trained.err);
      const inspected = JSON.parse((await say(["inspect", `${folder}/run`, "--json"])).out);
      const planned = plan.layers.map((layer: { connections: number }) => layer.connections);
      const found = inspected.layers.map((layer: { connections: number }) => layer.connections);
      assert.deepEqual(planned, found);
      const total = found.reduce((a: number, b: number) => a + b, 0).toLocaleString("en");
      const text = (await say(["inspect", `${folder}/run`, "--quiet"])).out.trimEnd();
      const last = text.split("\n").at(-1) ?? "";
      const [, connections, shares = "none"] = /^(\S+) connections: (.*)$/.exec(last) ?? [];
      assert.equal(connections, total);
      assert.ok(trained.out.includes(`\n${shares}  trained in`), `${trained.out}\n${last}`);
      const density = Number(/density (\S+) % of all/.exec(shares)?.[1]);
      const events = (await say(["train", "--json", "--no-save", ...args])).out.trim().split("\n");
      const [step] = events.map((line) => JSON.parse(line)).filter(({ event }) => event === "step");
      assert.equal((100 * step.density).toFixed(2), density.toFixed(2));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
