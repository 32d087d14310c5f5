/**
 * The safetensors format: 8 bytes of header length, a JSON header, the data. What is written here any reader of the format
 * takes; what is read here is checked to the last byte before anything is made of it.
 *
 * Files of this project carry a checksum in their metadata: SHA-256 of the whole file in which the checksum itself is
 * zeros. It finds every flipped bit, in the header too.
 *
 * @module
 */
import { sha256 } from "../data/digest.ts";
import type { ResourceData } from "../program/resource.ts";
import { CheckpointError } from "./errors.ts";

/** A named array of a safetensors file. */
export interface NamedTensor {
  /** Name, unique in the file. */
  readonly name: string;
  /** Shape; its product is the length of the data. */
  readonly shape: readonly number[];
  /** Content. */
  readonly data: ResourceData;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** The arrays by name. */
  readonly tensors: ReadonlyMap<string, NamedTensor>;
  /** The text fields under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A type of numbers in a file: its bytes, and how they are read. */
interface NumberType {
  /** Bytes of a number. */
  readonly bytes: number;
  /** The numbers of a copy of their bytes; absent of types whose arrays are passed over. */
  readonly read?: (copy: ArrayBuffer) => ResourceData;
}

/** The types that are written here. */
const OWN: Readonly<Record<string, NumberType>> = {
  F32: { bytes: 4, read: (copy) => new Float32Array(copy) },
  U32: { bytes: 4, read: (copy) => new Uint32Array(copy) },
};

/** Those of files of others: floats of other sizes become f32. */
const FOREIGN: Readonly<Record<string, NumberType>> = {
  ...OWN,
  F16: { bytes: 2, read: fromFloat16 },
  BF16: { bytes: 2, read: fromBfloat16 },
  F64: { bytes: 8, read: (copy) => new Float32Array(new Float64Array(copy)) },
  ...{ I64: { bytes: 8 }, U64: { bytes: 8 }, I32: { bytes: 4 }, I16: { bytes: 2 } },
  ...{ U16: { bytes: 2 }, I8: { bytes: 1 }, U8: { bytes: 1 }, BOOL: { bytes: 1 } },
};

/** Options of {@linkcode decodeSafetensors}. */
export interface DecodeOptions {
  /**
   * Whether the file may be one of others: floats of 16 and 64 bits are read as f32, and arrays of whole numbers other than u32
   * are passed over.
   */
  readonly foreign?: boolean;
}

/** Longest header that the format's own reader takes. */
const LONGEST_HEADER = 100_000_000;

/** Where the metadata of an export say what to do with its arrays. */
export const EXPORT_KEY = "filigree";

/** Where the metadata keep the checksum. */
const CHECKSUM = "sha256";

/** A checksum before it is known: as long as 32 bytes in hexadecimal. */
const UNKNOWN = "0".repeat(64);

/** The bytes of a safetensors file, without a checksum. */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  requireDistinct(tensors);
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

/** Two arrays of one name would be one, whose content is half the other's. */
function requireDistinct(tensors: readonly NamedTensor[]): void {
  const seen = new Set(["__metadata__"]);
  for (const { name } of tensors) {
    if (seen.has(name)) {
      throw new TypeError(
        `Cannot write a safetensors file with two arrays "${name}": expected a name of its own for each`,
      );
    }
    seen.add(name);
  }
}

/** The bytes of a safetensors file with its checksum. */
export async function sealSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = encodeSafetensors(tensors, { ...metadata, [CHECKSUM]: UNKNOWN });
  const at = findText(file, `"${CHECKSUM}":"${UNKNOWN}"`) + CHECKSUM.length + 4;
  file.set(new TextEncoder().encode(await sha256(file)), at);
  return file;
}

/**
 * What the bytes of a safetensors file hold; the arrays are copies.
 *
 * @param name The file, for errors.
 * @throws {CheckpointError} if the file is cut short, damaged, or not of this format.
 */
export async function decodeSafetensors(
  file: Uint8Array,
  name: string,
  { foreign = false }: DecodeOptions = {},
): Promise<Safetensors> {
  const fail = (message: string): never => {
    throw new CheckpointError(name, message);
  };
  // Slices of a Buffer of Node are no copies.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 8) {
    fail(`it has ${bytes.length} bytes; expected at least the 8 of a header's length`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const claimed = view.getBigUint64(0, true);
  if (claimed > BigInt(Math.min(bytes.length - 8, LONGEST_HEADER))) {
    fail(
      `its header claims ${claimed} bytes at byte 8, but the file has ${bytes.length - 8} there; ` +
        "expected a whole safetensors file",
    );
  }
  const begin = 8 + Number(claimed);
  const header = parseHeader(bytes.subarray(8, begin), fail);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isTexts(metadata)) return fail("its metadata are not text fields");
  await verifyChecksum(bytes, metadata, fail);
  const tensors = new Map<string, NamedTensor>();
  let end = 0;
  for (const [key, entry] of Object.entries(entries).sort(byOffset)) {
    const stored = readTensor(
      key,
      entry,
      { types: foreign ? FOREIGN : OWN, data: bytes.subarray(begin), expectedBegin: end },
      fail,
    );
    end = stored.end;
    if (stored.tensor !== undefined) tensors.set(key, stored.tensor);
  }
  if (begin + end !== bytes.length) {
    fail(`it has ${bytes.length} bytes; expected ${begin + end}, the end of its last array`);
  }
  return { tensors, metadata };
}

type Fail = (message: string) => never;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(header)) return header;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return fail(`its header at byte 8 is not JSON (${why}); expected a safetensors file`);
  }
  return fail("its header at byte 8 is not an object; expected a safetensors file");
}

async function verifyChecksum(
  bytes: Uint8Array,
  metadata: Readonly<Record<string, string>>,
  fail: Fail,
): Promise<void> {
  const expected = metadata[CHECKSUM];
  // Files of others have none.
  if (expected === undefined) return;
  const copy = bytes.slice();
  const at = findText(copy, `"${CHECKSUM}":"${expected}"`) + CHECKSUM.length + 4;
  copy.set(new TextEncoder().encode(UNKNOWN), at);
  const found = await sha256(copy);
  if (found !== expected) {
    fail(`its content has the checksum ${found}; expected ${expected}: the file was damaged`);
  }
}

function readTensor(
  name: string,
  entry: unknown,
  { types, data, expectedBegin }: {
    readonly types: Readonly<Record<string, NumberType>>;
    readonly data: Uint8Array;
    readonly expectedBegin: number;
  },
  fail: Fail,
): { readonly tensor: NamedTensor | undefined; readonly end: number } {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (typeof dtype !== "string" || !Object.hasOwn(types, dtype)) {
    const expected = Object.keys(types).map((type) => `"${type}"`).join(" or ");
    return fail(`array "${name}" is of type ${JSON.stringify(dtype)}; expected ${expected}`);
  }
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    return fail(`array "${name}" has no shape or no offsets; expected whole numbers`);
  }
  const [begin, end] = offsets;
  const type = types[dtype];
  const bytes = type.bytes * shape.reduce((product, size) => product * size, 1);
  if (begin !== expectedBegin || end - begin !== bytes || end > data.length) {
    return fail(
      `array "${name}" of shape [${shape}] lies from byte ${begin} to ${end} of ${data.length}; ` +
        `expected ${bytes} bytes from ${expectedBegin} on`,
    );
  }
  if (type.read === undefined) return { tensor: undefined, end };
  return { tensor: { name, shape, data: type.read(data.slice(begin, end).buffer) }, end };
}

/** The upper halves of f32. */
/** Halves of IEEE 754, which Node 24 is the first to have a `Float16Array` for. */
function fromFloat16(copy: ArrayBuffer): Float32Array {
  return Float32Array.from(new Uint16Array(copy), (bits) => {
    const [exponent, fraction] = [bits >> 10 & 31, bits & 1023];
    const size = exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
      ? (fraction === 0 ? Infinity : NaN)
      : (1 + fraction / 1024) * 2 ** (exponent - 15);
    return bits >> 15 === 0 ? size : -size;
  });
}

function fromBfloat16(copy: ArrayBuffer): Float32Array {
  const words = new Uint32Array(new Uint16Array(copy));
  for (let i = 0; i < words.length; i++) words[i] <<= 16;
  return new Float32Array(words.buffer);
}

/** Entries in the order in which their data lie. */
function byOffset([, a]: [string, unknown], [, b]: [string, unknown]): number {
  const begin = (entry: unknown): number => {
    const offsets = isRecord(entry) ? entry.data_offsets : undefined;
    return isSizes(offsets) && offsets.length > 0 ? offsets[0] : 0;
  };
  return begin(a) - begin(b);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === "string");
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Byte at which an ASCII text first occurs; it must. */
function findText(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  for (let at = bytes.indexOf(wanted[0]); at !== -1; at = bytes.indexOf(wanted[0], at + 1)) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  }
  return -1;
}
