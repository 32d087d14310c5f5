/**
 * Writes rows in the text formats that other programs for many labels read. A file appears when all of it is on the disk.
 *
 * @module
 */
import { openAtomically } from "../../runtime/atomic_files.ts";
import type { FeatureRows, LabelRows } from "./rows.ts";
import type { LabelledRows } from "./sparse_text.ts";

/** Characters that are written at a time. */
const AT_ONCE = 1 << 20;

const ENCODER = new TextEncoder();

/**
 * Writes labels and features into one file: `rows features labels`, then a row a line, as `readSparseText` reads them.
 *
 * Numbers are the shortest ones that are read as the same f32.
 *
 * @throws {RangeError} if there are features for more or fewer rows than labels.
 * @example
 * ```ts
 * import { writeSparseText } from "@filigree/filigree/files";
 *
 * const offsets = Uint32Array.of(0, 1);
 * const features = { rows: 1, columns: 2, offsets, indices: Uint32Array.of(1), values: Float32Array.of(0.1) };
 * const labels = { rows: 1, columns: 3, offsets, labels: Uint32Array.of(2) };
 * const path = await Deno.makeTempFile();
 * await writeSparseText(path, { features, labels });
 * console.assert(await Deno.readTextFile(path) === "1 2 3\n2 1:0.1\n");
 * await Deno.remove(path);
 * ```
 */
export async function writeSparseText(
  path: string | URL,
  { features, labels }: LabelledRows,
): Promise<void> {
  if (features.rows !== labels.rows) {
    throw new RangeError(
      `Cannot write rows: there are features of ${features.rows} and labels of ${labels.rows}; expected as many of both`,
    );
  }
  await writeLines(path, function* () {
    yield `${features.rows} ${features.columns} ${labels.columns}`;
    for (let row = 0; row < features.rows; row++) {
      const applying = labels.labels.subarray(labels.offsets[row], labels.offsets[row + 1]);
      const pairs = pairsOf(features, row);
      // Where there are no labels the line begins with a space.
      yield applying.length === 0 && pairs === "" ? "" : `${applying.join()} ${pairs}`.trimEnd();
    }
  });
}

/**
 * Writes features into a file of their own: `rows columns`, then a row a line, as `readFeatureText` reads them.
 *
 * @example
 * ```ts
 * import { writeFeatureText } from "@filigree/filigree/files";
 *
 * const path = await Deno.makeTempFile();
 * const lists = { offsets: Uint32Array.of(0, 1), indices: Uint32Array.of(1), values: Float32Array.of(0.1) };
 * await writeFeatureText(path, { rows: 1, columns: 2, ...lists });
 * console.assert(await Deno.readTextFile(path) === "1 2\n1:0.1\n");
 * await Deno.remove(path);
 * ```
 */
export async function writeFeatureText(path: string | URL, features: FeatureRows): Promise<void> {
  await writeLines(path, function* () {
    yield `${features.rows} ${features.columns}`;
    for (let row = 0; row < features.rows; row++) yield pairsOf(features, row);
  });
}

/**
 * Writes labels into a file of their own, each with the value 1, as `readLabelText` reads them.
 *
 * @example
 * ```ts
 * import { writeLabelText } from "@filigree/filigree/files";
 *
 * const path = await Deno.makeTempFile();
 * const lists = { offsets: Uint32Array.of(0, 2), labels: Uint32Array.of(0, 2) };
 * await writeLabelText(path, { rows: 1, columns: 3, ...lists });
 * console.assert(await Deno.readTextFile(path) === "1 3\n0:1 2:1\n");
 * await Deno.remove(path);
 * ```
 */
export async function writeLabelText(path: string | URL, labels: LabelRows): Promise<void> {
  await writeLines(path, function* () {
    yield `${labels.rows} ${labels.columns}`;
    for (let row = 0; row < labels.rows; row++) {
      const applying = labels.labels.subarray(labels.offsets[row], labels.offsets[row + 1]);
      yield Array.from(applying, (label) => `${label}:1`).join(" ");
    }
  });
}

/**
 * Writes lines into a file in the place of another one, if there is one.
 *
 * @param lines Gives each line without its end.
 * @throws {FileWriteError} if the file cannot be written; an earlier one of that name survives.
 */
export async function writeLines(
  path: string | URL,
  lines: () => Iterable<string>,
): Promise<void> {
  await using file = await openAtomically(path, "lines");
  let text = "";
  for (const line of lines()) {
    text += `${line}\n`;
    if (text.length < AT_ONCE) continue;
    await file.write(ENCODER.encode(text));
    text = "";
  }
  await file.write(ENCODER.encode(text));
  await file.commit();
}

function pairsOf({ offsets, indices, values }: FeatureRows, row: number): string {
  const pairs: string[] = [];
  for (let i = offsets[row]; i < offsets[row + 1]; i++) {
    pairs.push(`${indices[i]}:${shortest(values[i])}`);
  }
  return pairs.join(" ");
}

/** The shortest decimal that is read as an f32. */
function shortest(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 24) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}
