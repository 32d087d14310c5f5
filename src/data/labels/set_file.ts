/**
 * Data with many labels as one binary file: a line of JSON that says what they are, the digest of that line, and the arrays one
 * behind the other. What is read is what was written, to the bit, or nothing.
 *
 * @module
 */
import { pieceDigests, sha256 } from "../digest.ts";
import { fill } from "../files.ts";
import { openAtomically } from "../../runtime/atomic_files.ts";
import type { ManyLabelPart, ManyLabelSet } from "./parts.ts";
import type { FeatureRows, LabelRows } from "./rows.ts";
import { TextRows } from "./texts.ts";

/** Another one for every change of what follows, and of what a reader makes of a file. */
export const SET_FORMAT = 1;

/** What a file of this format begins with. */
const MAGIC = "filigree many labels\n";

/** Hexadecimal digits of a digest. */
const DIGITS = 64;

/** Digits that the length of the line of JSON is written in. */
const LENGTH_DIGITS = 16;

/** Arrays that a set has. */
type Numbers = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Makes an array of each kind. */
const KINDS = {
  u32: (length: number): Uint32Array<ArrayBuffer> => new Uint32Array(length),
  f32: (length: number): Float32Array<ArrayBuffer> => new Float32Array(length),
  u8: (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(length),
};

/** An array, as the line says it. */
interface ArrayHead {
  readonly kind: keyof typeof KINDS;
  readonly length: number;
  /** SHA-256 of the bytes, piece by piece. */
  readonly digests: readonly string[];
}

/** Rows without their arrays, which are told by their names. */
interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** A part without its arrays. */
interface PartHead {
  readonly labels: Shape;
  readonly features?: Shape;
  readonly filter?: Shape;
  readonly texts?: true;
}

/** What the line says. */
interface Head {
  readonly format: number;
  readonly key: string;
  readonly train: PartHead;
  readonly test?: PartHead;
  readonly labelTexts?: true;
  readonly labelFeatures?: Shape;
  readonly arrays: Readonly<Record<string, ArrayHead>>;
}

/**
 * Writes a set into a file in the place of another one, if there is one.
 *
 * @param key What it is of; what is read under another key is nothing.
 */
export async function writeSet(path: string | URL, key: string, set: ManyLabelSet): Promise<void> {
  const arrays = new Map<string, Numbers>();
  const { train, test, labelTexts, labelFeatures } = set;
  const head: Omit<Head, "arrays"> = {
    ...{ format: SET_FORMAT, key, train: partHead("train", train, arrays) },
    ...(test === undefined ? {} : { test: partHead("test", test, arrays) }),
    ...(labelTexts === undefined
      ? {}
      : { labelTexts: textsHead("labelTexts", labelTexts, arrays) }),
    ...(labelFeatures === undefined
      ? {}
      : { labelFeatures: featuresHead("labelFeatures", labelFeatures, arrays) }),
  };
  const heads: Record<string, ArrayHead> = {};
  for (const [name, array] of arrays) heads[name] = await arrayHead(array);
  const line = new TextEncoder().encode(JSON.stringify({ ...head, arrays: heads }));
  const before = MAGIC + String(line.length).padStart(LENGTH_DIGITS, "0") + await sha256(line);
  await using file = await openAtomically(path, "rows");
  await file.write(new TextEncoder().encode(before));
  await file.write(line);
  for (const array of arrays.values()) await file.write(bytesOf(array));
  await file.commit();
}

/**
 * Reads what {@linkcode writeSet} wrote.
 *
 * @returns Nothing if the file is of another key or another format, or damaged.
 * @throws {Deno.errors.NotFound} if there is no such file.
 */
export async function readSet(path: string | URL, key: string): Promise<ManyLabelSet | undefined> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = await readHead(file, size);
  if (head === undefined || head.format !== SET_FORMAT || head.key !== key) return undefined;
  const arrays = new Map<string, Numbers>();
  for (const [name, { kind, length, digests }] of Object.entries(head.arrays)) {
    const array = KINDS[kind](length);
    const bytes = bytesOf(array);
    if (await fill(file, bytes) < bytes.length) return undefined;
    if ((await pieceDigests(bytes)).join() !== digests.join()) return undefined;
    arrays.set(name, array);
  }
  return setOf(head, arrays);
}

/** The line of a file; nothing if it is damaged, or the arrays are not as long as it says. */
async function readHead(file: Deno.FsFile, size: number): Promise<Head | undefined> {
  const before = new Uint8Array(MAGIC.length + LENGTH_DIGITS + DIGITS);
  if (await fill(file, before) < before.length) return undefined;
  const text = new TextDecoder().decode(before);
  const [, digits, digest] =
    new RegExp(`^${MAGIC}(\\d{${LENGTH_DIGITS}})([0-9a-f]{${DIGITS}})$`).exec(text) ?? [];
  const length = Number(digits);
  if (digits === undefined || length > size - before.length) return undefined;
  const line = new Uint8Array(length);
  if (await fill(file, line) < length || await sha256(line) !== digest) return undefined;
  // By its digest it is what was written.
  const head: Head = JSON.parse(new TextDecoder().decode(line));
  const bytes = Object.values(head.arrays).reduce(
    (sum, { kind, length }) => sum + length * (kind === "u8" ? 1 : 4),
    before.length + length,
  );
  return bytes === size ? head : undefined;
}

function partHead(
  name: string,
  { labels, features, filter, texts }: ManyLabelPart,
  arrays: Map<string, Numbers>,
): PartHead {
  return {
    labels: labelsHead(`${name}.labels`, labels, arrays),
    ...(features === undefined
      ? {}
      : { features: featuresHead(`${name}.features`, features, arrays) }),
    ...(filter === undefined ? {} : { filter: labelsHead(`${name}.filter`, filter, arrays) }),
    ...(texts === undefined ? {} : { texts: textsHead(`${name}.texts`, texts, arrays) }),
  };
}

function labelsHead(
  name: string,
  { rows, columns, offsets, labels }: LabelRows,
  arrays: Map<string, Numbers>,
): Shape {
  arrays.set(`${name}.offsets`, offsets).set(`${name}.labels`, labels);
  return { rows, columns };
}

function featuresHead(
  name: string,
  { rows, columns, offsets, indices, values }: FeatureRows,
  arrays: Map<string, Numbers>,
): Shape {
  arrays.set(`${name}.offsets`, offsets).set(`${name}.indices`, indices).set(
    `${name}.values`,
    values,
  );
  return { rows, columns };
}

function textsHead(name: string, { offsets, bytes }: TextRows, arrays: Map<string, Numbers>): true {
  arrays.set(`${name}.offsets`, offsets).set(`${name}.bytes`, bytes);
  return true;
}

function setOf(head: Head, arrays: ReadonlyMap<string, Numbers>): ManyLabelSet {
  const u32 = (name: string): Uint32Array<ArrayBuffer> => {
    const array = arrays.get(name);
    return array instanceof Uint32Array ? array : new Uint32Array(0);
  };
  const labels = (name: string, { rows, columns }: Shape): LabelRows => ({
    ...{ rows, columns, offsets: u32(`${name}.offsets`), labels: u32(`${name}.labels`) },
  });
  const features = (name: string, { rows, columns }: Shape): FeatureRows => {
    const values = arrays.get(`${name}.values`);
    return {
      ...{ rows, columns, offsets: u32(`${name}.offsets`), indices: u32(`${name}.indices`) },
      values: values instanceof Float32Array ? values : new Float32Array(0),
    };
  };
  const texts = (name: string): TextRows => {
    const bytes = arrays.get(`${name}.bytes`);
    return new TextRows({
      offsets: u32(`${name}.offsets`),
      bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(0),
    });
  };
  const part = (name: string, has: PartHead): ManyLabelPart => ({
    ...(has.texts === undefined ? {} : { texts: texts(`${name}.texts`) }),
    ...(has.features === undefined ? {} : { features: features(`${name}.features`, has.features) }),
    labels: labels(`${name}.labels`, has.labels),
    ...(has.filter === undefined ? {} : { filter: labels(`${name}.filter`, has.filter) }),
  });
  const { train, test, labelTexts, labelFeatures } = head;
  return {
    train: part("train", train),
    ...(test === undefined ? {} : { test: part("test", test) }),
    ...(labelTexts === undefined ? {} : { labelTexts: texts("labelTexts") }),
    ...(labelFeatures === undefined
      ? {}
      : { labelFeatures: features("labelFeatures", labelFeatures) }),
  };
}

async function arrayHead(array: Numbers): Promise<ArrayHead> {
  const kind = array instanceof Float32Array ? "f32" : array instanceof Uint32Array ? "u32" : "u8";
  return { kind, length: array.length, digests: await pieceDigests(array) };
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
