/**
 * The three products of a sparse layer are one trilinear form: `<Y(X), D> = <X, dX(D)> = <V, dV(D)>`, whatever a slot stands
 * for: a connection, a group slot, a block. No reference is needed, and a transposed view that is out of date shows at once.
 *
 * The tests run with the conformance table, in one process with it: what compiles longest is compiled once.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Backend } from "../../src/device/backend.ts";
import { EPILOGUE } from "../../src/ops/kernels/constants.ts";
import {
  blockSddmm,
  blockSpmm,
  blockTranspose,
  groupSpmmTransposed,
  permute,
  sddmm,
  spmm,
} from "../../src/ops/kernels/mod.ts";
import {
  columnCounts,
  drawLists,
  drawValues,
  type Lists,
  pack,
  patternShapes,
  runsOn,
  seeds,
  Source,
  transpose,
} from "../arbitraries.ts";
import { type Case, runKernel } from "./harness.ts";
import { testOnDevices } from "../devices.ts";
import { ULP } from "../oracle/bounds.ts";
import type { HostArray } from "../oracle/types.ts";
import {
  drawUnitLists,
  drawUnitValues,
  GROUP_SLOTS,
  SQUARES,
  tileOf,
  type UnitShape,
  unitShapes,
} from "../units.ts";

testOnDevices("spmm(), its input gradient and sddmm() are adjoint", async (backend, device) => {
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

        const unit = { ...shape, height: 1, width: 1 };
        checkForms(
          [dot(y, d), dot(x, dx), dot(values, gradient)],
          formBound(pattern, unit, values, x, d, columns),
        );
      },
    ),
    { numRuns: runsOn(device) },
  );
});

testOnDevices(
  "block_spmm(), its input gradient and block_sddmm() are adjoint",
  async (backend, device) => {
    await fc.assert(
      fc.asyncProperty(
        unitShapes([...GROUP_SLOTS, ...SQUARES], 130, 200),
        columnCounts(),
        fc.constantFrom(0, 1),
        seeds(),
        async (shape, columns, wide, seed) => {
          const { rows, inputs, height, width } = shape;
          const source = new Source(seed);
          const pattern = drawUnitLists(source, shape);
          const values = drawUnitValues(source, pattern, shape);
          const x = source.floats(inputs * columns);
          const d = source.floats(rows * columns);

          const forward = product(pattern, values, x, columns, wide, shape);
          const { y } = await runKernel(backend, blockSpmm, forward);
          const dx = width === 1
            ? await groupGradient(backend, pattern, shape, values, d, columns, wide)
            : await blockGradient(backend, pattern, shape, values, d, columns, wide);
          const capacity = pattern.index.length;
          const { gradient } = await runKernel(backend, blockSddmm, {
            note: "gradient of the values",
            params: { rows, inputs, columns, capacity, wide, height, width },
            inputs: { span: pattern.span, index: pack(pattern.index, wide), dy: d, x },
            lengths: { gradient: values.length },
          });

          checkForms(
            [dot(y, d), dot(x, dx), dot(values, gradient)],
            formBound(pattern, shape, values, x, d, columns),
          );
        },
      ),
      // Every run compiles up to four pipelines anew, which the table has too; the views are the same on every device.
      { numRuns: device.name === "webgpu" ? 2 : runsOn(device) },
    );
  },
);

/** The gradient of the input of a matrix of group slots: added up slot by slot, without another view. */
async function groupGradient(
  backend: Backend,
  pattern: Lists,
  shape: UnitShape,
  values: Float32Array,
  d: Float32Array,
  columns: number,
  wide: number,
): Promise<HostArray> {
  const { params, inputs } = product(pattern, values, d, columns, wide, shape);
  const { width: _, ...rest } = params;
  const { y } = await runKernel(backend, groupSpmmTransposed, {
    note: "gradient of the input",
    params: rest,
    inputs,
    lengths: { y: shape.inputs * columns },
  });
  return y;
}

/** The gradient of the input of a matrix of blocks: the same product over the transposed view. */
async function blockGradient(
  backend: Backend,
  pattern: Lists,
  shape: UnitShape,
  values: Float32Array,
  d: Float32Array,
  columns: number,
  wide: number,
): Promise<HostArray> {
  const { rows, inputs, height, width } = shape;
  const view = transpose(pattern, 3, tileOf(shape));
  const length = view.slot.length;
  const { out } = await runKernel(backend, blockTranspose, {
    note: "transposed values",
    params: { length, height, width },
    inputs: { slot: view.slot, values },
    lengths: { out: length * height * width },
  });
  const turned = { rows: inputs, inputs: rows, height: width, width: height };
  const { y } = await runKernel(
    backend,
    blockSpmm,
    product(view, out, d, columns, wide, turned),
  );
  return y;
}

function product(
  lists: Lists,
  values: HostArray,
  x: Float32Array,
  columns: number,
  wide: number,
  units?: Pick<UnitShape, "rows" | "inputs" | "height" | "width">,
): Case {
  const { rows, inputs } = units ?? lists;
  return {
    note: "product",
    params: {
      rows,
      inputs,
      columns,
      capacity: lists.index.length,
      wide,
      epilogue: EPILOGUE.none,
      ...(units && { height: units.height, width: units.width }),
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, wide),
      values,
      x,
      extra: new Float32Array(4),
    },
    lengths: { y: rows * columns },
  };
}

function dot(a: HostArray, b: HostArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function checkForms(forms: readonly number[], bound: number): void {
  for (const form of forms.slice(1)) {
    assert(
      Math.abs(form - forms[0]) <= 2 * bound,
      `<Y,D>, <X,dX>, <V,dV> are ${forms}; expected equality within ${2 * bound}`,
    );
  }
}

/** The error of one form: each of its float32 sums has at most as many terms as the longest of them. */
function formBound(
  pattern: Lists,
  { rows, inputs, height, width }: Pick<UnitShape, "rows" | "inputs" | "height" | "width">,
  values: Float32Array,
  x: Float32Array,
  d: Float32Array,
  columns: number,
): number {
  let magnitude = 0;
  for (let row = 0; row < rows; row++) {
    const list = Math.floor(row / height);
    for (let s = pattern.span[2 * list]; s < pattern.span[2 * list + 1]; s++) {
      for (let c = 0; c < width && pattern.index[s] * width + c < inputs; c++) {
        const value = values[(s * width + c) * height + row % height];
        const at = (pattern.index[s] * width + c) * columns;
        for (let i = 0; i < columns; i++) {
          magnitude += Math.abs(value * x[at + i] * d[row * columns + i]);
        }
      }
    }
  }
  return (Math.max(rows, inputs, columns) + 2) * ULP * magnitude;
}
