/**
 * What every WGSL file must satisfy, whatever it computes: both compilers take it on a device with default limits, with the
 * bindings and the uniform of its declaration.
 *
 * Tint comes with Dawn, whose null backend compiles anywhere and runs nothing: it takes every variant. Naga is Deno's own and
 * needs an adapter, whose driver takes long for each pipeline: here it compiles every entry point once; the tests that run
 * kernels (`conformance_test.ts`, `wgsl_variants_test.ts`) have it compile the variants.
 *
 * @module
 */
import { textOf } from "../src/device/webgpu/text_of.ts";
import assert from "node:assert/strict";
import { create } from "webgpu";
import type { Dispatch, Kernel, Params, Traits } from "../src/device/kernel.ts";
import { expandKernel } from "../src/device/webgpu/pipelines.ts";
import { SNIPPETS } from "../src/device/webgpu/snippets.ts";
import { EPILOGUE, NONE, NORM, SQUARE_CHUNK } from "../src/ops/kernels/constants.ts";
import { KERNELS, squareSum } from "../src/ops/kernels/mod.ts";
import { Source } from "./arbitraries.ts";
import { FAMILIES } from "./conformance/cases.ts";
import { testOnDevices } from "./devices.ts";

/** What a device has that was asked for nothing. */
const DEFAULTS: Omit<Traits, "software"> = {
  maxGroups: 65535,
  maxInvocations: 256,
  maxWorkgroupBytes: 16384,
};

/** Dawn without a GPU. Its types are those of the specification, where they differ from Deno's. */
const dawn = create(["backend=null"]) as unknown as GPU;

for (const kernel of KERNELS) {
  const name = `wgsl/${kernel.name}.wgsl`;
  Deno.test(`${name} compiles with Tint within default limits`, () =>
    compile(dawn, kernel, variantsOf));

  testOnDevices(
    `${name} compiles with Naga within default limits`,
    () => compile(navigator.gpu, kernel, entriesOf),
    (device) => device.name === "webgpu",
  );

  Deno.test(`${name} has a uniform as large as the declared parameters`, async () => {
    await using opened = await openDefault(dawn);
    const bytes = 4 * (kernel.params.length + (kernel.gpu.dispatchParams?.length ?? 0));
    const [variant] = variantsOf(kernel);
    const modules = new Modules(opened.device, kernel);
    assert.equal(await complaint(modules, variant, bytes), undefined);
    assert.notEqual(await complaint(modules, variant, bytes - 1), undefined);
  });
}

Deno.test("EPILOGUE, NORM, NONE and SQUARE_CHUNK agree with their WGSL", () => {
  const products = constantsOf(SNIPPETS.products);
  for (const [prefix, numbers] of Object.entries({ EPILOGUE, NORM })) {
    for (const [name, value] of Object.entries(numbers)) {
      const shouted = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      assert.equal(products[`${prefix}_${shouted}`], value, name);
    }
  }
  assert.equal(products.NONE, NONE);
  assert.equal(constantsOf(textOf(squareSum)).SQUARE_CHUNK, SQUARE_CHUNK);
});

Deno.test("modules that need a feature are among what Tint compiles", async () => {
  await using opened = await openDefault(dawn);
  assert(opened.device.features.has("subgroups"), "Dawn has subgroups");
  for (const kernel of KERNELS) {
    const compiled = new Set(variantsOf(kernel, true).map(({ module }) => module));
    for (const name of kernel.gpu.modules ?? []) {
      assert(compiled.has(name), `${kernel.name}_${name}`);
    }
  }
});

Deno.test("compile() fails on what Tint refuses", async () => {
  const [kernel] = KERNELS;
  const barrier = "@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) " +
    "{ if (i > 3u) { workgroupBarrier(); } }";
  const large = "@compute @workgroup_size(512) fn main() {}";
  for (const wgsl of [barrier, large, "fn main( {}"]) {
    const gpu = { wgsl, dispatches: () => [{ entry: "main", groups: [1, 1, 1] as const }] };
    await assert.rejects(compile(dawn, { ...kernel, gpu }, variantsOf), wgsl);
  }
});

/** Constants of a WGSL text. */
function constantsOf(wgsl: string): Record<string, number> {
  const matches = wgsl.matchAll(/^const (\w+): u32 = (\w+)u;/gm);
  return Object.fromEntries([...matches].map(([, name, value]) => [name, Number(value)]));
}

/** Compiles variants of a kernel on a new device with default limits. */
async function compile(gpu: GPU, kernel: Kernel, choose: typeof variantsOf): Promise<void> {
  await using opened = await openDefault(gpu);
  const variants = choose(kernel, opened.device.features.has("subgroups"));
  assert(variants.length > 0);
  const modules = new Modules(opened.device, kernel);
  for (const variant of variants) {
    const found = await complaint(modules, variant);
    assert.equal(found, undefined, `${variant.entry} ${JSON.stringify(variant.constants)}`);
  }
}

const known = new Map<Kernel, readonly Params[]>();

/** The parameters of a kernel's cases: with them comes data, which is drawn once. */
function paramsOf(kernel: Kernel): readonly Params[] {
  let params = known.get(kernel);
  if (params === undefined) {
    params = FAMILIES[kernel.name].edges.map((draft) => draft.build(new Source(1)).params);
    known.set(kernel, params);
  }
  return params;
}

/** All that a kernel dispatches for its cases on software and on hardware, and in any of its variants. */
function variantsOf(kernel: Kernel, subgroups = false): Dispatch[] {
  const { gpu } = kernel;
  const found = new Map<string, Dispatch>();
  for (const params of paramsOf(kernel)) {
    for (const software of [false, true]) {
      const traits = { ...DEFAULTS, software, subgroups };
      const possible = Object.values(gpu.variants?.all ?? {})
        .filter((variant) => variant.supports(params, traits));
      for (const { dispatches } of [gpu, ...possible]) {
        for (const dispatch of dispatches(params, traits)) {
          const { module = "", entry, constants = {} } = dispatch;
          found.set(JSON.stringify([module, entry, constants]), dispatch);
        }
      }
    }
  }
  return [...found.values()];
}

/** The first variant of each entry point. */
function entriesOf(kernel: Kernel, subgroups = false): Dispatch[] {
  const variants = variantsOf(kernel, subgroups);
  return [...Map.groupBy(variants, ({ module = "", entry }) => `${module} ${entry}`).values()]
    .map(([first]) => first);
}

/** The modules of a kernel on a device, each parsed once: that takes as long as a pipeline, and many share a module. */
class Modules {
  readonly #modules = new Map<string | undefined, GPUShaderModule>();

  constructor(readonly device: GPUDevice, readonly kernel: Kernel) {}

  /** The module of a name, or the main one. */
  get(name?: string): GPUShaderModule {
    let module = this.#modules.get(name);
    if (module === undefined) {
      module = this.device.createShaderModule({ code: expandKernel(this.kernel, name).code });
      this.#modules.set(name, module);
    }
    return module;
  }
}

/** What a compiler says against a variant, or `undefined`. `uniformBytes` is the size of the bound uniform. */
async function complaint(
  modules: Modules,
  { module: name, entry, constants = {} }: Dispatch,
  uniformBytes = 0,
): Promise<string | undefined> {
  const { device, kernel } = modules;
  device.pushErrorScope("validation");
  const types: GPUBufferBindingType[] = kernel.bindings.map(({ access }) =>
    access === "read" ? "read-only-storage" : "storage"
  );
  if (kernel.gpu.scratch !== undefined) types.push("storage");
  const buffers: GPUBufferBindingLayout[] = types.map((type) => ({ type }));
  buffers.push({ type: "uniform", minBindingSize: uniformBytes });
  const bindings = device.createBindGroupLayout({
    entries: buffers.map((buffer, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer,
    })),
  });
  const module = modules.get(name);
  const { messages } = await module.getCompilationInfo();
  device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [bindings] }),
    compute: { module, entryPoint: entry, constants: { ...constants } },
  });
  const error = await device.popErrorScope();
  return messages[0]?.message ?? error?.message;
}

/** A device with default limits, and subgroups if there are any, destroyed at the end of its scope. */
async function openDefault(gpu: GPU): Promise<AsyncDisposable & { readonly device: GPUDevice }> {
  const adapter = await gpu.requestAdapter();
  assert(adapter !== null, "no adapter");
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has("subgroups") ? ["subgroups"] : [],
  });
  return {
    device,
    async [Symbol.asyncDispose]() {
      device.destroy();
      await device.lost;
    },
  };
}
