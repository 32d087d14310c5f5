/**
 * Negative controls: the conformance harness must notice a dispatch that was skipped, a row in the wrong place, a sum that is a
 * little off, a number where there is no connection, a write beyond the end.
 *
 * @module
 */
import assert from "node:assert/strict";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { blockSddmm, KERNELS, relu, spmm } from "../src/ops/kernels/mod.ts";
import { drawLists, drawValues, pack, SEED, Source } from "./arbitraries.ts";
import { FAMILIES } from "./conformance/cases.ts";
import { type Case, difference, expectedOf, runKernel } from "./conformance/harness.ts";
import { testOnDevices } from "./devices.ts";

testOnDevices("difference() reports a dispatch that was skipped", async (backend) => {
  for (const kernel of KERNELS) {
    const given = FAMILIES[kernel.name].edges[4].build(new Source(SEED));
    const written = await runKernel(backend, kernel, given, () => {});
    assert.notEqual(difference(expectedOf(kernel, given), written), undefined, kernel.name);
  }
});

testOnDevices("difference() reports rows that changed places", async (backend) => {
  const given = someProduct();
  const { y } = await runKernel(backend, spmm, given);
  const outputs = expectedOf(spmm, given);
  assert.equal(difference(outputs, { y }), undefined, `seed ${SEED}`);
  const { columns } = given.params;
  const first = y.slice(0, columns);
  y.copyWithin(0, columns, 2 * columns);
  y.set(first, columns);
  assert.match(difference(outputs, { y }) ?? "", /"y": element \d+ is/);
});

testOnDevices("difference() reports one element that is off by a thousandth", async (backend) => {
  const given = someProduct();
  const { y } = await runKernel(backend, spmm, given);
  y[5] *= 1.001;
  assert.match(difference(expectedOf(spmm, given), { y }) ?? "", /"y": element 5 is .*\(1 of/);
});

testOnDevices("difference() reports a gradient outside the matrix", async (backend) => {
  const source = new Source(SEED);
  const [rows, inputs, columns, height, width] = [7, 5, 32, 4, 4];
  const given: Case = {
    note: "blocks over an edge",
    params: { rows, inputs, columns, capacity: 4, wide: 0, height, width },
    inputs: {
      span: Uint32Array.of(0, 2, 2, 4),
      index: pack(Uint32Array.of(0, 1, 0, 1), 0),
      dy: source.floats(rows * columns),
      x: source.floats(inputs * columns),
    },
    lengths: { gradient: 4 * height * width },
  };
  const { gradient } = await runKernel(backend, blockSddmm, given);
  const outputs = expectedOf(blockSddmm, given);
  assert.equal(difference(outputs, { gradient }), undefined, `seed ${SEED}`);
  // Slot 3 has input 4, and of its rows those below 7.
  const outside = (3 * width + 0) * height + 3;
  gradient[outside] = 1e-30;
  assert.match(
    difference(outputs, { gradient }) ?? "",
    new RegExp(`element ${outside} is .*\\(1 of`),
  );
});

testOnDevices("runKernel() reports a write beyond the end", async (backend) => {
  // The kernel is told of two elements more than its buffer is said to have.
  const given: Case = {
    note: "too long",
    params: { length: 10 },
    inputs: { x: new Source(SEED).floats(10) },
    lengths: { y: 8 },
  };
  await assert.rejects(runKernel(backend, relu, given), /wrote .* to "y"\[8\]; it has 8 elements/);
});

/** A product of several rows, every one of them different, without an epilogue. */
function someProduct(): Case {
  const source = new Source(SEED);
  const [rows, inputs, columns] = [7, 33, 64];
  const lists = drawLists(source, { rows, inputs, k: 5 });
  return {
    note: "some product",
    params: {
      rows,
      inputs,
      columns,
      capacity: lists.index.length,
      wide: 0,
      epilogue: EPILOGUE.none,
    },
    inputs: {
      span: lists.span,
      index: pack(lists.index, 0),
      values: drawValues(source, lists),
      x: source.floats(inputs * columns),
      extra: new Float32Array(4),
    },
    lengths: { y: rows * columns },
  };
}
