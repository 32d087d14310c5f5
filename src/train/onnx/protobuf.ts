/**
 * Messages of protocol buffers, as far as writing needs them: fields of whole numbers, of floats, of bytes and of messages, in
 * the order in which they are added.
 *
 * @module
 */

/** How a field lies in a message. */
const VARINT = 0, LENGTH_DELIMITED = 2, FIXED_32 = 5;

/**
 * A message that is being made. Parts are kept as they are and joined once at the end, because an array may be as large as
 * memory allows.
 */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** A whole number: negative ones take ten bytes, as the format has it. */
  integer(field: number, value: number | bigint): this {
    return this.#add(key(field, VARINT), varint(BigInt(value)));
  }

  /** Whole numbers as one field. */
  integers(field: number, values: readonly (number | bigint)[]): this {
    return this.bytes(field, joined(values.map((value) => varint(BigInt(value)))));
  }

  /** A number of 32 bits. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(key(field, FIXED_32), bytes);
  }

  /** A text. */
  text(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text));
  }

  /** Bytes. */
  bytes(field: number, bytes: Uint8Array): this {
    return this.#add(key(field, LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes);
  }

  /** A message. */
  message(field: number, message: Message): this {
    return this.#add(
      key(field, LENGTH_DELIMITED),
      varint(BigInt(message.length)),
      ...message.#parts,
    );
  }

  /** The message as bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    return joined(this.#parts);
  }

  #add(...parts: readonly Uint8Array[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
    return this;
  }
}

function key(field: number, kind: number): Uint8Array {
  return varint(BigInt(field * 8 + kind));
}

/** Seven bits a byte, the lowest first; all but the last byte have the highest bit. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Uint8Array.from([...bytes, Number(rest)]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let place = 0;
  for (const part of parts) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes;
}
