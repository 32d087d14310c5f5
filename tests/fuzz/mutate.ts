/**
 * Damage: what happens to files on disks, on the way, and in the hands of other programs. The same damage for the same
 * random numbers.
 *
 * @module
 */
import type { Random } from "../../src/device/random.ts";

/** Numbers that sizes lie with. */
const LIES: readonly number[] = [
  0,
  1,
  2,
  3,
  7,
  8,
  127,
  128,
  255,
  256,
  65_535,
  65_536,
  0x7fffffff,
  0x80000000,
  0xfffffffe,
  0xffffffff,
];

/** Words that texts lie with: of numbers, of the formats, of languages. */
const WORDS: readonly string[] = [
  ...["0", "-1", "1e400", "NaN", "Infinity", "-0", "0.1", "4294967296", "9007199254740993"],
  ...["null", "true", "{}", "[]", '"', "'", "\n", "\r\n", ",", ";", ":", "=", "\t", "\0", "\ufeff"],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "F32",
    "U32",
    "shape",
    "<f4",
    ">f8",
    "|u1",
    "\\u0000",
  ],
];

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

/** Kinds of damage to any file. */
const DAMAGES: readonly Damage[] = [
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function flipBit(bytes, random) {
    return changed(bytes, random, (byte) => byte ^ (1 << random.below(8)));
  },
  function anyByte(bytes, random) {
    return changed(bytes, random, () => random.below(256));
  },
  function lieInABigEndianWord(bytes, random) {
    return lied(bytes, random, false);
  },
  function lieInALittleEndianWord(bytes, random) {
    return lied(bytes, random, true);
  },
  function repeatAPart(bytes, random) {
    const [begin, end] = rangeIn(bytes, random);
    return joined(bytes.subarray(0, end), bytes.subarray(begin, end), bytes.subarray(end));
  },
  function removeAPart(bytes, random) {
    const [begin, end] = rangeIn(bytes, random);
    return joined(bytes.subarray(0, begin), bytes.subarray(end));
  },
  function zeroAPart(bytes, random) {
    const [begin, end] = rangeIn(bytes, random);
    return bytes.slice().fill(0, begin, end);
  },
  function append(bytes, random) {
    return joined(
      bytes,
      Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256)),
    );
  },
  function insertAWord(bytes, random) {
    const at = random.below(bytes.length + 1);
    const word = new TextEncoder().encode(WORDS[random.below(WORDS.length)]);
    return joined(bytes.subarray(0, at), word, bytes.subarray(at));
  },
  function replaceANumber(bytes, random) {
    const text = new TextDecoder("latin1").decode(bytes);
    const numbers = [...text.matchAll(/\d+/g)];
    if (numbers.length === 0) return changed(bytes, random, (byte) => byte ^ 1);
    const { index, 0: found } = numbers[random.below(numbers.length)];
    const word = new TextEncoder().encode(WORDS[random.below(WORDS.length)]);
    return joined(bytes.subarray(0, index), word, bytes.subarray(index + found.length));
  },
];

/** A file with one to three kinds of damage. */
export function damaged(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let result = bytes;
  for (let count = 1 + random.below(3); count > 0; count--) {
    result = DAMAGES[random.below(DAMAGES.length)](result, random);
  }
  return result.slice();
}

function changed(bytes: Uint8Array, random: Random, of: (byte: number) => number): Uint8Array {
  if (bytes.length === 0) return bytes;
  const copy = bytes.slice();
  const at = placeIn(bytes, random);
  copy[at] = of(copy[at]);
  return copy;
}

function lied(bytes: Uint8Array, random: Random, littleEndian: boolean): Uint8Array {
  if (bytes.length < 8) return bytes;
  const copy = bytes.slice();
  const at = Math.min(placeIn(bytes, random), bytes.length - 4);
  const lie = LIES[random.below(LIES.length)];
  new DataView(copy.buffer).setUint32(at, lie, littleEndian);
  return copy;
}

/** Half of the places are among the first 256 bytes, where headers are. */
function placeIn(bytes: Uint8Array, random: Random): number {
  return random.below(random.below(2) === 0 ? Math.min(256, bytes.length) : bytes.length);
}

function rangeIn(bytes: Uint8Array, random: Random): [begin: number, end: number] {
  const begin = random.below(bytes.length + 1);
  return [begin, begin + random.below(Math.min(64, bytes.length - begin) + 1)];
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
