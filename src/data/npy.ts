/**
 * The `.npy` format of NumPy, versions 1 to 3: a header in the notation of Python, then the elements.
 *
 * @module
 */
import { type ArrayHead, type Element, ELEMENTS } from "./arrays.ts";
import { DataFormatError } from "./errors.ts";
import { type DataSource, headOf } from "./files.ts";

/** What every file begins with. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Longest header; that of an array of many dimensions has some 200 bytes. */
const LONGEST_HEADER = 1 << 16;

/** Kinds of elements that are read; `b1` (bool) as bytes of 0 and 1. */
const KINDS: Readonly<Record<string, Element>> = {
  ...ELEMENTS,
  // 1, not 1/255: a bool is a number, not a byte of a picture.
  b1: { size: 1, read: (view, at) => view.getUint8(at) },
};

/** Whether a file begins like one of NumPy. */
export function isNpy(head: Uint8Array): boolean {
  return MAGIC.every((byte, i) => head[i] === byte);
}

/**
 * What the header of a `.npy` file says.
 *
 * @throws {DataFormatError} if it is damaged, or says what is not read: elements that are no real numbers, Fortran order.
 */
export async function npyHead(source: DataSource): Promise<ArrayHead> {
  const fail = (at: number, why: string): never => {
    throw new DataFormatError(source.file, at, why);
  };
  const head = await headOf(source, 12);
  if (!isNpy(head)) fail(0, 'the file does not begin like one of NumPy; expected "\\x93NUMPY"');
  const [version, minor] = head.subarray(6);
  if (head.length < 10 || !(version >= 1 && version <= 3 && minor === 0)) {
    fail(6, `the version is ${version}.${minor}; expected 1.0, 2.0 or 3.0`);
  }
  const begin = version === 1 ? 10 : 12;
  const view = new DataView(head.buffer);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LONGEST_HEADER) {
    fail(8, `the header has ${length} bytes; expected at most ${LONGEST_HEADER}`);
  }
  const whole = await headOf(source, begin + length);
  if (whole.length < begin + length) {
    fail(begin, `the file ends after ${whole.length} bytes; expected a header of ${length}`);
  }
  const text = new TextDecoder().decode(whole.subarray(begin));
  const descr = /'descr'\s*:\s*'([<>|=])([a-zA-Z]\d*)'/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)\b/.exec(text);
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text);
  if (order === null || sizes === null) {
    return fail(begin, "the header lacks 'fortran_order' or 'shape'; expected those of NumPy");
  }
  const kind = descr?.[2] ?? "";
  if (descr === null || !Object.hasOwn(KINDS, kind)) {
    const found = /'descr'\s*:\s*([^,}]*)/.exec(text)?.[1] ?? "nothing";
    return fail(
      begin,
      `the elements are ${found}; expected one of ${Object.keys(KINDS).join(", ")}, as ` +
        "x.astype('float32') or x.astype('uint8') makes them",
    );
  }
  const shape = sizes[1].split(",").filter((size) => size.trim() !== "").map(Number);
  if (order[1] === "True" && shape.filter((size) => size !== 1).length > 1) {
    return fail(
      begin,
      "the array is in Fortran order; expected C order, as numpy.ascontiguousarray(x) makes it",
    );
  }
  const little = descr[1] !== ">";
  return { source, shape, element: KINDS[kind], little, offset: begin + length };
}
