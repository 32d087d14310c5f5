/**
 * TensorBoard event files: records of the TFRecord format, each a protocol buffer `Event` with scalars. Only what scalars
 * need is written; the layouts are those of TensorFlow's `record_writer.h`, `event.proto` and `summary.proto`.
 *
 * @module
 */

/** Scalars of one step. */
export interface ScalarEvent {
  /** Step of the training. */
  readonly step: number;
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** Scalars by tag. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** The bytes with which an event file begins. */
export function eventFileHeader(wallTime: number): Uint8Array {
  const version = new TextEncoder().encode("brain.Event:2");
  return record([...double(1, wallTime), ...bytes(3, version)]);
}

/**
 * The bytes of the event with which a part of a run begins, the first one too: readers drop what they have seen of `step` and
 * later ones, as the run has gone back to there.
 */
export function encodeStart(step: number, wallTime: number): Uint8Array {
  const start = [...key(1, 0), ...varint(1)];
  return record([...double(1, wallTime), ...key(2, 0), ...varint(step), ...bytes(7, start)]);
}

/** The bytes of one event. */
export function encodeEvent({ step, wallTime, scalars }: ScalarEvent): Uint8Array {
  const summary = Object.entries(scalars).flatMap(([tag, value]) =>
    bytes(1, [...bytes(1, new TextEncoder().encode(tag)), ...float(2, value)])
  );
  return record([...double(1, wallTime), ...key(2, 0), ...varint(step), ...bytes(5, summary)]);
}

/** A record: length, its checksum, the data, their checksum. */
function record(data: readonly number[]): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return Uint8Array.of(...length, ...masked(length), ...data, ...masked(data));
}

/** A checksum as TFRecord stores it, so that one of data that hold checksums is still a good one. */
function masked(data: ArrayLike<number>): Uint8Array {
  const crc = crc32c(data);
  const turned = ((crc >>> 15) | (crc << 17)) >>> 0;
  const word = new Uint8Array(4);
  new DataView(word.buffer).setUint32(0, (turned + 0xa282ead8) >>> 0, true);
  return word;
}

/** CRC-32C (Castagnoli; RFC 3720, appendix B.4). */
export function crc32c(data: ArrayLike<number>): number {
  let crc = 0xffffffff;
  for (let i = 0; i < data.length; i++) crc = CRC_TABLE[(crc ^ data[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** The key of a protocol buffer's field. Wire types: 0 varint, 1 eight bytes, 2 length and bytes, 5 four bytes. */
function key(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

function varint(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest % 0x80) | 0x80);
  return [...out, rest];
}

function bytes(field: number, data: ArrayLike<number>): number[] {
  return [...key(field, 2), ...varint(data.length), ...Array.from(data)];
}

function double(field: number, value: number): number[] {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setFloat64(0, value, true);
  return [...key(field, 1), ...data];
}

function float(field: number, value: number): number[] {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return [...key(field, 5), ...data];
}
