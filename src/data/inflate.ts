/**
 * DEFLATE (RFC 1951), read piece by piece. The platform's own decompression hides where a stream ends, so it cannot read
 * several members of gzip in one file, and it gives what a piece expands to all at once.
 *
 * @module
 */

/** Longest code, in bits. */
const LONGEST = 15;

/** Bits of a code that one look into the table decides. */
const ROOT = 10;
const ROOT_MASK = (1 << ROOT) - 1;

/** Farthest that a copy reaches back. */
const WINDOW = 32768;

/** Bytes of the ring that is written to: the window, and as much that is yet to be taken. */
const RING = 2 * WINDOW;
const MASK = RING - 1;

/** Longest copy. */
const LONGEST_COPY = 258;

/** Order in which lengths of codes of lengths are stored. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** First length of each symbol from 257 on, and bits that are added to it. */
const LENGTH_BASE = [
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31],
  ...[35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258],
];
const LENGTH_EXTRA = LENGTH_BASE.map((_, i) => i < 8 || i === 28 ? 0 : (i >> 2) - 1);

/** First distance of each symbol, and bits that are added to it. */
const DISTANCE_EXTRA = Array.from({ length: 30 }, (_, i) => i < 4 ? 0 : (i >> 1) - 1);
const DISTANCE_BASE = DISTANCE_EXTRA.map((bits, i) => i < 4 ? i + 1 : 1 + ((2 + (i & 1)) << bits));

/** A code: what the next bits stand for. */
interface Code {
  /** By the next {@linkcode ROOT} bits: symbol * 16 + bits of its code; 0 where the code is longer or there is none. */
  readonly table: Uint16Array;
  /** Number of codes of each length. */
  readonly counts: Uint16Array;
  /** Symbols, by length of their codes and by number. */
  readonly symbols: Uint16Array;
}

/** What is wrong with a compressed stream. */
export class InflateError extends SyntaxError {
  /** The name of the class. */
  override readonly name: string = "InflateError";
}

/** Decompresses one stream of DEFLATE that lies in an array. */
export class Inflater {
  readonly #source: Uint8Array;
  readonly #ring: Uint8Array<ArrayBuffer> = new Uint8Array(RING);
  /** Bytes written and bytes taken, in all. */
  #written = 0;
  #taken = 0;
  #at: number;
  #bits = 0;
  #held = 0;
  #last = false;
  /** What the present block is: none, bytes as they are, or codes. */
  #block: "none" | "stored" | "codes" = "none";
  #stored = 0;
  #literals: Code = FIXED_LITERALS;
  #distances: Code = FIXED_DISTANCES;

  /** A stream that begins at a byte of `source`. */
  constructor(source: Uint8Array, at: number) {
    this.#source = source;
    this.#at = at;
  }

  /** Byte behind what was read so far; behind the stream when it has ended. */
  get position(): number {
    return this.#at - (this.#held >> 3);
  }

  /**
   * The next bytes: at most {@linkcode WINDOW} of them, none at the end. They are overwritten by later calls.
   *
   * @throws {InflateError} if the stream is damaged or ends too early.
   */
  next(): Uint8Array {
    while (this.#written - this.#taken < WINDOW - LONGEST_COPY) {
      if (this.#block === "none") {
        if (this.#last) break;
        this.#begin();
      } else if (this.#block === "stored") this.#copyStored();
      else this.#decode();
    }
    const from = this.#taken & MASK;
    const to = Math.min(RING, from + this.#written - this.#taken);
    this.#taken += to - from;
    return this.#ring.subarray(from, to);
  }

  /** Reads the head of a block. */
  #begin(): void {
    this.#last = this.#take(1) === 1;
    const kind = this.#take(2);
    if (kind === 0) {
      this.#at = this.position;
      this.#bits = this.#held = 0;
      this.#stored = this.#take(16);
      if ((this.#take(16) ^ 0xffff) !== this.#stored) {
        throw new InflateError("the length of a stored block does not match its complement");
      }
      this.#block = "stored";
      return;
    }
    if (kind === 3) throw new InflateError("a block has the kind 3");
    if (kind === 1) {
      this.#literals = FIXED_LITERALS;
      this.#distances = FIXED_DISTANCES;
    } else this.#readCodes();
    this.#block = "codes";
  }

  #copyStored(): void {
    const from = this.#written & MASK;
    const room = Math.min(RING - from, WINDOW - (this.#written - this.#taken));
    const count = Math.min(this.#stored, room);
    if (this.#at + count > this.#source.length) throw endsEarly();
    this.#ring.set(this.#source.subarray(this.#at, this.#at + count), from);
    this.#at += count;
    this.#written += count;
    this.#stored -= count;
    if (this.#stored === 0) this.#block = "none";
  }

  /** Reads symbols until the block ends or the ring has as much as {@linkcode next} gives. */
  #decode(): void {
    const ring = this.#ring;
    const limit = this.#taken + WINDOW - LONGEST_COPY;
    let written = this.#written;
    while (written < limit) {
      written = this.#decodeLiterals(written, limit);
      if (written >= limit) break;
      const symbol = this.#symbol(this.#literals);
      if (symbol < 256) {
        ring[written++ & MASK] = symbol;
        continue;
      }
      if (symbol === 256) {
        this.#block = "none";
        break;
      }
      const kind = symbol - 257;
      if (kind >= LENGTH_BASE.length) throw new InflateError(`there is no length ${symbol}`);
      const length = LENGTH_BASE[kind] + this.#take(LENGTH_EXTRA[kind]);
      const far = this.#symbol(this.#distances);
      if (far >= DISTANCE_BASE.length) throw new InflateError(`there is no distance ${far}`);
      const distance = DISTANCE_BASE[far] + this.#take(DISTANCE_EXTRA[far]);
      if (distance > written) throw new InflateError("a copy reaches back before the beginning");
      const end = written + length;
      for (let from = written - distance; written < end;) {
        ring[written++ & MASK] = ring[from++ & MASK];
      }
    }
    this.#written = written;
  }

  /** Writes literals of short codes, while there is more to read than any of them; stops before anything else. */
  #decodeLiterals(written: number, limit: number): number {
    const ring = this.#ring, source = this.#source, { table } = this.#literals;
    const safe = source.length - 4;
    let bits = this.#bits, held = this.#held, at = this.#at;
    while (written < limit && at < safe) {
      while (held < 16) {
        bits |= source[at++] << held;
        held += 8;
      }
      const entry = table[bits & ROOT_MASK];
      // A literal's entry is below 256 * 16; that of no short code is 0.
      if (entry >= 4096 || entry === 0) break;
      ring[written++ & MASK] = entry >> 4;
      bits >>>= entry & 15;
      held -= entry & 15;
    }
    this.#bits = bits;
    this.#held = held;
    this.#at = at;
    return written;
  }

  /** Reads the two codes of a block. */
  #readCodes(): void {
    const literals = this.#take(5) + 257, distances = this.#take(5) + 1, count = this.#take(4) + 4;
    if (literals > 286 || distances > 30) {
      throw new InflateError(`a block has ${literals} literals and ${distances} distances`);
    }
    const small = new Uint8Array(19);
    for (const place of ORDER.slice(0, count)) small[place] = this.#take(3);
    const code = codeOf(small);
    const lengths = new Uint8Array(literals + distances);
    for (let i = 0; i < lengths.length;) {
      const symbol = this.#symbol(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new InflateError("a first length repeats none");
      const value = symbol === 16 ? lengths[i - 1] : 0;
      const times = symbol === 16
        ? 3 + this.#take(2)
        : symbol === 17
        ? 3 + this.#take(3)
        : 11 + this.#take(7);
      if (i + times > lengths.length) throw new InflateError("there are too many lengths of codes");
      lengths.fill(value, i, i + times);
      i += times;
    }
    if (lengths[256] === 0) throw new InflateError("a block has no end");
    this.#literals = codeOf(lengths.subarray(0, literals));
    this.#distances = codeOf(lengths.subarray(literals));
  }

  #take(count: number): number {
    while (this.#held < count) {
      if (this.#at >= this.#source.length) throw endsEarly();
      this.#hold();
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#held -= count;
    return value;
  }

  /** Holds the bits of one more byte. */
  #hold(): void {
    this.#bits |= this.#source[this.#at++] << this.#held;
    this.#held += 8;
  }

  #symbol({ table, counts, symbols }: Code): number {
    while (this.#held < LONGEST && this.#at < this.#source.length) this.#hold();
    const entry = table[this.#bits & ROOT_MASK];
    const length = entry & 15;
    if (length !== 0) {
      if (length > this.#held) throw endsEarly();
      this.#bits >>>= length;
      this.#held -= length;
      return entry >> 4;
    }
    // Bit by bit: the codes of a length are consecutive numbers, and so are their places.
    let number = 0, first = 0, place = 0;
    for (let bits = 1; bits <= LONGEST; bits++) {
      number |= (this.#bits >> (bits - 1)) & 1;
      const count = counts[bits];
      if (number - first < count) {
        if (bits > this.#held) throw endsEarly();
        this.#bits >>>= bits;
        this.#held -= bits;
        return symbols[place + number - first];
      }
      place += count;
      first = (first + count) << 1;
      number <<= 1;
    }
    throw this.#held < LONGEST ? endsEarly() : new InflateError("a code stands for nothing");
  }
}

/** Canonical codes of given lengths; 0 is no code. */
function codeOf(lengths: Uint8Array): Code {
  const counts = new Uint16Array(LONGEST + 1);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  let left = 1;
  for (let bits = 1; bits <= LONGEST; bits++) {
    left = 2 * left - counts[bits];
    if (left < 0) throw new InflateError("codes are used twice");
  }
  const offsets = new Uint16Array(LONGEST + 2), next = new Uint16Array(LONGEST + 2);
  for (let bits = 1; bits <= LONGEST; bits++) {
    offsets[bits + 1] = offsets[bits] + counts[bits];
    next[bits + 1] = (next[bits] + counts[bits]) << 1;
  }
  const symbols = new Uint16Array(lengths.length);
  const table = new Uint16Array(1 << ROOT);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const bits = lengths[symbol];
    if (bits === 0) continue;
    symbols[offsets[bits]++] = symbol;
    const number = next[bits]++;
    if (bits > ROOT) continue;
    const step = 1 << bits;
    for (let i = reversed(number, bits); i < table.length; i += step) table[i] = symbol << 4 | bits;
  }
  return { table, counts, symbols };
}

/** The bits of a number from the last to the first: codes are stored from their highest bit on. */
function reversed(number: number, bits: number): number {
  let result = 0;
  for (let i = 0; i < bits; i++) result |= (number >> i & 1) << (bits - 1 - i);
  return result;
}

function endsEarly(): InflateError {
  return new InflateError("it ends too early");
}

const FIXED_LITERALS: Code = codeOf(
  Uint8Array.from({ length: 288 }, (_, i) => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8),
);
const FIXED_DISTANCES: Code = codeOf(new Uint8Array(30).fill(5));
