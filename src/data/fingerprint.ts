/**
 * Tells whether two data sets are the same, to the last bit.
 *
 * @module
 */
import type { ClassDataset, Dataset } from "./dataset.ts";
import { sha256 } from "./digest.ts";

/** Bytes that are hashed at a time, so that no copy of a large set is made. */
const CHUNK = 1 << 24;

/** What was hashed before. Arrays that are changed afterwards keep their old fingerprint. */
const KNOWN = new WeakMap<Dataset, Promise<string>>();

/**
 * A fingerprint of features, labels or targets, sizes and normalization: SHA-256, the first 16 hexadecimal digits.
 *
 * A data set that was asked for before is not read again.
 *
 * @example
 * ```ts
 * import { fingerprintOf } from "@filigree/filigree";
 *
 * const data = { features: Float32Array.of(1, 2), labels: Uint8Array.of(0), examples: 1, inputs: 2, classes: 2 };
 * const other = { ...data, labels: Uint8Array.of(1) };
 * console.assert(await fingerprintOf(data) !== await fingerprintOf(other));
 * ```
 */
export function fingerprintOf(data: Dataset): Promise<string> {
  let found = KNOWN.get(data);
  if (found === undefined) {
    found = compute(data);
    KNOWN.set(data, found);
  }
  return found;
}

async function compute(data: Dataset): Promise<string> {
  const { features, normalization, image, examples, inputs } = data;
  const arrays = [features, numbersOf("labels" in data ? data.labels : data.targets)];
  const size = "labels" in data ? data.classes : data.outputs;
  const parts = [
    JSON.stringify({ examples, inputs, size, normalization, image }),
    ...arrays.map(({ BYTES_PER_ELEMENT }) => String(BYTES_PER_ELEMENT)),
  ];
  for (const { buffer, byteOffset, byteLength } of arrays) {
    for (let at = 0; at < byteLength; at += CHUNK) {
      const bytes = new Uint8Array(buffer, byteOffset + at, Math.min(CHUNK, byteLength - at));
      parts.push(await sha256(bytes));
    }
  }
  return await digestOf(parts.join("\n"));
}

/** Class numbers may come as a plain array, whatever the types say. */
function numbersOf(
  values: Float32Array | ClassDataset["labels"],
): typeof values | Float64Array {
  return Array.isArray(values) ? Float64Array.from(values) : values;
}

/** SHA-256 of a text, the first 16 hexadecimal digits. */
export async function digestOf(text: string): Promise<string> {
  return (await sha256(new TextEncoder().encode(text))).slice(0, 16);
}
