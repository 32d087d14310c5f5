/**
 * Takes a WebAssembly build apart, in place: `deno run --allow-read --allow-write wasm/split.ts FILE` leaves in FILE what every
 * program needs, and writes `FILE_PART.wasm` for each part of `src/device/wasm/parts.ts`.
 *
 * All come of one linked module and stay in its numbering of functions, types, globals and tables, so that code is copied as it is.
 * A part imports memory, tables and globals (the shadow stack among them) of the rest, brings no data, and puts its kernels
 * into the table when it is instantiated, where the rest calls them. What it calls of the rest it calls through the table too.
 * What several parts need and the rest does not, each of them has. Functions that a module does not hold are `unreachable` in it.
 *
 * @module
 */
import { HOST_FUNCTIONS, PARTS } from "../src/device/wasm/parts.ts";
import {
  type Bytes,
  calleesOf,
  constant,
  joined,
  KIND,
  limits,
  moduleOf,
  Reader,
  readLimits,
  SECTION,
  type Section,
  sectionsOf,
  sized,
  text,
  unsigned,
  vector,
} from "./binary.ts";

/** What parts import from. */
const REST = "rest";

/** What traps: no locals, `unreachable`, `end`. */
const ABSENT = Uint8Array.of(0, 0, 0x0b);

/** A function of the module. */
interface Code {
  /** The number of its type. */
  readonly type: number;
  readonly body: Bytes;
  readonly callees: ReadonlySet<number>;
}

/** Something exported. */
interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

/** A module that was read. */
interface Read {
  readonly sections: readonly Section[];
  /** Imports as they are written, and what they are. */
  readonly imports: readonly { readonly kind: number; readonly bytes: Bytes }[];
  /** The functions that are not imported. */
  readonly code: readonly Code[];
  /** How many parameters functions of a type have. */
  readonly parameters: readonly number[];
  readonly tables: readonly {
    readonly type: number;
    readonly limits: ReturnType<typeof readLimits>;
  }[];
  readonly globals: readonly Bytes[];
  readonly exports: readonly Export[];
  /** Functions of table 0 by their places in it. */
  readonly table: ReadonlyMap<number, number>;
}

/** A kernel, and its place in table 0. */
export interface KernelPlace {
  /** Its name. */
  readonly name: string;
  /** The place. */
  readonly entry: number;
}

/** The module without what is in parts, and the parts by name. */
export interface Split {
  /** What every program needs. */
  readonly rest: Bytes;
  /** The others. */
  readonly parts: Readonly<Record<string, Bytes>>;
}

/**
 * Takes a module apart.
 *
 * @param kernels Its kernels.
 * @param parts The kernels of each part by name; what is in none stays with the rest.
 * @throws {SyntaxError} if it has something that the compiler does not make.
 * @throws {RangeError} if a part lists a kernel that there is not.
 */
export function split(
  module: Bytes,
  kernels: readonly KernelPlace[],
  parts: Readonly<Record<string, readonly string[]>>,
): Split {
  const read = readModule(module);
  const entries = new Map(kernels.map(({ name, entry }) => [name, entry]));
  const listed = Object.values(parts).flat();
  const strange = listed.find((name) => !entries.has(name));
  if (strange !== undefined) {
    throw new RangeError(
      `Cannot take the module apart: a part lists the kernel "${strange}", which there is not; ` +
        `expected names of kernels: ${[...entries.keys()].join(", ")}`,
    );
  }
  const inParts = new Set(listed.map((name) => entries.get(name)));
  const beginnings = new Map<string, string>(Object.entries(HOST_FUNCTIONS));
  const exports = read.exports.filter(({ name }) =>
    ![...beginnings.values()].some((beginning) => name.startsWith(beginning))
  );
  const kept = reach(read, [
    ...exports.filter(({ kind }) => kind === KIND.function).map(({ index }) => index),
    ...startOf(read),
    ...[...read.table].flatMap(([entry, index]) => inParts.has(entry) ? [] : [index]),
  ]);
  const shared: number[] = [];
  const built = Object.entries(parts).map(([part, kernels]) => {
    const own = kernels.map((name) => entries.get(name) as number);
    const beginning = beginnings.get(part);
    const exported = beginning === undefined
      ? []
      : read.exports.filter(({ name }) => name.startsWith(beginning));
    return [part, partOf(read, { kept, own, exported, shared })] as const;
  });
  return { rest: restOf(read, { kept, exports, shared }), parts: Object.fromEntries(built) };
}

/** Of which functions a module is made. */
interface RestParts {
  readonly kept: ReadonlySet<number>;
  readonly exports: readonly Export[];
  /** Functions that parts call and that have no place in the table yet. */
  readonly shared: readonly number[];
}

/** What remains, with all that parts import. */
function restOf(read: Read, { kept, exports, shared }: RestParts): Bytes {
  const [first, ...others] = read.tables;
  const given = [
    ...exports.map(({ name, kind, index }) => exported(name, kind, index)),
    ...read.tables.map((_, i) => exported(`table${i}`, KIND.table, i)),
    ...read.globals.map((_, i) => exported(`global${i}`, KIND.global, i)),
  ];
  const more = shared.length;
  const { least, most = least, flags } = first.limits;
  const wider = { type: first.type, limits: { flags, least: least + more, most: most + more } };
  const replaced: Record<number, Bytes> = {
    [SECTION.table]: vector([wider, ...others].map(({ type, limits: l }) => [type, ...limits(l)])),
    [SECTION.export]: vector(given),
    [SECTION.element]: vector([...segments(read.table), segment(least, shared)]),
    [SECTION.code]: codeOf(read, (index, { body }) => kept.has(index) ? body : ABSENT),
  };
  return moduleOf(
    read.sections.map(({ id, content }) => ({ id, content: replaced[id] ?? content })),
  );
}

/** Of what a part is made. */
interface PartParts {
  readonly kept: ReadonlySet<number>;
  /** Places of its kernels in the table. */
  readonly own: readonly number[];
  readonly exported: readonly Export[];
  /** Takes up what the part calls of the rest. */
  readonly shared: number[];
}

/** A part: its kernels, what only parts need of what these call, and ways to the rest. */
function partOf(read: Read, { kept, own, exported: given, shared }: PartParts): Bytes {
  const table = new Map(own.map((entry) => [entry, read.table.get(entry) as number]));
  const roots = [...table.values(), ...given.map(({ index }) => index)];
  const reached = reach(read, roots, kept);
  const [{ limits: { least } }] = read.tables;
  const places = new Map([...read.table].map(([entry, index]) => [index, entry]));
  const placeOf = (index: number): number => {
    const known = places.get(index);
    if (known !== undefined) return known;
    if (!shared.includes(index)) shared.push(index);
    return least + shared.indexOf(index);
  };
  const code = codeOf(read, (index, { type, body }) => {
    if (!reached.has(index)) return ABSENT;
    return kept.has(index) ? wayTo(placeOf(index), type, read.parameters[type]) : body;
  });
  const sections = new Map(read.sections.map(({ id, content }) => [id, content]));
  return moduleOf([
    { id: SECTION.type, content: sections.get(SECTION.type) as Bytes },
    {
      id: SECTION.import,
      content: vector([...read.imports.map(({ bytes }) => bytes), ...importsOf(read)]),
    },
    { id: SECTION.function, content: sections.get(SECTION.function) as Bytes },
    { id: SECTION.export, content: vector(given.map((e) => exported(e.name, e.kind, e.index))) },
    { id: SECTION.element, content: vector(segments(table)) },
    { id: SECTION.code, content: code },
  ]);
}

/** What a part imports beside what the whole module does. */
function importsOf(read: Read): Bytes[] {
  const described = (name: string, kind: number, type: ArrayLike<number>): Bytes =>
    joined([text(REST), text(name), [kind], type]);
  const memory = read.imports.some(({ kind }) => kind === KIND.memory)
    ? []
    : [described("memory", KIND.memory, limits({ flags: 0, least: 0 }))];
  return [
    ...memory,
    ...read.tables.map(({ type, limits: { least } }, i) =>
      described(`table${i}`, KIND.table, [type, ...limits({ flags: 0, least })])
    ),
    ...read.globals.map((type, i) => described(`global${i}`, KIND.global, type)),
  ];
}

/** A function that calls another one through the table with what it gets. */
function wayTo(entry: number, type: number, parameters: number): Bytes {
  const given = Array.from({ length: parameters }, (_, i) => [0x20, ...unsigned(i)]);
  return joined([[0], ...given, constant(entry), [0x11], unsigned(type), [0, 0x0b]]);
}

/** The functions that some functions reach, themselves among them; what is in `border` is reached, but not gone through. */
function reach(
  { imports, code }: Read,
  roots: readonly number[],
  border: ReadonlySet<number> = new Set(),
): Set<number> {
  const first = importedFunctions(imports);
  const reached = new Set(roots);
  for (const index of reached) {
    if (index < first || border.has(index)) continue;
    for (const callee of code[index - first].callees) reached.add(callee);
  }
  return reached;
}

function importedFunctions(imports: Read["imports"]): number {
  return imports.filter(({ kind }) => kind === KIND.function).length;
}

/** The function that the module begins with, if there is one. */
function startOf({ sections }: Read): number[] {
  const start = sections.find(({ id }) => id === SECTION.start);
  return start === undefined ? [] : [new Reader(start.content).number()];
}

function codeOf(read: Read, bodyOf: (index: number, code: Code) => Bytes): Bytes {
  const first = importedFunctions(read.imports);
  return vector(read.code.map((code, i) => sized(bodyOf(first + i, code))));
}

function exported(name: string, kind: number, index: number): Bytes {
  return joined([text(name), [kind], unsigned(index)]);
}

/** Segments of table 0: runs of places. */
function segments(table: ReadonlyMap<number, number>): Bytes[] {
  const runs: { at: number; functions: number[] }[] = [];
  for (const [at, index] of [...table].sort(([a], [b]) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && last.at + last.functions.length === at) last.functions.push(index);
    else runs.push({ at, functions: [index] });
  }
  return runs.map(({ at, functions }) => segment(at, functions));
}

function segment(at: number, functions: readonly number[]): Bytes {
  return joined([[0], constant(at), [0x0b], vector(functions.map(unsigned))]);
}

function readModule(module: Bytes): Read {
  const sections = sectionsOf(module);
  const contents = new Map(sections.map(({ id, content }) => [id, content]));
  const all = <T>(id: number, read: (reader: Reader) => T): T[] => {
    const content = contents.get(id);
    if (content === undefined) return [];
    const reader = new Reader(content);
    return reader.vector(() => read(reader));
  };
  const types = all(SECTION.function, (reader) => reader.number());
  return {
    sections,
    imports: all(SECTION.import, readImport),
    code: all(SECTION.code, (reader) => reader.take(reader.number())).map((body, i) => ({
      ...{ body, type: types[i], callees: calleesOf(body) },
    })),
    parameters: all(SECTION.type, readParameters),
    tables: all(SECTION.table, (reader) => ({ type: reader.byte(), limits: readLimits(reader) })),
    globals: all(SECTION.global, readGlobal),
    exports: all(SECTION.export, (reader) => ({
      ...{ name: reader.text(), kind: reader.byte(), index: reader.number() },
    })),
    table: new Map(all(SECTION.element, readSegment).flat()),
  };
}

function readImport(reader: Reader): { kind: number; bytes: Bytes } {
  let kind = 0;
  const bytes = reader.span(() => {
    reader.text();
    reader.text();
    kind = reader.byte();
    if (kind === KIND.function) reader.number();
    else if (kind === KIND.memory) readLimits(reader);
    else throw new SyntaxError(`Cannot take the module apart: expected no imports of kind ${kind}`);
  });
  return { kind, bytes };
}

/** How many parameters a type has. */
function readParameters(reader: Reader): number {
  if (reader.byte() !== 0x60) {
    throw new SyntaxError("Cannot take the module apart: expected types of functions");
  }
  const parameters = reader.vector(() => reader.byte()).length;
  reader.vector(() => reader.byte());
  return parameters;
}

/** The type of a global; what it begins with is the rest's. */
function readGlobal(reader: Reader): Bytes {
  const type = reader.take(2);
  readConstant(reader);
  return type;
}

/** The places of a segment of table 0 with their functions. */
function readSegment(reader: Reader): [entry: number, index: number][] {
  if (reader.number() !== 0) {
    throw new SyntaxError(
      "Cannot take the module apart: expected segments of functions in table 0",
    );
  }
  const begin = readConstant(reader);
  return reader.vector(() => reader.number()).map((index, i) => [begin + i, index]);
}

/** A number that is not negative, as what a global or a segment begins with. */
function readConstant(reader: Reader): number {
  const operation = reader.byte();
  const value = reader.number();
  if (operation === 0x41 && reader.byte() === 0x0b) return value;
  throw new SyntaxError("Cannot take the module apart: expected i32.const");
}

/** The kernels of a module, as it tells them. */
export async function kernelsOf(bytes: Bytes): Promise<KernelPlace[]> {
  const module = await WebAssembly.compile(bytes);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  let memory = new WebAssembly.Memory({ initial: 32, maximum: 65536, shared: true });
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = kind === "memory" ? memory : () => {};
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  const call = (name: string, ...given: number[]): number =>
    (exports[name] as (...given: number[]) => number)(...given);
  if (exports.memory instanceof WebAssembly.Memory) memory = exports.memory;
  // Fills a shared memory with its data.
  call("__wbindgen_start");
  return Array.from({ length: call("kernel_count") }, (_, i) => {
    const name = new Uint8Array(
      memory.buffer,
      call("kernel_name", i),
      call("kernel_name_length", i),
    );
    return { name: new TextDecoder().decode(name.slice()), entry: call("kernel_entry", i) };
  });
}

if (import.meta.main) {
  const [file] = Deno.args;
  const module = await Deno.readFile(file);
  const { rest, parts } = split(module, await kernelsOf(module), PARTS);
  await Deno.writeFile(file, rest);
  for (const [name, part] of Object.entries(parts)) {
    await Deno.writeFile(file.replace(/(_bg)?\.wasm$/, `_${name}.wasm`), part);
  }
}
