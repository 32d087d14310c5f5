/**
 * Variants of WGSL kernels that the adapter at hand would not choose, against the oracles: what hardware takes where the
 * tests run on software and the other way round, and grids that are folded much earlier than any adapter asks for.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Kernel, Params, Traits } from "../src/device/kernel.ts";
import { textOf, variantKey } from "../src/device/webgpu/text_of.ts";
import { WebgpuBackend } from "../src/device/webgpu/backend.ts";
import { EPILOGUE } from "../src/ops/kernels/constants.ts";
import { gemm, groupSpmmTransposed, KERNELS } from "../src/ops/kernels/mod.ts";
import { PIPELINES, SEED } from "./arbitraries.ts";
import { casesOn } from "./conformance/cases.ts";
import { draw } from "./conformance/drawn.ts";
import { difference, runKernel } from "./conformance/harness.ts";
import { Pipelines } from "./conformance/pipelines.ts";
import { testOnDevices } from "./devices.ts";

const VARIANTS: Readonly<Record<string, Partial<Traits>>> = {
  "on hardware": { software: false },
  "on software": { software: true },
  "with 5 workgroups along a dimension": { maxGroups: 5 },
};

for (const kernel of KERNELS) {
  testOnDevices(
    `${kernel.name}() agrees with its oracle as other adapters dispatch it`,
    async (backend, device) => {
      assert(backend instanceof WebgpuBackend);
      // A backend compiles a kernel once, and each of these is a kernel of its own.
      const variants = Object.entries(VARIANTS)
        .map(([name, traits]) => ({
          name,
          variant: withTraits(kernel, traits),
          pipelines: new Pipelines(PIPELINES),
        }));
      for (const [i, draft] of casesOn(device, kernel).edges) {
        const { given, outputs } = draw(kernel, draft, SEED + i);
        for (const { name, variant, pipelines } of variants) {
          if (!differs(kernel, variant, given.params, backend.traits)) continue;
          if (!pipelines.takes(variant.gpu.dispatches(given.params, backend.traits))) continue;
          const found = difference(outputs(), await runKernel(backend, variant, given));
          assert.equal(found, undefined, `${name}: ${draft.note}, data of seed ${SEED + i}`);
        }
      }
    },
    (device) => device.name === "webgpu",
  );
}

testOnDevices(
  "KERNELS in each of their variants agree with their oracles",
  async (backend, device) => {
    assert(backend instanceof WebgpuBackend);
    const seen = new Set<string>();
    for (const kernel of KERNELS) {
      for (
        const [name, { dispatches, supports }] of Object.entries(kernel.gpu.variants?.all ?? {})
      ) {
        const forced = { ...kernel, gpu: { ...kernel.gpu, dispatches } };
        const pipelines = new Pipelines(Math.ceil(PIPELINES / 2));
        for (const [i, draft] of casesOn(device, kernel).edges) {
          const { given, outputs } = draw(kernel, draft, SEED + i);
          if (!supports(given.params, backend.traits)) continue;
          seen.add(`${kernel.name}.${name}`);
          // What the adapter chooses itself is in the table of `conformance_test.ts`.
          if (!differs(kernel, forced, given.params, backend.traits)) continue;
          if (!pipelines.takes(dispatches(given.params, backend.traits))) continue;
          const found = difference(outputs(), await runKernel(backend, forced, given));
          const about = `${kernel.name}.${name} ${draft.note}, data of seed ${SEED + i}`;
          assert.equal(found, undefined, about);
        }
      }
    }
    assert.ok(seen.size >= 3, `only ${[...seen].join(", ")} ran`);
  },
  (device) => device.name === "webgpu",
);

Deno.test("withVariants() takes what was measured where it can be had, else what traits prefer", () => {
  const params = { m: 64, n: 64, k: 64, transposeA: 0, transposeB: 0, epilogue: 0 };
  const traits = {
    software: true,
    maxGroups: 65535,
    maxInvocations: 256,
    maxWorkgroupBytes: 16384,
  };
  const entryOf = (measured: string | undefined, p: Params = params): string => {
    const [{ entry }] = gemm.gpu.dispatches(p, { ...traits, choose: () => measured });
    return entry;
  };
  assert.equal(entryOf(undefined), "registers");
  assert.equal(entryOf("shared_tiles"), "shared_tiles");
  assert.equal(entryOf("toString"), "registers", "no variant of that name");
  assert.equal(entryOf("registers", { ...params, n: 63 }), "plain", "not for that shape");
});

Deno.test("withVariants() asks for the kernel, its text and the class of the shape", () => {
  const asked: string[] = [];
  const params = { m: 8, n: 32, k: 512, transposeA: 1, transposeB: 0, epilogue: 0 };
  gemm.gpu.dispatches(params, {
    software: false,
    maxGroups: 65535,
    maxInvocations: 256,
    maxWorkgroupBytes: 16384,
    choose: (kernel, shapeClass) => void asked.push(variantKey(kernel, shapeClass)),
  });
  assert.deepEqual(asked, [variantKey(gemm, "tn small")]);
  const other = { ...gemm, gpu: { ...gemm.gpu, wgsl: `${textOf(gemm)}\n` } };
  assert.notEqual(variantKey(other, "tn small"), asked[0]);
});

testOnDevices(
  "group_spmm_transposed() adds every slot when they are more than the steps that the loops of an invocation may take",
  async (backend) => {
    const [height, lists, inputs, columns] = [4, 132, 1024, 256];
    const rows = height * lists;
    const capacity = lists * inputs;
    const given = {
      note: "ones",
      params: { rows, inputs, columns, capacity, wide: 1, epilogue: EPILOGUE.none, height },
      inputs: {
        span: Uint32Array.from({ length: 2 * lists }, (_, i) => inputs * Math.ceil(i / 2)),
        index: Uint32Array.from({ length: capacity }, (_, slot) => slot % inputs),
        values: new Float32Array(capacity * height).fill(1),
        x: new Float32Array(rows * columns).fill(1),
        extra: new Float32Array(4),
      },
      lengths: { y: inputs * columns },
    };
    const { y } = await runKernel(
      backend,
      withTraits(groupSpmmTransposed, { software: true }),
      given,
    );
    assert.equal(y.findIndex((sum) => sum !== rows), -1);
  },
  (device) => device.name === "webgpu",
);

/** The kernel as it is on an adapter with other traits. */
function withTraits(kernel: Kernel, traits: Partial<Traits>): Kernel {
  const { gpu } = kernel;
  const { scratch } = gpu;
  return {
    ...kernel,
    gpu: {
      ...gpu,
      dispatches: (params, own) => gpu.dispatches(params, { ...own, ...traits }),
      ...(scratch && { scratch: (params, own) => scratch(params, { ...own, ...traits }) }),
    },
  };
}

/** Whether a variant dispatches anything else than the kernel does on an adapter with these traits. */
function differs(kernel: Kernel, variant: Kernel, params: Params, traits: Traits): boolean {
  const [own, other] = [kernel, variant].map(({ gpu }) => gpu.dispatches(params, traits));
  return JSON.stringify(own) !== JSON.stringify(other);
}
