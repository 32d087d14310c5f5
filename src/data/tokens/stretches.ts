/**
 * What lies between two spaces, by number: most of it comes again and again, and is read once. A table of our own tells without
 * making a string of it.
 *
 * @module
 */
import { isSpace } from "./words.ts";

/** Stretches and units at which a table is full. */
const MOST = 1 << 18, MOST_UNITS = 1 << 23;

/** Of FNV-1a, 32 bits. */
const OFFSET = 0x811c9dc5, PRIME = 0x01000193;

/** Numbers stretches from 0 on, in the order in which they come first. */
export class Stretches {
  /** How many there are. */
  size = 0;
  /** Numbers of stretches + 1 by their hashes; twice as many places as there may be stretches. */
  #table = new Int32Array(1 << 12);
  #hashes = new Int32Array(1 << 11);
  /** Where each begins among the units, and at last where the next one will. */
  #begins = new Uint32Array(1 + (1 << 11));
  #units = new Uint16Array(1 << 14);

  /** Whether it should be cleared before another text. */
  get isFull(): boolean {
    return this.size >= MOST || this.#begins[this.size] >= MOST_UNITS;
  }

  /** Calls `visit` with the number of each stretch of a text, in their order. */
  each(text: string, visit: (number: number) => void): void {
    const { length } = text;
    let begin = 0, hash = OFFSET;
    for (let at = 0; at < length; at++) {
      const unit = text.charCodeAt(at);
      if ((unit <= 32 || unit >= 160) && isSpace(unit)) {
        if (at > begin) visit(this.#numberOf(text, begin, at, hash));
        begin = at + 1;
        hash = OFFSET;
      } else hash = Math.imul(hash ^ unit, PRIME);
    }
    if (length > begin) visit(this.#numberOf(text, begin, length, hash));
  }

  /** A stretch. */
  text(number: number): string {
    const units = this.#units.subarray(this.#begins[number], this.#begins[number + 1]);
    let text = "";
    // As many arguments as any engine takes.
    for (let at = 0; at < units.length; at += 4096) {
      text += String.fromCharCode(...units.subarray(at, at + 4096));
    }
    return text;
  }

  /** Forgets all of them. */
  clear(): void {
    this.size = 0;
    this.#table.fill(0);
  }

  #numberOf(text: string, begin: number, end: number, mixed: number): number {
    const hash = mixed ^ mixed >>> 15;
    const mask = this.#table.length - 1;
    for (let place = hash & mask;; place = (place + 1) & mask) {
      const number = this.#table[place] - 1;
      if (number < 0) return this.#add(text, begin, end, hash, place);
      if (this.#hashes[number] === hash && this.#is(number, text, begin, end)) return number;
    }
  }

  #is(number: number, text: string, begin: number, end: number): boolean {
    const first = this.#begins[number];
    if (this.#begins[number + 1] - first !== end - begin) return false;
    const units = this.#units;
    for (let at = begin, unit = first; at < end; at++, unit++) {
      if (units[unit] !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  #add(text: string, begin: number, end: number, hash: number, place: number): number {
    const number = this.size++;
    let unit = this.#begins[number];
    if (unit + end - begin > this.#units.length) {
      this.#units = beginning(new Uint16Array(2 * (unit + end - begin)), this.#units);
    }
    for (let at = begin; at < end; at++) this.#units[unit++] = text.charCodeAt(at);
    this.#hashes[number] = hash;
    this.#begins[number + 1] = unit;
    this.#table[place] = number + 1;
    if (this.size === this.#hashes.length) this.#grow();
    return number;
  }

  #grow(): void {
    this.#hashes = beginning(new Int32Array(2 * this.size), this.#hashes);
    this.#begins = beginning(new Uint32Array(2 * this.size + 1), this.#begins);
    this.#table = new Int32Array(4 * this.size);
    const mask = this.#table.length - 1;
    for (let number = 0; number < this.size; number++) {
      let place = this.#hashes[number] & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = number + 1;
    }
  }
}

/** An array that begins with another one. */
function beginning<A extends Int32Array | Uint32Array | Uint16Array>(longer: A, array: A): A {
  longer.set(array);
  return longer;
}
