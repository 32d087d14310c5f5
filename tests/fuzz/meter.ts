/**
 * Counts the bytes of the arrays that code takes, by standing in for the constructors of arrays. What a size that lies makes
 * a reader take is seen at once, whatever the garbage collector does, and an absurd amount is refused before it is taken.
 *
 * @module
 */

/** More than any honest reader takes of the small files of a fuzz run. */
const ABSURD = 1 << 28;

/** A reader took an absurd amount of memory. */
export class AbsurdMemoryError extends Error {
  /** The name of the class. */
  override readonly name: string = "AbsurdMemoryError";
}

const METERED = [
  "ArrayBuffer",
  "Int8Array",
  "Uint8Array",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

let taken = 0;

/** Bytes of arrays that were taken since the last call. */
export function takenBytes(): number {
  const bytes = taken;
  taken = 0;
  return bytes;
}

/** Starts counting, for as long as the process lives. */
export function startMeter(): void {
  for (const name of METERED) {
    const original = globalThis[name];
    const stand: unknown = new Proxy(original, {
      construct(target, args, newTarget) {
        const [size] = args;
        const unit = "BYTES_PER_ELEMENT" in target ? target.BYTES_PER_ELEMENT : 1;
        if (typeof size === "number" && size * unit > ABSURD) {
          throw new AbsurdMemoryError(`${name} of ${size} elements`);
        }
        const made = Reflect.construct(target, args, newTarget === stand ? target : newTarget);
        // A view takes nothing.
        if (!(size instanceof ArrayBuffer || size instanceof SharedArrayBuffer)) {
          taken += made.byteLength;
        }
        return made;
      },
    });
    const property = { value: stand, configurable: true, writable: true };
    Object.defineProperty(globalThis, name, property);
    // So that copies of arrays are counted too.
    Object.defineProperty(original.prototype, "constructor", property);
  }
}
