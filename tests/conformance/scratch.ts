/**
 * Scratch memory under test: it holds poison before the call, as after any other kernel, and poison lies behind it.
 *
 * On WebGPU the scratch buffer belongs to the executable and is never read by the host, so one kernel in front of the call
 * fills it, and one behind the call copies its end out. On WASM every thread has a share of its own in linear memory.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { Backend, Executable, KernelCall } from "../../src/device/backend.ts";
import type { Kernel } from "../../src/device/kernel.ts";
import { WasmExecutable } from "../../src/device/wasm/memory.ts";
import { WebgpuBackend } from "../../src/device/webgpu/backend.ts";
import { BORDER, POISON } from "./memory.ts";

/** A program of one call. */
export interface Poisoned {
  /** To be run once. */
  readonly executable: Executable;
  /** Throws a `RangeError` if the kernel wrote behind its scratch memory. */
  checkScratch(): Promise<void>;
  /** Gives the program back. */
  release(): void;
}

/** Invocations in a workgroup of the kernels below. */
const GROUP = 256;

/** Fills scratch memory with poison. */
const FILL: Kernel = scratchKernel("fill_scratch", [], "scratch[i] = POISON;");

/** Copies the end of scratch memory, from word `begin` on. */
const REVEAL: Kernel = scratchKernel(
  "reveal_scratch",
  [{ name: "tail", access: "write", type: "u32" }],
  `if (i >= params.begin) { tail[i - params.begin] = scratch[i]; }`,
);

/** Compiles a call whose scratch memory holds poison. */
export async function compilePoisoned(backend: Backend, call: KernelCall): Promise<Poisoned> {
  if (backend instanceof WebgpuBackend) {
    const bytes = call.kernel.gpu.scratch?.(call.params, backend.traits);
    if (bytes !== undefined) return await onWebgpu(backend, call, Math.ceil(bytes / 4));
  } else {
    const bytes = call.kernel.scratch?.(call.params) ?? 0;
    if (bytes > 0) return await onWasm(backend, call, Math.ceil(bytes / 4));
  }
  const executable = await backend.compile([call]);
  return {
    executable,
    checkScratch: () => Promise.resolve(),
    release: () => backend.release(executable),
  };
}

async function onWebgpu(
  backend: WebgpuBackend,
  call: KernelCall,
  begin: number,
): Promise<Poisoned> {
  const words = begin + BORDER + (-begin & 3);
  const tail = backend.allocate(4 * (words - begin), `${call.kernel.name}.scratch's end`);
  const params = { begin, words };
  const executable = await backend.compile([
    { kernel: FILL, buffers: [], params },
    call,
    { kernel: REVEAL, buffers: [tail], params },
  ]);
  return {
    executable,
    checkScratch: async () => {
      const bytes = await backend.read(tail, 0, 4 * (words - begin));
      checkTail(call.kernel, begin, new Uint32Array(bytes));
    },
    release: () => {
      backend.release(executable);
      backend.free(tail);
    },
  };
}

async function onWasm(backend: Backend, call: KernelCall, begin: number): Promise<Poisoned> {
  const kernel = { ...call.kernel, scratch: () => 4 * (begin + BORDER) };
  const executable = await backend.compile([{ ...call, kernel }]);
  assert(executable instanceof WasmExecutable && executable.scratch !== undefined);
  const { scratch } = executable;
  backend.write(scratch, new Uint32Array(scratch.bytes / 4).fill(POISON));
  const { threads } = backend.info;
  return {
    executable,
    checkScratch: async () => {
      const after = new Uint32Array(await backend.read(scratch));
      const stride = after.length / threads;
      for (let thread = 0; thread < threads; thread++) {
        checkTail(kernel, begin, after.subarray(thread * stride + begin, (thread + 1) * stride));
      }
    },
    release: () => backend.release(executable),
  };
}

function checkTail(kernel: Kernel, words: number, tail: Uint32Array): void {
  const at = tail.findIndex((word) => word !== POISON);
  if (at < 0) return;
  throw new RangeError(
    `Kernel "${kernel.name}" wrote to word ${words + at} of its scratch memory; it has ${words}`,
  );
}

/** A kernel that does one thing with each word `i` of scratch memory. */
function scratchKernel(name: string, bindings: Kernel["bindings"], statement: string): Kernel {
  const declared = bindings.map((binding, i) =>
    `@group(0) @binding(${i}) var<storage, read_write> ${binding.name}: array<u32>;`
  );
  const [scratch, params] = [bindings.length, bindings.length + 1];
  const wgsl = `${declared.join("\n")}
@group(0) @binding(${scratch}) var<storage, read_write> scratch: array<u32>;
struct Params { begin: u32, words: u32 }
@group(0) @binding(${params}) var<uniform> params: Params;
const POISON = ${POISON}u;
@compute @workgroup_size(${GROUP})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (group.y * groups.x + group.x) * ${GROUP}u + local;
  if (i < params.words) { ${statement} }
}
`;
  return {
    name,
    bindings,
    params: [{ name: "begin", type: "u32" }, { name: "words", type: "u32" }],
    gpu: {
      wgsl,
      scratch: ({ words }) => 4 * words,
      dispatches: ({ words }, { maxGroups }) => {
        const groups = Math.ceil(words / GROUP);
        const across = Math.min(groups, maxGroups);
        return [{ entry: "main", groups: [across, Math.ceil(groups / across), 1] }];
      },
    },
  };
}
