/**
 * The oracles of the convolutions, which the kernels are compared with, against numbers from paper.
 *
 * @module
 */
import assert from "node:assert/strict";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { conv } from "./oracle/conv.ts";
import { convGradient } from "./oracle/conv_gradient.ts";
import { convTransposed } from "./oracle/conv_transposed.ts";

const IMAGE = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
const WEIGHT = Float32Array.of(1, 2, 3, 4);
const NONE = new Float32Array(4);

const WINDOWS = {
  ...{ rows: 1, channels: 1, height: 3, width: 3, kernelHeight: 2, kernelWidth: 2, columns: 1 },
  epilogue: EPILOGUE.none,
};
const DENSE = { ...WINDOWS, stride: 1, padding: 0, outHeight: 2, outWidth: 2 };
const STRIDED = { ...WINDOWS, stride: 2, padding: 1, outHeight: 2, outWidth: 2 };

Deno.test("the oracle of conv() correlates: the weight is not turned", () => {
  const y = (
    params: typeof DENSE,
  ) => [...conv({ weight: WEIGHT, x: IMAGE, extra: NONE }, params).y.value];
  assert.deepEqual(y(DENSE), [37, 47, 67, 77]);
  assert.deepEqual(y(STRIDED), [4, 18, 36, 77]);
});

Deno.test("the oracle of conv_transposed() spreads every window's gradient over its pixels", () => {
  const dy = Float32Array.of(1, 10, 100, 1000);
  const dx = (
    params: typeof DENSE,
  ) => [...convTransposed({ weight: WEIGHT, dy, extra: NONE }, params).dx.value];
  assert.deepEqual(dx(DENSE), [1, 12, 20, 103, 1234, 2040, 300, 3400, 4000]);
  assert.deepEqual(dx(STRIDED), [4, 30, 40, 200, 1000, 2000, 400, 3000, 4000]);
});

Deno.test("the oracle of conv_gradient() multiplies what every tap saw", () => {
  const dy = Float32Array.of(1, 10, 100, 1000);
  const gradient = (
    params: typeof DENSE,
  ) => [...convGradient({ dy, x: IMAGE }, params).gradient.value];
  assert.deepEqual(gradient(DENSE), [5421, 6532, 8754, 9865]);
  assert.deepEqual(gradient(STRIDED), [5000, 6400, 8020, 9731]);
});
