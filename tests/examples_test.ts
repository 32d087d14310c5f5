/**
 * The examples run without permission, and the numbers of docs/figures.md are those of the code.
 *
 * @module
 */
import assert from "node:assert/strict";
import { deviceBytes } from "../src/device/backend.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { SparseWeight } from "../src/sparse/weight.ts";

for (
  const name of [
    "custom_layer",
    "custom_loop",
    "custom_method",
    "extreme_classification",
    "regression",
  ]
) {
  Deno.test(`examples/${name}.ts learns, without any permission`, async () => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        new URL(`../examples/${name}.ts`, import.meta.url).href,
      ],
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const [, accuracy] = /accuracy ([\d.]+) %/.exec(new TextDecoder().decode(stdout)) ?? [];
    assert.ok(Number(accuracy) > 95, `accuracy ${accuracy}`);
  });
}

Deno.test("docs/figures.md has the bytes that a 95 % sparse 1024 x 1024 layer declares", async () => {
  const { values, lists, transposed } = new SparseWeight({
    label: "layer",
    rows: 1024,
    inputs: 1024,
    spec: fanIn({ density: 0.05 }),
  });
  assert.ok(transposed !== undefined);
  const stored = [
    values,
    lists.index,
    lists.span,
    transposed.span,
    transposed.index,
    transposed.slot,
  ].map(({ bytes }) => deviceBytes(bytes));
  const gradient = deviceBytes(values.bytes);
  const rows = [...stored, gradient, 2 * gradient];
  const dense = 4 * 4 * 1024 * 1024;
  const expected = [...rows, rows.reduce((sum, bytes) => sum + bytes, 0), dense];
  const page = await Deno.readTextFile(new URL("../docs/figures.md", import.meta.url));
  const [, table] = page.split("<!-- tests/examples_test.ts");
  const written = table.split("\n\n")[1].split("\n").slice(2)
    .map((row) => Number(row.split("|")[3].replace(/[ ,*]/g, "")));
  assert.deepEqual(written, expected);
  const slots = /(\d+),(\d+) slots by rows, (\d+),(\d+) by columns/.exec(page) ?? [];
  assert.equal(Number(slots[1] + slots[2]), lists.capacity);
  assert.equal(Number(slots[3] + slots[4]), transposed.capacity);
});
