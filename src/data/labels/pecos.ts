/**
 * Sparse matrices as SciPy saves them (`scipy.sparse.save_npz` of a CSR matrix): what PECOS reads and writes.
 *
 * @module
 */
import { type ArrayHead, AT_ONCE, requireLength } from "../arrays.ts";
import { DataFormatError } from "../errors.ts";
import type { DataSource } from "../files.ts";
import { npyHead } from "../npy.ts";
import { RowBuilder } from "./growing.ts";
import type { FeatureRows, LabelRows } from "./rows.ts";
import { zipSources } from "./zip.ts";

/** A matrix as it is in its file. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

/**
 * Reads the features of `X.trn.npz`. Of a number that comes twice in a row the values are added.
 *
 * @throws {DataFormatError} if the file is damaged or no CSR matrix, or a value is not finite.
 */
export async function readPecosFeatures(source: DataSource): Promise<FeatureRows> {
  const matrix = await readMatrix(source);
  if (isSorted(matrix)) return matrix;
  return rebuilt(matrix, true).takeFeatures(matrix.columns);
}

/**
 * Reads the labels of `Y.trn.npz`. A label with the value 0 does not apply.
 *
 * @throws {DataFormatError} as {@linkcode readPecosFeatures} does.
 */
export async function readPecosLabels(source: DataSource): Promise<LabelRows> {
  const matrix = await readMatrix(source);
  const { rows, columns, offsets, indices, values } = matrix;
  if (isSorted(matrix) && !values.includes(0)) return { rows, columns, offsets, labels: indices };
  return rebuilt(matrix, false).takeLabels(columns);
}

async function readMatrix(source: DataSource): Promise<Matrix> {
  const files = await zipSources(source);
  const fileOf = (name: string): DataSource => {
    const file = files.get(`${name}.npy`);
    if (file !== undefined) return file;
    throw new DataFormatError(
      source.file,
      0,
      `there is no "${name}.npy" in it; expected a CSR matrix, as scipy.sparse.save_npz(file, x.tocsr()) writes it`,
    );
  };
  await requireCsr(fileOf("format"), source.file);
  const [shape, offsets, indices] = [
    await wholeNumbers(await npyHead(fileOf("shape"))),
    await wholeNumbers(await npyHead(fileOf("indptr"))),
    await wholeNumbers(await npyHead(fileOf("indices"))),
  ];
  const values = await numbersOf(await npyHead(fileOf("data")), (n) => new Float32Array(n));
  const [rows, columns] = shape;
  const matrix = { rows, columns, offsets, indices, values };
  requireMatrix(matrix, shape.length, source.file);
  return matrix;
}

async function requireCsr(format: DataSource, file: string): Promise<void> {
  const bytes = new Uint8Array(format.size);
  using reader = await format.open();
  await reader.read(bytes);
  // Behind the header are three letters, of one byte each or of four.
  const kind = new TextDecoder().decode(bytes.subarray(-12).filter((byte) => byte > 0x20)).slice(
    -3,
  );
  if (kind === "csr") return;
  throw new DataFormatError(
    file,
    0,
    `the matrix is "${kind}"; expected "csr", as x.tocsr() makes it`,
  );
}

async function wholeNumbers(head: ArrayHead): Promise<Uint32Array<ArrayBuffer>> {
  return await numbersOf(head, (n) => new Uint32Array(n));
}

/** The numbers of an array in a file. */
async function numbersOf<A extends Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(
  head: ArrayHead,
  make: (length: number) => A,
): Promise<A> {
  const { source, element, little, offset } = head;
  const count = await requireLength(head);
  const numbers = make(count);
  using reader = await source.open();
  await reader.read(new Uint8Array(offset));
  const piece = new Uint8Array(AT_ONCE * element.size);
  const view = new DataView(piece.buffer);
  for (let first = 0; first < count; first += AT_ONCE) {
    const some = Math.min(AT_ONCE, count - first);
    await reader.read(piece.subarray(0, some * element.size));
    for (let i = 0; i < some; i++) {
      const value = element.read(view, i * element.size, little);
      numbers[first + i] = value;
      const kept = numbers[first + i];
      if (numbers instanceof Uint32Array ? kept === value : Number.isFinite(kept)) continue;
      throw new DataFormatError(
        source.file,
        offset + (first + i) * element.size,
        `number ${first + i} is ${value}; expected ${
          numbers instanceof Uint32Array ? "a whole number from 0" : "a finite one"
        } in the range of ${numbers instanceof Uint32Array ? "u32" : "f32"}`,
      );
    }
  }
  // At the end the checksum is compared.
  await reader.read(new Uint8Array(1));
  return numbers;
}

function requireMatrix(
  { rows, columns, offsets, indices, values }: Matrix,
  rank: number,
  file: string,
): void {
  const fail = (why: string): never => {
    throw new DataFormatError(file, 0, `${why}; expected a CSR matrix`);
  };
  if (rank !== 2) fail(`the shape has ${rank} sizes`);
  if (indices.length !== values.length) {
    fail(`there are ${indices.length} indices and ${values.length} values`);
  }
  if (offsets.length !== rows + 1) fail(`${rows} rows have ${offsets.length} ends`);
  const wrong = offsets.findIndex((offset, i) => offset < (i === 0 ? 0 : offsets[i - 1]));
  if (wrong >= 0 || offsets[0] !== 0 || offsets[rows] !== indices.length) {
    fail("the ends of the rows do not ascend from 0 to the number of indices");
  }
  const outside = indices.findIndex((index) => index >= columns);
  if (outside >= 0) fail(`index ${outside} is ${indices[outside]} of ${columns} columns`);
}

/** Whether the numbers of every row ascend. */
function isSorted({ rows, offsets, indices }: Matrix): boolean {
  for (let row = 0; row < rows; row++) {
    for (let i = offsets[row] + 1; i < offsets[row + 1]; i++) {
      if (indices[i] <= indices[i - 1]) return false;
    }
  }
  return true;
}

function rebuilt({ rows, offsets, indices, values }: Matrix, features: boolean): RowBuilder {
  const builder = new RowBuilder(features);
  for (let row = 0; row < rows; row++) {
    for (let i = offsets[row]; i < offsets[row + 1]; i++) {
      if (features || values[i] !== 0) builder.add(indices[i], values[i]);
    }
    builder.end();
  }
  return builder;
}
