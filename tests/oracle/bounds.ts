/**
 * How far a float32 result may lie from the float64 one.
 *
 * WGSL promises of `+`, `-` and `*` one of the two neighbours of the true result, a relative error below
 * {@linkcode ULP} = 2^-23 (WASM rounds to nearest: half of that). A sum of n products, in whatever order, fused or
 * not, then errs by at most `(n + 2) * ULP * A` with A the sum of the terms' magnitudes: every term goes through its
 * own multiplication and at most n additions; one further operation remains for an epilogue.
 *
 * WGSL lets a division err by 2.5 units in the last place, a square root by 4.5 (it is `1 / inverseSqrt`, with 2 for
 * the inverse root), exp(x) by 3 + 2 |x|, and log by 2^-21 on [0.5, 2] and 3 units elsewhere; the WASM kernels stay
 * inside the same limits. It also lets values below 2^-126 be taken for 0 on the way in and out, which
 * {@linkcode MIN_NORMAL} pays for.
 *
 * @module
 */

/** Relative error of one float32 operation in WGSL. */
export const ULP = 2 ** -23;

/** The smallest normal float32: anything below may be taken for 0. */
export const MIN_NORMAL = 2 ** -126;

/** Relative error of a WGSL division. */
export const DIVISION = 2.5 * ULP;

/** Relative error of a WGSL square root. */
export const SQUARE_ROOT = 4.5 * ULP;

/**
 * Most additions that a term of a long sum goes through where kernels add parts first: softmax, means, sums of rows, norms,
 * statistics. A sum of three million terms one by one would be off by percents.
 */
export const CHAIN = 4096;

/** A sum under way: its value, and what bounds its error. */
export class Sum {
  /** The sum. */
  value = 0;
  /** Sum of the terms' magnitudes: A in the module comment. */
  magnitude = 0;
  /** Number of terms: n in the module comment. */
  terms = 0;
  #flush = 0;
  readonly #chain: number;

  /** @param chain Most additions that a term goes through; by default as many as there are terms. */
  constructor(chain = Infinity) {
    this.#chain = chain;
  }

  /** Adds a number. */
  add(term: number): void {
    this.value += term;
    this.magnitude += Math.abs(term);
    this.terms++;
    this.#flush += MIN_NORMAL;
  }

  /** Adds a product of two float32 numbers. */
  product(a: number, b: number): void {
    this.value += a * b;
    this.magnitude += Math.abs(a * b);
    this.terms++;
    // Losing a factor below MIN_NORMAL loses at most MIN_NORMAL times the other; losing the product, MIN_NORMAL.
    this.#flush += MIN_NORMAL * (1 + Math.abs(a) + Math.abs(b));
  }

  /** How far a float32 sum may lie from this one. */
  get bound(): number {
    if (this.terms === 0) return 0;
    return (Math.min(this.terms, this.#chain) + 2) * ULP * this.magnitude + this.#flush;
  }
}
