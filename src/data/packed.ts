/**
 * Features that stay bytes up to the device, which looks up what each stands for: on the host a quarter of the memory is moved,
 * and nothing is computed.
 *
 * @module
 */
import { Random } from "../device/random.ts";
import { type Augmentation, place, shownBy } from "./augment.ts";
import { checkBatchSize } from "./check.ts";
import { type Examples, featureScale, normalizationsOf } from "./dataset.ts";
import { columnsOf } from "./source.ts";

/** Most parts of an example with a normalization each: a device has 256 numbers of every part at hand. */
const MOST_PARTS = 8;

/** Examples whose features are bytes. */
export interface ByteExamples extends Examples {
  /** `[examples, inputs]`, row-major. */
  readonly features: Uint8Array;
}

/** Whether the features of examples are bytes. */
export function haveBytes(data: Examples): data is ByteExamples {
  return data.features instanceof Uint8Array;
}

/**
 * What bytes of features stand for, `[parts, 256]` for equal parts of an example with a normalization each: the numbers that
 * `FeatureColumns` has in their places, bit for bit.
 *
 * @param augmented Whether pictures are augmented: what makes numbers of them then is another formula, which rounds otherwise.
 * @returns `undefined` where features are no bytes, have too many parts, or a byte stands for no finite number.
 */
export function byteTableOf(data: Examples, augmented: boolean): Float32Array | undefined {
  const parts = normalizationsOf(data);
  if (!haveBytes(data) || parts.length > MOST_PARTS) return undefined;
  const scale = featureScale(data);
  const table = Float32Array.from({ length: 256 * parts.length }, (_, i) => {
    const byte = i % 256;
    const { mean, deviation } = parts[(i - byte) / 256];
    return augmented
      ? (byte * scale - mean) / deviation
      : byte * (scale / deviation) + -mean / deviation;
  });
  return table.every(Number.isFinite) ? table : undefined;
}

/** Bytes of examples as columns, `[ceil(inputs / 4), columns]`: byte `i % 4`, from the lowest, of word `floor(i / 4)` is feature i. */
export class FeatureWords {
  readonly #data: ByteExamples;
  readonly #seed: number;
  readonly #augmentations: readonly Augmentation[];
  readonly #columns: number;
  readonly #numbers: Uint32Array | undefined;
  /** Words of an example. */
  readonly #height: number;
  readonly #words: Uint32Array;
  /** Where an example is put that is no words in memory, or is shown otherwise than it is stored. */
  readonly #row: Uint8Array;
  /** The features as words, where they are some. */
  readonly #stored: Uint32Array | undefined;

  /**
   * Takes the memory of one batch; the examples were checked, and what is augmented are pictures.
   *
   * @throws {RangeError} if the batch size is not a whole number above 0.
   */
  constructor(
    data: ByteExamples,
    { batchSize, seed, augment = [], numbers }: {
      readonly batchSize: number;
      readonly seed: number;
      readonly augment?: readonly Augmentation[];
      /** What examples are called that the data are a part of, by which they are augmented; as they are numbered by default. */
      readonly numbers?: Uint32Array;
    },
  ) {
    checkBatchSize(data, batchSize);
    const { features: { buffer, byteOffset, length }, inputs } = data;
    this.#data = data;
    this.#seed = seed;
    this.#augmentations = augment;
    this.#numbers = numbers;
    this.#columns = columnsOf(batchSize);
    this.#height = Math.ceil(inputs / 4);
    this.#words = new Uint32Array(this.#height * this.#columns);
    this.#row = new Uint8Array(4 * this.#height);
    // In the order of bytes that WASM has, and every machine that runs it.
    const areWords = augment.length === 0 && inputs % 4 === 0 && byteOffset % 4 === 0;
    this.#stored = areWords ? new Uint32Array(buffer, byteOffset, length / 4) : undefined;
  }

  /** Those of the chosen examples, as an epoch shows them; the array is filled again the next time. */
  fill(chosen: Uint32Array, epoch: number): Uint32Array {
    const words = this.#words, columns = this.#columns;
    if (this.#stored === undefined) {
      chosen.forEach((example, column) => this.#pack(this.#shown(example, epoch), column));
    } else {
      this.#transpose(this.#stored, chosen);
    }
    for (let row = 0; chosen.length < columns && row < words.length; row += columns) {
      words.fill(0, row + chosen.length, row + columns);
    }
    return words;
  }

  /** Writes words of the chosen examples to their columns; eight examples at a time, as `FeatureColumns` does. */
  #transpose(stored: Uint32Array, chosen: Uint32Array): void {
    const words = this.#words, columns = this.#columns, height = this.#height;
    const whole = chosen.length - chosen.length % 8;
    for (let column = 0; column < whole; column += 8) {
      const [a, b, c, d, e, f, g, h] = chosen.subarray(column, column + 8);
      let r0 = a * height, r1 = b * height, r2 = c * height, r3 = d * height;
      let r4 = e * height, r5 = f * height, r6 = g * height, r7 = h * height;
      for (let i = 0, at = column; i < height; i++, at += columns) {
        words[at] = stored[r0++];
        words[at + 1] = stored[r1++];
        words[at + 2] = stored[r2++];
        words[at + 3] = stored[r3++];
        words[at + 4] = stored[r4++];
        words[at + 5] = stored[r5++];
        words[at + 6] = stored[r6++];
        words[at + 7] = stored[r7++];
      }
    }
    for (let column = whole; column < chosen.length; column++) {
      const first = chosen[column] * height;
      for (let i = 0; i < height; i++) words[i * columns + column] = stored[first + i];
    }
  }

  /** The bytes of an example as an epoch shows them; overwritten by the next one. */
  #shown(example: number, epoch: number): Uint8Array {
    const { features, inputs, image } = this.#data;
    const augment = this.#augmentations, row = this.#row;
    const first = example * inputs;
    if (augment.length > 0 && image !== undefined) {
      const stream = this.#numbers?.[example] ?? example;
      const random = new Random({ seed: this.#seed, use: "noise", stream, step: epoch });
      const placement = shownBy(augment, random, image);
      place(features, first, image, placement, (byte) => byte, row, 0, 1);
    } else {
      row.set(features.subarray(first, first + inputs));
    }
    return row;
  }

  #pack(row: Uint8Array, column: number): void {
    const words = this.#words, columns = this.#columns;
    for (let i = 0, at = column; i < row.length; i += 4, at += columns) {
      words[at] = row[i] | row[i + 1] << 8 | row[i + 2] << 16 | row[i + 3] << 24;
    }
  }
}
