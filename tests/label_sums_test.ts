/**
 * Losses over millions of labels: what is added up over all of them has the digits that few labels have.
 *
 * @module
 */
import assert from "node:assert/strict";
import { labelHead } from "../src/nn/label_head.ts";
import { add, record } from "../src/ops/kernels/mod.ts";
import { LABEL_CHUNK } from "../src/ops/label_head.ts";
import { labelLoss } from "../src/ops/label_loss.ts";
import { openDevice } from "../src/program/device.ts";
import { differentiate } from "../src/program/differentiate.ts";
import { Resource } from "../src/program/resource.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";

/** Labels of Amazon-3M. */
const LABELS = 2_812_281;

/** The label that applies. */
const OWN = 7;

/** The logit of a label, where the one feature is 1: its weight. */
function weightOf(label: number): number {
  return label % 2 === 0 ? 0.5 : 0.2;
}

/** A sum over all labels, exactly, and as one number of f32 after the other makes it. */
interface Sums {
  readonly exact: number;
  readonly plain: number;
}

/** Adds up a term of each label: of the one that applies, of others by their weights. */
function sumsOf(termOf: (z: number, applies: boolean) => number): Sums {
  const [even, odd, own] = [
    termOf(weightOf(0), false),
    termOf(weightOf(1), false),
    termOf(weightOf(OWN), true),
  ];
  let exact = 0, plain = 0;
  for (let label = 0; label < LABELS; label++) {
    const term = label === OWN ? own : label % 2 === 0 ? even : odd;
    exact += term;
    plain = Math.fround(plain + Math.fround(term));
  }
  return { exact, plain };
}

const exponentials = sumsOf((z) => Math.exp(z));

/** Losses, and what they and the gradient of the feature are. */
const LOSSES: readonly {
  readonly loss: "bce" | "softmax";
  readonly value: Sums;
  readonly slope: Sums;
}[] = [
  {
    loss: "bce",
    value: sumsOf((z, applies) => Math.log1p(Math.exp(applies ? -z : z))),
    slope: sumsOf((z, applies) => z * (1 / (1 + Math.exp(-z)) - Number(applies))),
  },
  {
    loss: "softmax",
    value: {
      exact: Math.log(exponentials.exact) - weightOf(OWN),
      plain: Math.log(exponentials.plain) - weightOf(OWN),
    },
    slope: sumsOf((z, applies) => z * (Math.exp(z) / exponentials.exact - Number(applies))),
  },
];

Deno.test("labelLoss() of 2.8 million labels keeps digits that a sum in f32 loses", async () => {
  using device = await openDevice({ prefer: "wasm", threads: 1 }, record);
  // Of one feature: its gradient is a sum over all labels too.
  const layer = labelHead(1, LABELS, { pattern: fanIn(1, { full: true }) });
  const x = new Resource({
    ...{ label: "x", type: "f32", length: 32, category: "parameters", trainable: true },
    initial: () => new Float32Array(32).fill(1),
  });
  for (const { loss, value, slope } of LOSSES) {
    using program = await device.compile([{ shape: [1, 32], type: "u32" }], (given) => {
      const features = given.trace.resource(x, [1, 32]);
      const measured = labelLoss(features, layer(features).head, given, { loss });
      const [[, gradient]] = [...differentiate(measured, add)].filter(([{ storage }]) =>
        storage.kind === "resource" && storage.resource === x
      );
      return [measured, gradient];
    });
    let first = 0;
    for (const { values, shape: [rows] } of layer.weights) {
      const numbers = new Float32Array(values.length);
      const slots = values.length / rows;
      for (let row = 0; row < rows; row++) numbers[row * slots] = weightOf(first + row);
      device.write(values, numbers);
      first += rows;
    }
    program.run([new Uint32Array(32).fill(OWN)], { step: 0, totalSteps: 1 }, 1);
    const [[measured]] = await program.scalars();
    const [gradient] = await program.floats(0);
    const off = (found: number, { exact }: Sums) => Math.abs(found / exact - 1);
    // What is added up a chunk at a time takes a rounding for each, and those within one: the gradient of a feature, and the
    // exponentials of a softmax, whose logarithm is off by as much. Losses are added by pairs.
    const roundings = (Math.ceil(LABELS / LABEL_CHUNK) + LABEL_CHUNK) * 2 ** -24;
    const most = loss === "softmax" ? roundings / value.exact : 1e-6;
    assert.ok(off(measured, value) < most, `${loss}: ${measured} of ${value.exact}`);
    assert.ok(off(gradient, slope) < roundings, `${loss}: ${gradient} of ${slope.exact}`);
    for (
      const [what, sums, least] of [["value", value, most], ["slope", slope, roundings]] as const
    ) {
      const lost = off(sums.plain, sums);
      assert.ok(lost > 10 * least, `${loss}: a ${what} in f32 loses ${lost} alone`);
    }
  }
});
