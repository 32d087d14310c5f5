/**
 * Saving a model as a safetensors file: values, patterns and biases.
 *
 * @module
 */
import type { Layer } from "../nn/layer.ts";
import type { Device } from "../program/device.ts";
import type { ResourceData } from "../program/resource.ts";

/** A named array of a safetensors file. */
export interface NamedTensor {
  /** Name, unique in the file. */
  readonly name: string;
  /** Shape; its product is the length of the data. */
  readonly shape: readonly number[];
  /** Content. */
  readonly data: ResourceData;
}

/**
 * Writes parameters and patterns of a model. A sparse weight `N` becomes `N.values`, `N.span`
 * (begin and end of each row's list) and `N.index` (input of each slot, u32).
 *
 * The file is written under a temporary name, synced and renamed, so that an earlier file survives any failure.
 *
 * @throws {Error} if the file cannot be written.
 */
export async function saveModel(path: string, device: Device, model: Layer): Promise<void> {
  const tensors: NamedTensor[] = [];
  for (const [i, parameter] of model.parameters.entries()) {
    const data = await device.read(parameter);
    const weight = model.weights.find((w) => w.values === parameter);
    const name = `${i}.${parameter.label}`;
    if (weight?.sparse === undefined) {
      tensors.push({ name, shape: weight?.shape ?? [data.length], data });
      continue;
    }
    const { span, index } = weight.sparse.pattern;
    tensors.push({ name: `${name}.values`, shape: [data.length], data });
    tensors.push({ name: `${name}.span`, shape: [span.length / 2, 2], data: span });
    tensors.push({ name: `${name}.index`, shape: [index.length], data: index });
  }
  await writeAtomically(path, encodeSafetensors(tensors, { format: "filigree 1" }));
}

/** The bytes of a safetensors file: 8 bytes of header length, the JSON header padded to 8, the data. */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const dtype = data instanceof Float32Array ? "F32" : "U32";
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(text, 8);
  let place = 8 + padded;
  for (const { data } of tensors) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
    place += data.byteLength;
  }
  return file;
}

async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    {
      using file = await Deno.open(temporary, { write: true, createNew: true });
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      await file.sync();
    }
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => undefined);
    throw new Error(
      `Cannot save the model to "${path}": ${cause instanceof Error ? cause.message : cause}; ` +
        "expected a writable folder with enough space",
      { cause },
    );
  }
}
