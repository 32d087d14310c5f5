/**
 * Reading a text token by token with a decoder: keys and values of what was read are kept, so that a token costs one position.
 *
 * @module
 */
import { COLUMN_TILE } from "../device/kernel.ts";
import { type Gpt, keptBy } from "../models/gpt.ts";
import { linear } from "../ops/linear.ts";
import type { Device } from "../program/device.ts";
import type { Program } from "../program/program.ts";
import { Resource } from "../program/resource.ts";

/**
 * Reads texts with a GPT, a token after the other. Dispose of it to give back what it keeps.
 *
 * @example
 * ```ts
 * import { createDevice, gpt } from "@filigree/filigree";
 * import { Decoding } from "@filigree/filigree/runs";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const model = gpt({ size: { layers: 1, features: 8, heads: 2 }, vocabulary: 5, positions: 4 });
 * using decoding = await Decoding.open(device, model);
 * decoding.read(3);
 * decoding.read(1);
 * console.assert((await decoding.logits()).length === 5 && decoding.place === 2);
 * ```
 */
export class Decoding implements Disposable {
  /** What tokens are below. */
  readonly vocabulary: number;
  /** Most tokens of a text that are seen. */
  readonly positions: number;
  readonly #program: Program;
  readonly #tokens = new Uint32Array(COLUMN_TILE);
  readonly #places = new Uint32Array(COLUMN_TILE);
  readonly #mask: Float32Array;
  readonly #here: Float32Array;
  #place = 0;

  private constructor(program: Program, vocabulary: number, positions: number) {
    this.#program = program;
    this.vocabulary = vocabulary;
    this.positions = positions;
    this.#mask = new Float32Array(positions * COLUMN_TILE);
    this.#here = new Float32Array(positions * COLUMN_TILE);
  }

  /**
   * Begins with a text that is empty.
   *
   * @throws {TypeError} if the model is no GPT.
   */
  static async open(device: Device, model: Gpt): Promise<Decoding> {
    const { blocks, features, vocabulary, positions } = keptBy(model);
    // A text fills one column; kernels take whole tiles of them.
    const length = features * positions * COLUMN_TILE;
    const keep = (label: string): Resource =>
      new Resource({ label, type: "f32", length, category: "program" });
    const kept = Array.from({ length: blocks }, (_, i) => ({
      keys: keep(`keys ${i}`),
      values: keep(`values ${i}`),
    }));
    const program = await device.compile(
      [
        { shape: [1, COLUMN_TILE], type: "u32" },
        { shape: [1, COLUMN_TILE], type: "u32" },
        { shape: [positions, COLUMN_TILE], type: "f32" },
        { shape: [positions, 1, COLUMN_TILE], type: "f32" },
      ],
      (tokens, places, mask, here) => {
        const { hidden, head } = model({ tokens, places, mask, here, kept });
        return linear(hidden, head.table);
      },
    );
    return new Decoding(program, vocabulary, positions);
  }

  /** Tokens that were read since the text began. */
  get place(): number {
    return this.#place;
  }

  /** Whether no further token can be read before another text begins. */
  get isFull(): boolean {
    return this.#place === this.positions;
  }

  /** Begins with another text. */
  restart(): void {
    this.#place = 0;
    this.#mask.fill(0);
  }

  /**
   * Reads the next token of the text.
   *
   * @throws {RangeError} if it is none, or there are as many as there are positions.
   */
  read(token: number): void {
    if (this.isFull) {
      throw new RangeError(
        `Cannot read a token at position ${this.#place}: the model has ${this.positions}; expected a text that begins anew`,
      );
    }
    const [begin, end] = [this.#place * COLUMN_TILE, (this.#place + 1) * COLUMN_TILE];
    this.#tokens.fill(token);
    this.#places.fill(this.#place);
    this.#mask.fill(1, begin, end);
    this.#here.fill(0).fill(1, begin, end);
    this.#program.run([this.#tokens, this.#places, this.#mask, this.#here]);
    this.#place++;
  }

  /** The logits of the token behind the one that was read last. */
  async logits(): Promise<Float32Array> {
    const all = await this.#program.floats(0);
    return Float32Array.from({ length: this.vocabulary }, (_, token) => all[token * COLUMN_TILE]);
  }

  /** Gives back the memory. */
  [Symbol.dispose](): void {
    this.#program.dispose();
  }
}
