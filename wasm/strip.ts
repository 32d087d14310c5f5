/**
 * Takes the names of functions out of WebAssembly modules, in place: `deno run --allow-read --allow-write wasm/strip.ts
 * FILE...`. They are a thirtieth of what is fetched. Panics say their file and line without them.
 *
 * @module
 */

/** Bytes before the first section: the magic number and the version. */
const HEADER = 8;

/** The kind of a section that engines do not need. */
const CUSTOM = 0;

/**
 * A module without its section of names; every other byte stays.
 *
 * @throws {SyntaxError} if it is no module.
 */
export function withoutNames(module: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (new TextDecoder().decode(module.subarray(0, 4)) !== "\0asm") {
    throw new SyntaxError("Cannot strip the file: it does not begin as a WebAssembly module does");
  }
  const kept = [module.subarray(0, HEADER)];
  for (let begin = HEADER; begin < module.length;) {
    const [length, content] = numberAt(module, begin + 1);
    const end = content + length;
    if (end > module.length) throw new SyntaxError("Cannot strip the module: it is cut short");
    const isNames = module[begin] === CUSTOM && nameAt(module, content) === "name";
    if (!isNames) kept.push(module.subarray(begin, end));
    begin = end;
  }
  const stripped = new Uint8Array(kept.reduce((bytes, { length }) => bytes + length, 0));
  let at = 0;
  for (const part of kept) {
    stripped.set(part, at);
    at += part.length;
  }
  return stripped;
}

function nameAt(module: Uint8Array, at: number): string {
  const [length, begin] = numberAt(module, at);
  return new TextDecoder().decode(module.subarray(begin, begin + length));
}

/** An unsigned LEB128 number, and where what follows it begins. */
function numberAt(module: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = module[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
    if (!(shift < 28)) throw new SyntaxError("Cannot strip the module: a length has no end");
  }
}

if (import.meta.main) {
  for (const file of Deno.args) {
    await Deno.writeFile(file, withoutNames(await Deno.readFile(file)));
  }
}
