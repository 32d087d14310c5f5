/**
 * Checkpoints of version 2, in the words of the present one. Their models were no trees but lists of operations, whose
 * parameters had numbers: parameter `i` with the label `N` was stored as `i.N`, a sparse weight as `i.N.values`, `i.N.span` and
 * `i.N.index`, with its specification in the metadata under `i.N`.
 *
 * @module
 */
import { numbered } from "../nn/tree.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { MODEL, PART, PATTERNS, recordOf, type StoredModule } from "./description.ts";
import { CheckpointError } from "./errors.ts";
import type { NamedTensor, Safetensors } from "./safetensors.ts";

/**
 * The same checkpoint as the present version would have written it.
 *
 * @throws {CheckpointError} if what it says cannot be.
 */
export function translated(path: string, file: Safetensors): Checkpoint {
  try {
    const parameters = parametersOf(file);
    const places = namesOf(parameters);
    const tensors = new Map<string, NamedTensor>();
    const patterns: Record<string, unknown> = {};
    for (const [i, { key, pattern, arrays }] of parameters) {
      if (pattern !== undefined) patterns[places[i]] = JSON.parse(pattern);
      for (const tensor of arrays) {
        const part = tensor.name.slice(key.length + 1);
        const name = part === "" ? places[i] : `${places[i]}${PART}${part}`;
        tensors.set(name, { ...tensor, name });
      }
    }
    const { operations, training, ...metadata } = file.metadata;
    const translation = new Translation(parameters, places);
    return {
      path,
      tensors,
      places,
      metadata: {
        ...metadata,
        ...(training === undefined ? {} : { training: withoutComputation(training) }),
        [PATTERNS]: JSON.stringify(patterns),
        ...(operations === undefined ? {} : {
          [MODEL]: JSON.stringify(translation.sequence(JSON.parse(operations), "")),
        }),
      },
    };
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError(path, `it does not say what its model does (${why})`, { cause });
  }
}

/** A parameter with all that belongs to it. */
interface Parameter {
  /** What the names of its arrays begin with: `0.layer0.weight`. */
  readonly key: string;
  /** What the metadata say of its pattern, if it is a sparse weight. */
  readonly pattern: string | undefined;
  /** Its values, and what else there is. */
  readonly arrays: NamedTensor[];
}

function parametersOf({ tensors, metadata }: Safetensors): Map<number, Parameter> {
  const found = new Map<number, Parameter>();
  for (const tensor of tensors.values()) {
    const i = Number(/^\d+(?=\.)/.exec(tensor.name)?.[0] ?? NaN);
    if (Number.isNaN(i)) throw new TypeError(`"${tensor.name}" is of no parameter`);
    const known = found.get(i);
    if (known === undefined) {
      const sparse = tensor.name.replace(/\.values$/, "");
      const isSparse = sparse !== tensor.name && Object.hasOwn(metadata, sparse);
      const key = isSparse ? sparse : tensor.name;
      const pattern = isSparse ? metadata[key] : undefined;
      found.set(i, { key, pattern, arrays: [tensor] });
    } else if (tensor.name.startsWith(`${known.key}.`)) {
      known.arrays.push(tensor);
    } else throw new TypeError(`"${tensor.name}" does not belong to "${known.key}"`);
  }
  return found;
}

/** Names for the parameters: their labels, those of layers of one name with a number in them. */
function namesOf(parameters: ReadonlyMap<number, Parameter>): string[] {
  const names: string[] = [];
  const layers = new Set<string>();
  const taken = new Set<string>();
  let owner = { label: "", name: "" };
  for (const [i, { key }] of parameters) {
    const [label, part] = partsOf(key.replace(/^\d+\./, "").replaceAll(PART, "_"));
    const join = (name: string): string => part === "" ? name : `${name}.${part}`;
    if (label !== owner.label || taken.has(join(owner.name))) {
      owner = { label, name: numbered(label, layers) };
      layers.add(owner.name);
    }
    names[i] = join(owner.name);
    taken.add(names[i]);
  }
  return names;
}

/** The layer and the part of it that a label names: `layer0` and `weight` of `layer0.weight`. */
function partsOf(label: string): [string, string] {
  const at = label.lastIndexOf(".");
  return at < 0 ? [label, ""] : [label.slice(0, at), label.slice(at + 1)];
}

/** What a run's terms call the digest of its kernels, which is another one in every version. */
const COMPUTATION = "what a step computes (model and loss)";

/** Where a run stood, without the digest of its kernels. */
function withoutComputation(text: string): string {
  const training = recordOf(JSON.parse(text));
  const run = recordOf(training.run), terms = recordOf(run.terms);
  if (training.run === undefined || run.terms === undefined) return text;
  const { [COMPUTATION]: _, ...fixed } = recordOf(terms.fixed);
  return JSON.stringify({ ...training, run: { ...run, terms: { ...terms, fixed } } });
}

/** Makes a tree of operations. */
class Translation {
  readonly #parameters: ReadonlyMap<number, Parameter>;
  readonly #places: readonly string[];

  constructor(parameters: ReadonlyMap<number, Parameter>, places: readonly string[]) {
    this.#parameters = parameters;
    this.#places = places;
  }

  /** Layers one after the other; their names are those of the records without what they begin with. */
  sequence(operations: unknown, begin: string): StoredModule {
    if (!Array.isArray(operations)) {
      throw new TypeError(`operations are ${JSON.stringify(operations)}; expected a list`);
    }
    const children = new Map<string, StoredModule>();
    for (const record of operations.map(recordOf)) {
      const kind = String(record.operation);
      const all = namesIn(record);
      const own = all.length === 0 ? "" : commonBegin(all);
      const wanted = without(begin, own);
      const key = wanted === "" && (own === "" || children.has("")) ? kind : wanted;
      const name = /^\d+$/.test(key) ? `${kind}${key}` : key;
      children.set(
        numbered(name, new Set(children.keys())),
        this.#module(record, kind, own === "" ? begin : own),
      );
    }
    const named = Object.fromEntries(children);
    return { kind: "sequential", settings: {}, parameters: {}, children: named };
  }

  #module(record: Readonly<Record<string, unknown>>, kind: string, begin: string): StoredModule {
    if (kind === "unknown") return { kind: String(record.kind), parameters: {}, children: {} };
    if (kind === "residual") {
      const { shortcut } = record;
      const body = { "": this.sequence(record.body, begin) };
      const isShort = Array.isArray(shortcut) && shortcut.length === 0;
      const names = namesIn({ body: [], shortcut });
      const own = names.length === 0 ? begin : commonBegin(names);
      const key = without(begin, own) || "shortcut";
      const children = isShort ? body : { ...body, [key]: this.sequence(shortcut, own) };
      return { kind, settings: {}, parameters: {}, children };
    }
    const { operation: _, name: __, weight, bias, scale, shift, running, ...settings } = record;
    const numbers = Object.entries({ weight, bias, scale, shift, running }).filter(([, number]) =>
      number !== undefined
    );
    const parameters = numbers.map(([part, number]) => [part, this.#nameOf(part, kind, number)]);
    return {
      kind,
      settings: { ...settings, ...this.#sizes(record) },
      parameters: Object.fromEntries(parameters),
      children: {},
    };
  }

  #nameOf(part: string, kind: string, number: unknown): string {
    if (!(Number.isSafeInteger(number) && Number(number) >= 0)) {
      throw new TypeError(
        `${part} of ${kind} is ${JSON.stringify(number)}; expected a whole number`,
      );
    }
    const name = this.#places[Number(number)];
    if (name !== undefined) return name;
    throw new TypeError(`it lacks the parameter ${number}`);
  }

  /** Settings that were read off the parameters. */
  #sizes({ weight, bias, scale, kernel }: Readonly<Record<string, unknown>>) {
    if (scale !== undefined) {
      return { channels: this.#parameters.get(Number(scale))?.arrays[0].data.length };
    }
    if (weight === undefined) return {};
    const { pattern, arrays: [{ shape }] } = this.#parameters.get(Number(weight)) ?? NONE;
    const [rows, inputs, ...others] = pattern === undefined ? shape : sizesIn(pattern);
    if (inputs === undefined || others.length > 0) {
      throw new TypeError(`its parameter ${weight} is no weight of a layer`);
    }
    const sizes = kernel === undefined
      ? { inputs, outputs: rows }
      : { channels: Number(inputs) / areaOf(kernel), filters: rows };
    return { ...sizes, bias: bias !== undefined };
  }
}

/** A parameter that is not there. */
const NONE = { pattern: undefined, arrays: [{ shape: [] }] };

function sizesIn(pattern: string): number[] {
  const { rows, inputs } = recordOf(JSON.parse(pattern));
  return [Number(rows), Number(inputs)];
}

function areaOf(kernel: unknown): number {
  const [height, width] = Array.isArray(kernel) ? kernel : [];
  return Number(height) * Number(width);
}

/** All names in a record and in those that it holds. */
function namesIn({ name, body, shortcut }: Readonly<Record<string, unknown>>): string[] {
  const inner = [body, shortcut].flatMap((each) => Array.isArray(each) ? each : []).map(recordOf);
  return [...(typeof name === "string" ? [name] : []), ...inner.flatMap(namesIn)];
}

/** The words between dots that all names begin with. */
function commonBegin([first, ...others]: readonly string[]): string {
  const words = first.split(".");
  let count = words.length;
  for (const other of others.map((name) => name.split("."))) {
    let same = 0;
    while (same < count && words[same] === other[same]) same++;
    count = same;
  }
  return words.slice(0, count).join(".");
}

/** A name without what it begins with. */
function without(begin: string, name: string): string {
  if (name === begin) return "";
  return begin !== "" && name.startsWith(`${begin}.`) ? name.slice(begin.length + 1) : name;
}
