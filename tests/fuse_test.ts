/**
 * Which calls of a trace are merged into the call before, and which are not.
 *
 * @module
 */
import assert from "node:assert/strict";
import { add } from "../src/ops/add.ts";
import { linear } from "../src/ops/linear.ts";
import { gemm, pointwiseGradient, record } from "../src/ops/kernels/mod.ts";
import { relu } from "../src/ops/pointwise/mod.ts";
import * as nn from "../src/nn/mod.ts";
import { crossEntropy } from "../src/ops/cross_entropy.ts";
import { sgd } from "../src/optim/sgd.ts";
import { labels, matrix } from "../src/program/device.ts";
import { fuse } from "../src/program/fuse.ts";
import { type Traced, type TracedProgram, traceProgram } from "../src/program/program.ts";
import { Resource } from "../src/program/resource.ts";
import { type Tensor, Trace } from "../src/program/trace.ts";

const WIDTH = 8;

Deno.test("fuse() merges what follows a product when nothing else reads its result", () => {
  assert.deepEqual(kernels((x) => relu(dense(x))), ["gemm"]);
  assert.deepEqual(kernels((x) => relu(dense(relu(dense(x))))), ["gemm", "gemm"]);
});

Deno.test("fuse() leaves a result that the program returns", () => {
  const traced = trace((x) => {
    const before = dense(x);
    return [before, relu(before)];
  });
  assert.deepEqual(names(traced), ["gemm", "pointwise"]);
  assert.equal(new Set(traced.outputs.map(({ root }) => root)).size, 2);
});

Deno.test("fuse() leaves a result that another call reads", () => {
  const twice = (x: Tensor) => {
    const before = dense(x);
    return add(relu(before), before);
  };
  assert.deepEqual(kernels(twice), ["gemm", "pointwise", "add"]);
});

Deno.test("fuse() merges the one reader that is left when the others are of no use", () => {
  const unused = (x: Tensor) => {
    const before = dense(x);
    add(before, before);
    return relu(before);
  };
  assert.deepEqual(kernels(unused), ["gemm"]);
});

Deno.test("fuse() merges one call, not another behind it", () => {
  assert.deepEqual(kernels((x) => relu(relu(dense(x)))), ["gemm", "pointwise"]);
});

Deno.test("fuse() leaves what no product made", () => {
  assert.deepEqual(kernels((x) => relu(add(x, x))), ["add", "pointwise"]);
  assert.deepEqual(kernels(relu), ["pointwise"]);
});

Deno.test("fuse() merges a derivative into the product of the layer above", () => {
  const step = training(nn.sequential(hidden(), nn.relu(), hidden(), nn.relu(), hidden()));
  assert.deepEqual(step.filter((name) => name.startsWith("pointwise")), []);
});

Deno.test("fuse() leaves the gradient of a sum, which both branches read", () => {
  const block = nn.residual(nn.sequential(hidden(), nn.relu()));
  const step = training(nn.sequential(hidden(), nn.relu(), block, hidden()));
  assert.equal(step.filter((name) => name === "pointwise_gradient").length, 2);
});

Deno.test("fuse() leaves a call whose other operand changes in between", () => {
  const trace = new Trace();
  const x = trace.input([WIDTH, 32], "f32");
  const changing = trace.resource(
    new Resource({ label: "changing", type: "f32", length: WIDTH * 32, category: "parameters" }),
  );
  const [product, result] = [trace.activation(x.shape), trace.activation(x.shape)];
  const values = trace.resource(weight().values);
  const sizes = { m: WIDTH, n: 32, k: WIDTH, transposeA: 0, transposeB: 0, epilogue: 0 };
  const gradient = {
    ...gemm,
    bindings: [
      { name: "y", access: "read", type: "f32" },
      { name: "dy", access: "read", type: "f32" },
      { name: "dx", access: "write", type: "f32" },
    ],
    follower: { operand: "dy", extra: "y", output: "dx", epilogue: () => 3 },
  } as const;
  const change = {
    ...record,
    bindings: [{ name: "value", access: "readwrite", type: "f32" }],
  } as const;
  trace.emit(gemm, [values, x, values, product], sizes);
  trace.emit(gradient, [changing, product, result], {});
  assert.equal(fuse(trace.calls, [result]).length, 1);
  const [first, last] = trace.calls;
  const between = { kernel: change, tensors: [changing], params: {} };
  assert.equal(fuse([first, between, last], [result]).length, 3);
});

Deno.test("fuse() leaves a derivative whose gradient is the result that it is computed of", () => {
  // Half the sum of squares: its gradient is what it was computed of.
  const squares = (x: Tensor) => {
    const { trace } = x;
    const y = linear(x, weight());
    const dx = trace.activation(x.shape);
    trace.emit(pointwiseGradient, [y, y, dx], { length: y.elements, operation: 1 });
    return dx;
  };
  assert.deepEqual(kernels(squares), ["gemm", "pointwise_gradient"]);
});

function trace(body: (x: Tensor) => Traced): TracedProgram {
  return traceProgram([matrix(WIDTH, 32)], body, record);
}

function names({ order }: TracedProgram): string[] {
  return order.map(({ kernel }) => kernel.name);
}

function kernels(body: (x: Tensor) => Traced): string[] {
  return names(trace(body));
}

/** The kernels of a training step of a model. */
function training(model: nn.Module): string[] {
  const optimizer = sgd({ learningRate: 0.1 });
  const body = (x: Tensor, y: Tensor) =>
    optimizer.update(crossEntropy(model(x, { mode: "train" }), y));
  return names(traceProgram([matrix(WIDTH, 32), labels(32)], body, record));
}

function hidden(): nn.Module {
  return nn.linear(WIDTH, WIDTH);
}

function dense(x: Tensor): Tensor {
  const bias = new Resource({ label: "bias", type: "f32", length: WIDTH, category: "parameters" });
  return linear(x, weight(), { bias });
}

function weight() {
  const label = "weight";
  const values = new Resource({
    label,
    type: "f32",
    length: WIDTH * WIDTH,
    category: "parameters",
  });
  return { kind: "dense", rows: WIDTH, inputs: WIDTH, values } as const;
}
