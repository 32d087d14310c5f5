/**
 * Arrays that grow while a file is read: in pieces, so that nothing is copied until all is there.
 *
 * @module
 */
import type { FeatureRows, LabelRows } from "./rows.ts";

/** Numbers of the first piece, so that a small file takes little, and of the largest one. */
const FIRST_PIECE = 1 << 10, LARGEST_PIECE = 1 << 20;

/** Most numbers of all rows together: offsets are u32. */
const MOST = 2 ** 32 - 1;

/** Most numbers of one row, so that a number with its place is a double. */
export const LONGEST_ROW: number = 1 << 21;

/** Arrays that can grow. */
type Numbers = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** An array that grows at its end. */
export class Growing<A extends Numbers> {
  readonly #make: (length: number) => A;
  /** All of them full but the last one. */
  readonly #pieces: A[] = [];
  #last: A;
  /** Numbers in the last one. */
  #used = 0;
  #length = 0;

  /** @param make Makes an array of zeros. */
  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#last = make(0);
  }

  /** How many numbers it has. */
  get length(): number {
    return this.#length;
  }

  /** Appends a number. */
  push(value: number): void {
    if (this.#used === this.#last.length) this.#grow();
    this.#last[this.#used++] = value;
    this.#length++;
  }

  /** Appends the first `count` numbers of an array. */
  append(numbers: A, count: number): void {
    for (let done = 0; done < count;) {
      if (this.#used === this.#last.length) this.#grow();
      const some = Math.min(this.#last.length - this.#used, count - done);
      this.#last.set(numbers.subarray(done, done + some), this.#used);
      this.#used += some;
      done += some;
    }
    this.#length += count;
  }

  /** All of it, in one array; nothing is left here. */
  take(): A {
    const whole = this.#make(this.#length);
    let at = 0;
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      const some = piece.subarray(0, Math.min(piece.length, this.#length - at));
      whole.set(some, at);
      at += some.length;
    }
    this.#last = this.#make(0);
    this.#used = this.#length = 0;
    return whole;
  }

  #grow(): void {
    this.#last = this.#make(Math.min(LARGEST_PIECE, Math.max(FIRST_PIECE, this.#length)));
    this.#pieces.push(this.#last);
    this.#used = 0;
  }
}

/** Rows that grow at their end. A row is collected in any order; when it ends it is sorted, and what is in it twice is one. */
export class RowBuilder {
  #rows = 0;
  #highest = -1;
  readonly #offsets: Growing<Uint32Array<ArrayBuffer>> = new Growing((n) => new Uint32Array(n));
  readonly #indices: Growing<Uint32Array<ArrayBuffer>> = new Growing((n) => new Uint32Array(n));
  readonly #values: Growing<Float32Array<ArrayBuffer>> | undefined;
  #row: Uint32Array<ArrayBuffer> = new Uint32Array(1024);
  #rowValues: Float32Array<ArrayBuffer> = new Float32Array(1024);
  #count = 0;
  #sorted = true;

  /** @param values Whether the numbers have values: those of an index that comes twice are added. */
  constructor(values: boolean) {
    this.#values = values ? new Growing((n) => new Float32Array(n)) : undefined;
    this.#offsets.push(0);
  }

  /** Rows that ended. */
  get rows(): number {
    return this.#rows;
  }

  /** Numbers of the row that has not ended. */
  get count(): number {
    return this.#count;
  }

  /** One more than the highest number of any row. */
  get columns(): number {
    return this.#highest + 1;
  }

  /** Whether there is no room for another number: in the row, or in all of them. */
  get isFull(): boolean {
    return this.#count === LONGEST_ROW || this.#indices.length + this.#count === MOST;
  }

  /**
   * Puts a number into the row, with its value.
   *
   * @throws {RangeError} if the row has no room for it.
   */
  add(index: number, value = 1): void {
    if (this.#count === this.#row.length) this.#widen();
    if (this.#count > 0 && index <= this.#row[this.#count - 1]) this.#sorted = false;
    this.#row[this.#count] = index;
    this.#rowValues[this.#count++] = value;
  }

  /** Ends the row. */
  end(): void {
    if (!this.#sorted) this.#sort();
    const count = this.#count;
    if (count > 0) this.#highest = Math.max(this.#highest, this.#row[count - 1]);
    this.#indices.append(this.#row, count);
    this.#values?.append(this.#rowValues, count);
    this.#offsets.push(this.#indices.length);
    this.#rows++;
    this.#count = 0;
    this.#sorted = true;
  }

  /** The rows as labels; nothing is left here. */
  takeLabels(columns: number): LabelRows {
    const offsets = this.#offsets.take();
    return { rows: this.#rows, columns, offsets, labels: this.#indices.take() };
  }

  /** The rows as features; nothing is left here. */
  takeFeatures(columns: number): FeatureRows {
    const offsets = this.#offsets.take();
    const indices = this.#indices.take();
    return {
      ...{ rows: this.#rows, columns, offsets, indices },
      values: this.#values?.take() ?? new Float32Array(indices.length).fill(1),
    };
  }

  #widen(): void {
    if (this.#row.length === LONGEST_ROW) {
      throw new RangeError(
        `Cannot add to row ${this.#rows}: it has ${LONGEST_ROW} numbers; expected no more`,
      );
    }
    const [row, values] = [this.#row, this.#rowValues];
    this.#row = new Uint32Array(2 * row.length);
    this.#rowValues = new Float32Array(2 * row.length);
    this.#row.set(row);
    this.#rowValues.set(values);
  }

  #sort(): void {
    const [row, values, count] = [this.#row, this.#rowValues, this.#count];
    const keys = Float64Array.from({ length: count }, (_, i) => row[i] * LONGEST_ROW + i).sort();
    const unsorted = values.slice(0, count);
    let last = -1, kept = 0;
    for (const key of keys) {
      const index = Math.floor(key / LONGEST_ROW);
      const value = unsorted[key % LONGEST_ROW];
      if (index === last) values[kept - 1] += value;
      else {
        row[kept] = index;
        values[kept++] = value;
      }
      last = index;
    }
    this.#count = kept;
  }
}
