/**
 * Compiles kernels, each once: a module and a layout per kernel, a pipeline per entry point and set
 * of constants.
 *
 * @module
 */
import { KernelCompileError } from "../errors.ts";
import type { Dispatch, Kernel } from "../kernel.ts";
import { expand, type Expansion } from "./expand.ts";
import type { Failures } from "./failures.ts";
import { hasParams } from "./layout.ts";
import { textOf } from "./text_of.ts";

/** A kernel's module, and the layouts that all its pipelines share. */
interface CompiledKernel {
  readonly module: GPUShaderModule;
  readonly bindings: GPUBindGroupLayout;
  readonly layout: GPUPipelineLayout;
}

/** A pipeline and the layout of its bind group. */
export interface CompiledPipeline {
  /** The pipeline. */
  readonly pipeline: GPUComputePipeline;
  /** Layout of its only bind group. */
  readonly layout: GPUBindGroupLayout;
}

/** The compiled kernels of one device. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #failures: Failures;
  readonly #kernels = new Map<Kernel, Map<string | undefined, Promise<CompiledKernel>>>();
  readonly #pipelines = new Map<Kernel, Map<string, Promise<CompiledPipeline>>>();

  /** Compiles for a device. */
  constructor(device: GPUDevice, failures: Failures) {
    this.#device = device;
    this.#failures = failures;
  }

  /**
   * The pipeline of a dispatch.
   *
   * @throws {KernelCompileError} if the module or the entry point is refused.
   */
  get(kernel: Kernel, dispatch: Dispatch): Promise<CompiledPipeline> {
    const { entry, constants = {}, module = "" } = dispatch;
    const key = JSON.stringify([module, entry, Object.entries(constants).sort()]);
    let pipelines = this.#pipelines.get(kernel);
    if (pipelines === undefined) this.#pipelines.set(kernel, pipelines = new Map());
    let pipeline = pipelines.get(key);
    if (pipeline === undefined) {
      pipeline = this.#createPipeline(kernel, dispatch);
      pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  async #createPipeline(
    kernel: Kernel,
    { entry, constants, module: name }: Dispatch,
  ): Promise<CompiledPipeline> {
    const { module, bindings, layout } = await this.#kernel(kernel, name);
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: `${kernel.name}.${entry}`,
        layout,
        compute: { module, entryPoint: entry, constants: { ...constants } },
      });
      return { pipeline, layout: bindings };
    } catch (error) {
      // A device that is gone refuses every pipeline.
      await this.#failures.surface("compile");
      const reason = error instanceof Error ? summary(error.message) : String(error);
      throw new KernelCompileError(kernel.name, 0, `entry point "${entry}": ${reason}`);
    }
  }

  #kernel(kernel: Kernel, name: string | undefined): Promise<CompiledKernel> {
    let modules = this.#kernels.get(kernel);
    if (modules === undefined) this.#kernels.set(kernel, modules = new Map());
    let compiled = modules.get(name);
    if (compiled === undefined) {
      compiled = this.#createKernel(kernel, name);
      modules.set(name, compiled);
    }
    return compiled;
  }

  async #createKernel(kernel: Kernel, name: string | undefined): Promise<CompiledKernel> {
    const expansion = expandKernel(kernel, name);
    const device = this.#device;
    const label = kernel.name;
    const [module, error] = await this.#failures.capture(() =>
      device.createShaderModule({ label, code: expansion.code })
    );
    if (error !== null) throw await refusal(kernel, textOf(kernel, name), expansion, module, error);
    const [layouts, misfit] = await this.#failures.capture(() => {
      const bindings = device.createBindGroupLayout({ label, entries: layoutEntries(kernel) });
      const layout = device.createPipelineLayout({ label, bindGroupLayouts: [bindings] });
      return { bindings, layout };
    });
    if (misfit !== null) throw new KernelCompileError(label, 0, summary(misfit.message));
    return { module, ...layouts };
  }
}

/**
 * A kernel's module as plain WGSL; its main one, or one of `gpu.modules` by name.
 *
 * @throws {SyntaxError} if it does not expand.
 */
export function expandKernel(kernel: Kernel, module?: string): Expansion {
  const { name } = kernel;
  const file = module === undefined ? name : `${name}_${module}`;
  const wgsl = textOf(kernel, module);
  if (wgsl.trim() === "") {
    throw new KernelCompileError(name, 0, `wgsl/${file}.wgsl is empty; expected a module`);
  }
  return expand(file, wgsl);
}

/** The declared bindings, the scratch buffer, the parameters. */
function layoutEntries(kernel: Kernel): GPUBindGroupLayoutEntry[] {
  const types: GPUBufferBindingType[] = kernel.bindings.map(({ access }) =>
    access === "read" ? "read-only-storage" : "storage"
  );
  if (kernel.gpu.scratch !== undefined) types.push("storage");
  if (hasParams(kernel)) types.push("uniform");
  return types.map((type, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type },
  }));
}

/** The error of a module that was refused, at the line of the file that it comes from. */
async function refusal(
  kernel: Kernel,
  wgsl: string,
  { code, origins }: Expansion,
  module: GPUShaderModule,
  error: GPUError,
): Promise<KernelCompileError> {
  const { messages } = await module.getCompilationInfo();
  const first = messages.find(({ type }) => type === "error");
  const row = first?.lineNum || Number(/wgsl:(\d+):\d+/.exec(error.message)?.[1] ?? 0);
  const why = summary(first?.message || error.message);
  const origin = origins[row - 1];
  if (origin === undefined) return new KernelCompileError(kernel.name, 0, why);
  const text = `${why}, in \`${code.split("\n")[row - 1].trim()}\``;
  if (!origin.file.startsWith("shared/")) {
    return new KernelCompileError(kernel.name, origin.line, text);
  }
  // A snippet: the kernel's own line is the one that uses it.
  const use = origin.file.replace("shared/", "");
  const line = wgsl.split("\n")
    .findIndex((line) => /^\s*\/\/!\s*use\s+(\S+)/.exec(line)?.[1] === use);
  const where = `, line ${origin.line} of wgsl/${origin.file}.wgsl`;
  return new KernelCompileError(kernel.name, line + 1, text + where);
}

/** What a compiler says, without its drawing of the source. */
function summary(message: string): string {
  const lines = message.trim().split("\n");
  const first = lines[0].replace(/^Shader '.*?' parsing error: /, "").trim();
  const notes = lines.slice(1).flatMap((line) => {
    const note = /(?:\^+|^\s*=)\s+(.*\S)/.exec(line)?.[1];
    return note === undefined || note === first ? [] : [note];
  });
  return [first, ...notes].join("; ");
}
