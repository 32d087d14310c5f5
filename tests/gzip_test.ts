/**
 * Gzip: several members, damage, and what it may take of memory.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { DataFormatError } from "../src/data/errors.ts";
import { bytesSource, lengthOf } from "../src/data/files.ts";
import { Gunzip } from "../src/data/gzip.ts";
import { seeds, Source } from "./arbitraries.ts";

/** Bytes that compress more or less. */
function content(source: Source, length: number): Uint8Array<ArrayBuffer> {
  const alphabet = 1 + source.below(256), repeated = source.below(100);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    bytes[i] = source.below(100) < repeated
      ? bytes[Math.max(0, i - 1 - alphabet)]
      : source.below(alphabet);
  }
  return bytes;
}

/** All that lies in gzip. */
function gunzip(bytes: Uint8Array): number[] {
  const stream = new Gunzip(bytes, "f");
  const all: number[] = [];
  for (let piece = stream.next(); piece.length > 0; piece = stream.next()) all.push(...piece);
  return all;
}

/** A member with a name, a comment, extra bytes and a checksum of the header. */
function decorated(bytes: Uint8Array): Uint8Array {
  const plain = gzipSync(bytes);
  const fields = [...[3, 0, 1, 2, 3], ...[...new TextEncoder().encode("name"), 0], 0, ...[9, 9]];
  return Uint8Array.from([
    ...plain.subarray(0, 3),
    0x1e,
    ...plain.subarray(4, 10),
    ...fields,
    ...plain.subarray(10),
  ]);
}

Deno.test("Gunzip reads members of every level and strategy, one after the other", () => {
  fc.assert(
    fc.property(seeds(), (seed) => {
      const source = new Source(seed);
      const members = Array.from({ length: 1 + source.below(4) }, () => {
        const bytes = content(
          source,
          source.below(3) === 0 ? source.below(90_000) : source.below(300),
        );
        // Level 0 stores; strategy 2 has literals only, 4 has the fixed codes.
        const options = {
          level: source.below(10),
          strategy: source.below(5),
          memLevel: 1 + source.below(9),
        };
        return {
          bytes,
          packed: source.below(4) === 0 ? decorated(bytes) : gzipSync(bytes, options),
        };
      });
      const packed = Uint8Array.from(members.flatMap((member) => [...member.packed]));
      assert.deepEqual(gunzip(packed), members.flatMap(({ bytes }) => [...bytes]));
    }),
    { numRuns: 25 },
  );
});

Deno.test("Gunzip reads copies that reach back over pieces, and longest codes", () => {
  const source = new Source(5);
  const far = content(source, 32_768);
  const bytes = Uint8Array.from([
    ...far,
    ...content(source, 200_000),
    ...far,
    ...new Uint8Array(70_000),
    ...far,
  ]);
  // Byte i has a frequency of about 2^-i: the code of the rarest has fifteen bits.
  const skewed = Uint8Array.from(
    { length: 150_000 },
    () => Math.min(30, Math.clz32(source.below(2 ** 31)) - 1),
  );
  for (const plain of [bytes, skewed]) assert.deepEqual(gunzip(gzipSync(plain)), [...plain]);
});

Deno.test("Gunzip refuses what is damaged, cut off or followed by something else", () => {
  fc.assert(fc.property(seeds(), (seed) => {
    const source = new Source(seed);
    const bytes = content(source, 1 + source.below(3000));
    const packed = new Uint8Array(gzipSync(bytes, { level: source.below(10) }));
    const refuse = (damaged: Uint8Array): void =>
      assert.throws(() => gunzip(damaged), DataFormatError);
    refuse(packed.subarray(0, source.below(packed.length - 1) + 1));
    refuse(Uint8Array.of(...packed, source.below(256)));
    refuse(Uint8Array.of(...packed, ...packed.subarray(0, 1 + source.below(packed.length - 1))));
    // A flipped bit gives other bytes, which the checksum finds, or is one that says nothing of the content.
    const at = source.below(packed.length);
    packed[at] ^= 1 << source.below(8);
    try {
      assert.deepEqual(gunzip(packed), [...bytes]);
    } catch (error) {
      if (!(error instanceof DataFormatError)) throw error;
    }
  }));
});

Deno.test("Gunzip names the byte at which the fault lies", () => {
  const packed = new Uint8Array(gzipSync(Uint8Array.of(1, 2, 3)));
  const end = packed.length;
  const changed = (at: number): Uint8Array => packed.map((byte, i) => i === at ? byte ^ 255 : byte);
  const cases: [Uint8Array, number, RegExp][] = [
    [changed(2), 0, /header is not that of gzip with DEFLATE/],
    [changed(3), 3, /unknown flags/],
    [changed(end - 8), end - 8, /checksum is another/],
    [changed(end - 1), end - 4, /size is another/],
    [packed.subarray(0, end - 2), end - 8, /ends too early; expected one or several whole members/],
    [Uint8Array.of(...packed, 1, 2), end, /2 bytes behind it are no gzip/],
  ];
  for (const [bytes, offset, message] of cases) {
    assert.throws(() => gunzip(bytes), (error) => {
      assert.ok(error instanceof DataFormatError);
      assert.match(error.message, message);
      assert.equal(error.offset, offset, error.message);
      return true;
    });
  }
});

Deno.test("Gunzip refuses every kind of block that DEFLATE does not have", () => {
  const member = (...bits: string[]): Uint8Array => {
    const text = bits.join("");
    const bytes = Array.from(
      { length: Math.ceil(text.length / 8) },
      (_, i) =>
        Number.parseInt([...text.slice(8 * i, 8 * i + 8).padEnd(8, "0")].reverse().join(""), 2),
    );
    return Uint8Array.of(
      ...gzipSync(new Uint8Array(0)).subarray(0, 10),
      ...bytes,
      ...new Uint8Array(16),
    );
  };
  const cases: [Uint8Array, RegExp][] = [
    [member("1", "11"), /a block has the kind 3/],
    [
      member("1", "00", "00000", "1000000000000000", "0000000000000000"),
      /does not match its complement/,
    ],
    [member("1", "01", "11111", "00000", "0000"), /a block has 288 literals and 1 distances/],
    // A copy of three bytes from one byte before the first.
    [member("1", "10", "0000001", "00000"), /a copy reaches back before the beginning/],
    [member("1", "10", "11000110", "00000"), /there is no length 286/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(
      () => gunzip(bytes),
      (error) =>
        error instanceof DataFormatError &&
        message.test(error.message),
    );
  }
});

Deno.test("lengthOf() finds out a lie without taking memory for it", async () => {
  const packed = gzipSync(new Uint8Array(5_000_000));
  const source = bytesSource(packed, "f");
  assert.equal(await lengthOf(source, 5_000_000), 5_000_000);
  assert.equal(await lengthOf(source, 5_000_001), 5_000_000);
  // As much as gzip can hold, and far beyond: the stream is gone through, to its end.
  assert.equal(await lengthOf(source, 2 ** 50), 5_000_000);
  // A stream that goes on is left where it is longer than what was said.
  const length = await lengthOf(source, 10);
  assert.ok(length > 10 && length < 2_000_000, String(length));
  // Two members: the last one's word is not that of both.
  const two = bytesSource(
    Uint8Array.of(...gzipSync(Uint8Array.of(1, 2)), ...gzipSync(Uint8Array.of(3))),
    "f",
  );
  assert.equal(await lengthOf(two, 3), 3);
});
