/**
 * The three products of a sparse layer are one trilinear form: `<Y(X), D> = <X, dX(D)> = <V, dV(D)>`. No reference is
 * needed, and a transposed view that is out of date shows at once.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { permute, sddmm, spmm } from "../src/ops/kernels/mod.ts";
import {
  columnCounts,
  drawLists,
  drawValues,
  type Lists,
  pack,
  patternShapes,
  seeds,
  Source,
  transpose,
} from "./arbitraries.ts";
import { type Case, runKernel } from "./conformance/harness.ts";
import { testOnDevices } from "./devices.ts";
import { ULP } from "./oracle/bounds.ts";
import type { HostArray } from "./oracle/types.ts";

testOnDevices("spmm(), its input gradient and sddmm() are adjoint", async (backend) => {
  await fc.assert(
    fc.asyncProperty(
      patternShapes(130, 200),
      columnCounts(),
      fc.constantFrom(0, 1),
      seeds(),
      async (shape, columns, wide, seed) => {
        const source = new Source(seed);
        const pattern = drawLists(source, shape);
        const values = drawValues(source, pattern);
        const x = source.floats(shape.inputs * columns);
        const d = source.floats(shape.rows * columns);
        const view = transpose(pattern, 4);

        const { y } = await runKernel(
          backend,
          spmm,
          product(pattern, values, x, columns, wide),
        );
        const { out } = await runKernel(backend, permute, {
          note: "transposed values",
          params: { length: view.slot.length },
          inputs: { slot: view.slot, values },
          lengths: { out: view.slot.length },
        });
        const { y: dx } = await runKernel(backend, spmm, product(view, out, d, columns, wide));
        const { gradient } = await runKernel(backend, sddmm, {
          note: "gradient of the values",
          params: {
            rows: shape.rows,
            inputs: shape.inputs,
            columns,
            capacity: values.length,
            wide,
          },
          inputs: { span: pattern.span, index: pack(pattern.index, wide), dy: d, x },
          lengths: { gradient: values.length },
        });

        const forms = [dot(y, d), dot(x, dx), dot(values, gradient)];
        const tolerance = 2 * formBound(pattern, values, x, d, columns);
        for (const form of forms.slice(1)) {
          assert(
            Math.abs(form - forms[0]) <= tolerance,
            `<Y,D>, <X,dX>, <V,dV> are ${forms}; expected equality within ${tolerance}`,
          );
        }
      },
    ),
  );
});

function product(
  lists: Lists,
  values: HostArray,
  x: Float32Array,
  columns: number,
  wide: number,
): Case {
  return {
    note: "product",
    params: {
      rows: lists.rows,
      inputs: lists.inputs,
      columns,
      capacity: lists.index.length,
      wide,
      epilogue: EPILOGUE.none,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      values,
      x,
      extra: new Float32Array(4),
    },
    lengths: { y: lists.rows * columns },
  };
}

function dot(a: HostArray, b: HostArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The error of one form: each of its float32 sums has at most as many terms as the longest of them. */
function formBound(
  pattern: Lists,
  values: Float32Array,
  x: Float32Array,
  d: Float32Array,
  columns: number,
): number {
  let magnitude = 0;
  for (let row = 0; row < pattern.rows; row++) {
    for (let s = pattern.span[2 * row]; s < pattern.span[2 * row + 1]; s++) {
      for (let c = 0; c < columns; c++) {
        magnitude += Math.abs(
          values[s] * x[pattern.index[s] * columns + c] * d[row * columns + c],
        );
      }
    }
  }
  return (Math.max(pattern.rows, pattern.inputs, columns) + 2) * ULP * magnitude;
}
