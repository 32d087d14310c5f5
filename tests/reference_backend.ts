/**
 * A backend that carries every kernel out by its float64 oracle: slow, obvious, and the judge of
 * programs. Buffers hold float64, so that derivatives can be checked by central differences.
 *
 * @module
 */
import {
  type Backend,
  type BackendInfo,
  type BufferView,
  type DeviceBuffer,
  deviceBytes,
  type Executable,
  type KernelCall,
} from "../src/device/backend.ts";
import { NONE_REPLACED, type Replacements, replaceViews } from "../src/device/replace.ts";
import { checkBindings } from "../src/device/call.ts";
import { ORACLES } from "./oracle/mod.ts";

/** A buffer of numbers: f32 contents are kept in float64, u32 contents exactly. */
export class ReferenceBuffer implements DeviceBuffer {
  /** As a view it begins at its own begin. */
  readonly offset = 0;
  /** The content. */
  readonly numbers: Float64Array;
  /** Type of the last content written. */
  type: "f32" | "u32" = "f32";

  /** Zeroed memory. */
  constructor(readonly bytes: number, readonly label: string) {
    this.numbers = new Float64Array(bytes / 4);
  }

  /** As a view it is one of itself. */
  get buffer(): this {
    return this;
  }
}

interface ReferenceExecutable extends Executable {
  readonly calls: readonly KernelCall[];
}

/** See the module comment. */
export class ReferenceBackend implements Backend {
  /** Takes the place of the WASM backend. */
  readonly name = "wasm";
  /** What it is. */
  readonly info: BackendInfo = { description: "float64 oracles", threads: 1, details: {} };
  /** As the WASM backend has it. */
  readonly alignment = 16;
  /** Bytes as a device would count them. */
  allocatedBytes = 0;

  /** Takes zeroed memory. */
  allocate(bytes: number, label: string): ReferenceBuffer {
    const size = deviceBytes(bytes);
    this.allocatedBytes += size;
    return new ReferenceBuffer(size, label);
  }

  /** Gives memory back. */
  free(buffer: DeviceBuffer): void {
    this.allocatedBytes -= buffer.bytes;
  }

  /** Copies host numbers in. */
  write(buffer: DeviceBuffer, data: ArrayBufferView, byteOffset = 0): void {
    const target = asReference(buffer);
    if (
      !(data instanceof Float32Array || data instanceof Uint32Array || data instanceof Float64Array)
    ) {
      throw new TypeError(
        "Cannot write to the reference backend: expected f32, u32 or f64 numbers",
      );
    }
    target.type = data instanceof Uint32Array ? "u32" : "f32";
    target.numbers.set(data, byteOffset / 4);
  }

  /** Copies numbers out, rounded to float32 where they are no integers. */
  read(buffer: DeviceBuffer, byteOffset = 0, bytes: number = buffer.bytes): Promise<ArrayBuffer> {
    const { numbers, type } = asReference(buffer);
    const part = numbers.subarray(byteOffset / 4, (byteOffset + bytes) / 4);
    return Promise.resolve(
      (type === "u32" ? Uint32Array.from(part) : Float32Array.from(part)).buffer,
    );
  }

  /** Nothing is kept beside the list of calls. */
  executableBytes(): number {
    return 0;
  }

  /** Keeps the list of calls. */
  compile(calls: readonly KernelCall[]): Promise<ReferenceExecutable> {
    for (const call of calls) checkBindings(call, this.alignment);
    return Promise.resolve({ calls, length: calls.length, bytes: 0 });
  }

  /** Carries the calls out one by one. */
  run(executable: Executable, replaced: Replacements = NONE_REPLACED): void {
    const calls = replaceViews((executable as ReferenceExecutable).calls, replaced);
    for (const call of calls) {
      checkBindings(call, this.alignment);
      runOracle(call);
    }
  }

  /** Oracles are obvious, not fast: their time says nothing. */
  measure(): Promise<never> {
    return Promise.reject(
      new TypeError("Cannot measure on the reference backend: it is no device"),
    );
  }

  /** Nothing to give back. */
  release(): void {}

  /** Everything is always carried out. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  /** Nothing to end. */
  close(): void {}
}

/** Remembers buffers by label, so that a test can reach the float64 numbers of a parameter. */
export class WatchedBackend extends ReferenceBackend {
  /** The last buffer of each label. */
  readonly byLabel = new Map<string, ReferenceBuffer>();
  /** Takes zeroed memory. */
  override allocate(bytes: number, label: string): ReferenceBuffer {
    const buffer = super.allocate(bytes, label);
    this.byLabel.set(label, buffer);
    return buffer;
  }
  /** The content of a buffer. */
  numbers(label: string): Float64Array {
    const buffer = this.byLabel.get(label);
    if (buffer === undefined) throw new ReferenceError(`Cannot find a buffer "${label}"`);
    return buffer.numbers;
  }
}

function asReference(buffer: DeviceBuffer): ReferenceBuffer {
  return buffer as ReferenceBuffer;
}

function numbersOf({ buffer, offset, bytes }: BufferView): Float64Array {
  return asReference(buffer).numbers.subarray(offset / 4, (offset + bytes) / 4);
}

function runOracle({ kernel, buffers, params }: KernelCall): void {
  const inputs = Object.fromEntries(kernel.bindings.map(({ name, type }, i) => {
    const numbers = numbersOf(buffers[i]);
    // The oracles only compute, so float64 in place of float32 changes nothing but the precision.
    return [
      name,
      (type === "u32" ? Uint32Array.from(numbers) : numbers) as Float32Array | Uint32Array,
    ];
  }));
  const outputs = ORACLES[kernel.name](inputs, params);
  kernel.bindings.forEach(({ name, type, access }, i) => {
    if (access === "read") return;
    const target = numbersOf(buffers[i]);
    target.set(outputs[name].value.subarray(0, target.length));
    asReference(buffers[i].buffer).type = type;
  });
}
