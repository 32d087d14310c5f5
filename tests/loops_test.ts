/**
 * The loops of a WGSL kernel: llvmpipe leaves all loops of an invocation after 65,535 steps together and says nothing. Every
 * dispatch says how many its loops take at most; no size may bring one above that, and the backend refuses what would.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  type Dispatch,
  type Kernel,
  LIST_TILE,
  type Params,
  type Traits,
} from "../src/device/kernel.ts";
import { layOut } from "../src/device/webgpu/layout.ts";
import { expandKernel } from "../src/device/webgpu/pipelines.ts";
import { KERNELS, pointwise } from "../src/ops/kernels/mod.ts";
import { Source } from "./arbitraries.ts";
import { FAMILIES } from "./conformance/cases.ts";

const SOFTWARE: Traits = {
  software: true,
  maxGroups: 65_535,
  maxInvocations: 256,
  maxWorkgroupBytes: 16_384,
};

/** Where llvmpipe leaves. */
const LIMIT = 65_535;

/** What sizes become, one at a time: as much of each as 2^27 bytes hold, the most that llvmpipe binds; inputs have 32 columns. */
const LARGE: Params = {
  classes: 2 ** 25,
  columns: 2 ** 25,
  rows: 2 ** 22,
  inputs: 2 ** 20,
  k: 2 ** 25,
  m: 2 ** 25,
  n: 2 ** 25,
  length: 2 ** 25,
  count: 2 ** 20,
  channels: 2 ** 20,
  outHeight: 2 ** 20,
  vocabulary: 2 ** 25,
  features: 2 ** 25,
  positions: 2 ** 20,
};

/**
 * What is refused by name: gradients of units over 50,000 examples and more, which are chosen by norms that cannot be added in
 * parts, and gradients of convolutions over 1.9 million, of which no stretch is shorter than a pixel.
 */
function isRefused({ name }: Kernel, size: string, { height }: Params): boolean {
  if (size !== "columns") return false;
  if (name === "growth_candidates") return height > 1;
  return ["conv_gradient", "conv_sddmm", "conv_block_sddmm", "conv_growth_candidates"].includes(
    name,
  );
}

for (const kernel of KERNELS) {
  const { code } = expandKernel(kernel);
  const loops = /\b(for|while|loop)\b\s*[({]/.test(code.replaceAll(/\/\/.*$/gm, ""));

  Deno.test(`${kernel.name}() says how many steps its loops take, never more than software finishes`, () => {
    let seen = 0;
    // Some of the shapes stand for all, because their data has to be drawn too.
    for (const draft of FAMILIES[kernel.name].edges.filter((_, i) => i % 4 === 0)) {
      const { params } = draft.build(new Source(1));
      for (const shape of [params, ...enlarged(kernel, params)]) {
        for (const dispatch of dispatchesOf(kernel, shape)) {
          const { entry, steps } = dispatch;
          const about = `${entry} of ${JSON.stringify(shape)}: ${steps} steps`;
          assert.equal(steps !== undefined, loops, about);
          assert.ok((steps ?? 0) <= LIMIT, about);
          seen++;
        }
      }
    }
    assert.ok(seen > 0);
  });
}

Deno.test("layOut() refuses loops that software would leave, by name, and only there", () => {
  const dispatches = () => [{ entry: "main", groups: [1, 1, 1] as const, steps: LIMIT + 1 }];
  const kernel: Kernel = { ...pointwise, gpu: { ...pointwise.gpu, dispatches } };
  const calls = [{ kernel, params: { length: 4, operation: 0 }, lengths: [] }];
  assert.throws(() => layOut(calls, SOFTWARE), {
    name: "RangeError",
    message: /Cannot compile kernel "pointwise": the loops of "main" take 65536 steps/,
  });
  layOut(calls, { ...SOFTWARE, software: false });
});

/** The shape with one of its sizes as large as can be. */
function enlarged(kernel: Kernel, params: Params): Params[] {
  return Object.entries(LARGE)
    .filter(([size]) => size in params && !isRefused(kernel, size, params))
    .map(([size, large]) => {
      const shape: Record<string, number> = { ...params, [size]: large };
      // A channel has many pixels, each with 32 columns too, and a window of them is as many inputs.
      if (size === "channels") {
        const { height, width, kernelHeight = 1, kernelWidth = 1, unitWidth = 1 } = shape;
        const taps = kernelHeight * kernelWidth;
        shape.channels = Math.floor(large / Math.max(height * width, taps));
        if ("segment" in params) shape.segment = Math.ceil(shape.channels * taps / unitWidth);
      }
      const { rows = 1, inputs = 1, height = 1, width = 1 } = shape;
      // Lists may then be as long, and a segment as wide.
      if ("capacity" in params) {
        const units = Math.ceil(inputs / width) * Math.ceil(Math.min(rows, 2 ** 10) / height);
        shape.capacity = Math.max(params.capacity, LIST_TILE * Math.ceil(units / LIST_TILE));
      }
      if ("segment" in params && size === "inputs") shape.segment = Math.ceil(inputs / width);
      return shape;
    });
}

/** What a kernel dispatches on software by itself, and in each of its variants. */
function dispatchesOf({ gpu }: Kernel, params: Params): Dispatch[] {
  const variants = Object.values(gpu.variants?.all ?? {})
    .filter((variant) => variant.supports(params, SOFTWARE));
  return [gpu, ...variants].flatMap(({ dispatches }) => dispatches(params, SOFTWARE));
}
