/**
 * Checkpoints: everything that a training needs to go on bit for bit, in one safetensors file.
 *
 * A parameter is stored under the way to it in the model, such as `layer0.weight`. A sparse weight `W` becomes `W:values`
 * (`[capacity, width, height]`, or as its storage says), `W:span` (begin and end of each list) and `W:index` (entry of each
 * slot), with `W:chosen` (a bit for each slot that the forward reads) where its storage chooses, and where it masks `W:control` (what the mask
 * is), `W:bits` and `W:flips` (what it was when it was read last, and how often each word has changed) and `W:measured` (when
 * that was measured last); the metadata have its specification, shape and budget under `patterns`. The moments of the optimizer
 * follow as `W:moments.j`, the ages of its units as `W:births` where it keeps any, the record of positions ever used as
 * `W:explored` and that of what the last rewiring grew as `W:young`. In the metadata `model` is the tree of modules, with their kinds and settings, and `training` says where the run stood. What is
 * read of the version before is translated first (`checkpoint_2.ts`), so that there is one reader.
 *
 * @module
 */
import { type AnyModule, pathsIn, requireModule } from "../nn/module.ts";
import type { Moments } from "../optim/moments.ts";
import { isHere, placedHere } from "../nn/spread.ts";
import { filesFor, isMissing } from "../runtime/files.ts";
import type { Device } from "../program/device.ts";
import type { PlaceOptions } from "../program/placement.ts";
import type { Resource, ResourceData } from "../program/resource.ts";
import type { Pattern } from "../sparse/pattern.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import type { SparseWeight } from "../sparse/weight.ts";
import { requireNoStrangers, restoredPattern, takeTensor } from "./checkpoint_arrays.ts";
import { CHOSEN, describeModel, MODEL, PART, PATTERNS } from "./description.ts";
import { arraysOnRanks } from "./gathering.ts";
import { HISTORY_PARTS, type HistoryWords } from "./history.ts";
import { maskArrays, takeMask, type TakenMask } from "./mask_arrays.ts";
import { CheckpointError } from "./errors.ts";
import {
  decodeSafetensors,
  EXPORT_KEY,
  type NamedTensor,
  type Safetensors,
  sealSafetensors,
} from "./safetensors.ts";

/** The version of the format that is written. */
const FORMAT = "filigree 3";

/** The version before, which is read. */
const FORMAT_2 = "filigree 2";

/** What of a training is saved and restored. */
export interface CheckpointParts {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: AnyModule;
  /** The moments of the optimizer, if there is one. */
  readonly moments?: Moments;
  /** What parameters begin with that have no memory yet; by default as the device says. */
  readonly beginning?: PlaceOptions;
  /** Histories of the patterns of sparse weights. */
  readonly histories?: ReadonlyMap<SparseWeight, HistoryWords>;
}

/** Text fields that a checkpoint carries besides. */
export type CheckpointNotes = Readonly<Record<string, string>>;

/** A checkpoint that was read. */
export interface Checkpoint extends Safetensors {
  /** The file. */
  readonly path: string;
  /** Of one of version 2: the names of its parameters by their places in the model, which was no tree then. */
  readonly places?: readonly string[];
}

/**
 * Writes a checkpoint: to a temporary file, synced, renamed.
 *
 * @throws {Error} if the file cannot be written; an earlier file of that name survives.
 */
export async function saveCheckpoint(
  path: string,
  parts: CheckpointParts,
  notes: CheckpointNotes = {},
): Promise<void> {
  const bytes = await encodeCheckpoint(parts, notes);
  if (!writes(parts)) return;
  // Who only reads checkpoints does without what writes files.
  const { writeAtomically } = await import("../runtime/atomic_files.ts");
  await writeAtomically(path, bytes, "checkpoint");
}

/** Whether this process writes checkpoints: of a model that is spread over ranks the first rank does. */
function writes({ model: { spread } }: CheckpointParts): boolean {
  return (spread?.parallel.rank ?? 0) === 0;
}

/** The bytes of a checkpoint; none on a rank that writes none. */
export async function encodeCheckpoint(
  parts: CheckpointParts,
  notes?: CheckpointNotes,
): Promise<Uint8Array<ArrayBuffer>> {
  const { tensors, metadata } = await checkpointOf(parts, notes);
  return writes(parts) ? await sealSafetensors(tensors, metadata) : new Uint8Array(0);
}

/**
 * What a checkpoint holds. Every rank that has a part of the model calls it, and rank 0 gets all.
 *
 * @throws {TypeError} if the model is no module.
 */
export async function checkpointOf(
  parts: CheckpointParts,
  notes: CheckpointNotes = {},
): Promise<{ tensors: NamedTensor[]; metadata: Record<string, string> }> {
  const { device, model, beginning } = parts;
  requireModule(model, "save", "the model");
  const tensors: NamedTensor[] = [];
  const metadata: Record<string, string> = {
    format: FORMAT,
    ...notes,
    [MODEL]: describeModel(model),
  };
  const patterns: Record<string, unknown> = {};
  await device.place(placedHere(model), { order: model.parameters, ...beginning });
  for (const named of parametersOf(model, pathsIn(model))) {
    const { name, parameter, weight } = named;
    if (weight?.sparse !== undefined) patterns[name] = JSON.parse(weight.sparse.record);
    const read = () => arraysOf(named, parts);
    tensors.push(...await arraysOnRanks(model.spread, parameter, read));
  }
  metadata[PATTERNS] = JSON.stringify(patterns);
  return { tensors, metadata };
}

/** A parameter with the name of its arrays. */
type NamedParameter = ReturnType<typeof parametersOf>[number];

/** Reads the arrays of a parameter. */
async function arraysOf(
  { name, parameter, weight }: NamedParameter,
  { device, moments, histories }: CheckpointParts,
): Promise<NamedTensor[]> {
  const tensors: NamedTensor[] = [];
  const add = (name: string, shape: readonly number[], data: ResourceData): void => {
    tensors.push({ name, shape, data });
  };
  const data = await device.read(parameter);
  const sparse = weight?.sparse;
  if (sparse === undefined) {
    add(name, weight?.shape ?? [data.length], data);
  } else {
    if (data instanceof Float32Array) sparse.follow(data);
    const { span, index } = sparse.pattern;
    add(`${name}${PART}values`, storageOf(sparse.storage).shape(sparse.geometry), data);
    add(`${name}${PART}span`, [span.length / 2, 2], span);
    add(`${name}${PART}index`, [index.length], index);
    const { chosen, mask } = sparse;
    if (chosen !== undefined) add(`${name}${PART}${CHOSEN}`, [chosen.length], chosen);
    const masks = await maskArrays(device, mask);
    for (const [kind, words] of [...masks, ...Object.entries(histories?.get(sparse) ?? {})]) {
      add(`${name}${PART}${kind}`, [words.length], words);
    }
  }
  for (const [i, moment] of momentsOf(device, moments, parameter).entries()) {
    add(`${name}${PART}moments.${i}`, [moment.length], await device.read(moment));
  }
  const births = birthsIn(moments, parameter);
  if (births !== undefined && device.has(births)) {
    add(`${name}${PART}${BIRTHS}`, [births.length], await device.read(births));
  }
  return tensors;
}

/** What errors call a checkpoint that was given as its bytes. */
const IN_MEMORY = "in memory";

/**
 * Reads a checkpoint and checks it to the last bit.
 *
 * @param source The file, or what it holds.
 * @param name What errors call it.
 * @throws {CheckpointError} if the file is not there or cannot be read, is cut short, damaged, or none of ours.
 */
export async function readCheckpoint(
  source: string | Uint8Array,
  name: string = typeof source === "string" ? source : IN_MEMORY,
): Promise<Checkpoint> {
  const bytes = typeof source === "string" ? await bytesOf(source) : source;
  return await checkpointFrom(name, await decodeSafetensors(bytes, name));
}

/**
 * A checkpoint out of what a file holds.
 *
 * @throws {CheckpointError} if it is none of ours.
 */
export async function checkpointFrom(path: string, file: Safetensors): Promise<Checkpoint> {
  const { format, sha256 } = file.metadata;
  if (EXPORT_KEY in file.metadata) {
    throw new CheckpointError(path, `it is an export for other programs; expected "${FORMAT}"`);
  }
  const isOld = format === FORMAT_2;
  if (format !== FORMAT && !isOld) {
    const found = format === undefined ? "no format of ours" : `the format "${format}"`;
    throw new CheckpointError(path, `it has ${found}; expected "${FORMAT}"`);
  }
  if (sha256 === undefined) {
    throw new CheckpointError(path, "it has no checksum; the file was damaged or edited");
  }
  if (!isOld) return { ...file, path };
  const { translated } = await import("./checkpoint_2.ts");
  return translated(path, file);
}

/** What {@linkcode restoreCheckpoint} writes to. */
export interface RestoreParts extends Omit<CheckpointParts, "histories"> {
  /** The names in the checkpoint of the model's parameters, where they are not the ways to them. */
  readonly paths?: ReadonlyMap<Resource, string>;
}

/** Options of {@linkcode restoreCheckpoint}. */
export interface RestoreOptions {
  /** Whether moments become 0 and histories are forgotten; false by default. */
  readonly weightsOnly?: boolean;
  /** Beginnings of the names of parameters that stay as they are; none by default. */
  readonly except?: readonly string[];
  /** Beginnings of the names of parameters that the checkpoint has and the model has not; none by default. */
  readonly leave?: readonly string[];
}

/** The bytes of a file; one that a run has removed in the meantime is no more of a surprise than a damaged one. */
async function bytesOf(path: string): Promise<Uint8Array> {
  const { readFile } = filesFor(`read the checkpoint "${path}"`, "its bytes");
  try {
    return await readFile(path);
  } catch (cause) {
    // That Deno was not allowed to says more by itself.
    if (cause instanceof Error && cause.name === "NotCapable") throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const what = isMissing(cause) ? "there is no such file" : `it cannot be opened: ${why}`;
    throw new CheckpointError(path, `${what}; expected a checkpoint`, { cause });
  }
}

/**
 * Puts the content of a checkpoint in the place of a model's parameters, patterns and moments. Moments that it lacks become
 * 0: they were not there yet. Nothing is changed unless all of it fits.
 *
 * @returns The histories of patterns that it holds.
 * @throws {CheckpointError} if it is of another model or another optimizer.
 */
export async function restoreCheckpoint(
  checkpoint: Checkpoint,
  parts: RestoreParts,
  { weightsOnly = false, except = [], leave = [] }: RestoreOptions = {},
): Promise<Map<SparseWeight, HistoryWords>> {
  const { device, model, moments, beginning } = parts;
  requireModule(model, "restore", "the model");
  const named = namesOf(model, checkpoint, parts.paths);
  requireExceptions(named.map(({ way }) => way), except);
  const writes: [Resource, ResourceData][] = [];
  const patterns: [SparseWeight, Pattern, Uint32Array | undefined, TakenMask][] = [];
  const histories = new Map<SparseWeight, HistoryWords>();
  const known = new Set<string>();
  // What other ranks take.
  const elsewhere = new Set<string>();
  const skipped = named.filter(({ way }) => except.some((begin) => way.startsWith(begin)));
  const passed = new Set(skipped.map(({ name }) => name));
  const take = (name: string, length: number): ResourceData => {
    known.add(name);
    return takeTensor(checkpoint, name, length);
  };
  const offered = (name: string): ResourceData | undefined => {
    known.add(name);
    return checkpoint.tensors.get(name)?.data;
  };
  for (const { name, parameter, weight } of named) {
    if (!isHere(model.spread, parameter)) {
      elsewhere.add(name);
      continue;
    }
    const sparse = passed.has(name) ? undefined : weight?.sparse;
    if (sparse !== undefined) {
      const pattern = restoredPattern(checkpoint, name, sparse, take);
      const chosen = offered(`${name}${PART}${CHOSEN}`) === undefined
        ? undefined
        : Uint32Array.from(take(`${name}${PART}${CHOSEN}`, Math.ceil(pattern.capacity / 32)));
      const masked = takeMask(sparse.mask, {
        take: (part, length) => take(`${name}${PART}${part}`, length),
        has: (part) => offered(`${name}${PART}${part}`) !== undefined,
      }, !weightsOnly);
      patterns.push([sparse, pattern, chosen, masked]);
      writes.push([parameter, take(`${name}${PART}values`, parameter.length)]);
      const history = HISTORY_PARTS.flatMap((kind) => {
        const words = offered(`${name}${PART}${kind}`);
        return words instanceof Uint32Array ? [[kind, words]] : [];
      });
      if (!weightsOnly) histories.set(sparse, Object.fromEntries(history));
    } else if (!passed.has(name)) {
      writes.push([parameter, take(name, parameter.length)]);
    }
    const parts: [string, Resource][] = (moments?.of(parameter) ?? []).map((
      moment,
      i,
    ) => [`moments.${i}`, moment]);
    const births = birthsIn(moments, parameter);
    if (births !== undefined) parts.push([BIRTHS, births]);
    for (const [part, moment] of parts) {
      const key = `${name}${PART}${part}`;
      if (offered(key) !== undefined && !weightsOnly) {
        writes.push([moment, take(key, moment.length)]);
      } else if (device.has(moment)) {
        const { type, length } = moment;
        writes.push([moment, type === "f32" ? new Float32Array(length) : new Uint32Array(length)]);
      }
    }
  }
  requireNoStrangers(
    checkpoint,
    (name) =>
      known.has(name) || [passed, elsewhere].some((names) => names.has(name.split(PART)[0])) ||
      leave.some((begin) => name.startsWith(begin)) ||
      ((weightsOnly || moments === undefined) && isMoment(name)),
  );
  const placed = [...placedHere(model), ...writes.map(([resource]) => resource)];
  const begun: (() => void)[] = [];
  try {
    for (const [weight, pattern, chosen] of patterns) {
      if (!device.has(weight.values)) begun.push(weight.begin(device, pattern, chosen));
    }
    const contents = new Map(writes);
    await device.place(placed, { order: model.parameters, ...beginning, contents });
  } catch (error) {
    for (const takeBack of begun) takeBack();
    throw error;
  }
  for (const [weight, pattern, chosen, masked] of patterns) {
    weight.rewire(device, pattern, undefined, chosen);
    masked?.(device);
  }
  for (const [resource, data] of writes) device.write(resource, data);
  return histories;
}

/** Name of the part with the ages of a weight's units. */
const BIRTHS = "births";

/** Whether an array of a checkpoint belongs to the optimizer. */
function isMoment(name: string): boolean {
  return name.includes(`${PART}moments.`) || name.endsWith(`${PART}${BIRTHS}`);
}

/** Where the ages of a parameter's units lie, if they are kept. */
function birthsIn(moments: Moments | undefined, parameter: Resource): Resource | undefined {
  const fresh = moments?.fresh(parameter);
  return fresh?.kind === "local" ? fresh.births.resource : undefined;
}

/** Refuses exceptions that are none: all would be taken in silence. */
function requireExceptions(ways: readonly string[], except: readonly string[]): void {
  const wrong = except.find((begin) => !ways.some((way) => way.startsWith(begin)));
  if (wrong === undefined) return;
  throw new RangeError(
    `Cannot load all parameters except "${wrong}": the model has none whose name begins so; ` +
      `its names are ${ways.map((way) => `"${way}"`).join(", ")}`,
  );
}

/** The parameters of a model with their names in a checkpoint, and the ways to them. */
function namesOf(
  model: AnyModule,
  { path, places }: Checkpoint,
  paths: ReadonlyMap<Resource, string> | undefined,
) {
  const wayTo = pathsIn(model);
  const ofPlaces = places && new Map(model.parameters.map((each, i) => [each, places[i]]));
  const given = paths ?? ofPlaces;
  const nameOf = (parameter: Resource): string => {
    const name = given === undefined ? wayTo(parameter) : given.get(parameter);
    if (name !== undefined) return name;
    throw new CheckpointError(
      path,
      `it lacks "${wayTo(parameter)}"; expected a checkpoint of the same model`,
    );
  };
  return parametersOf(model, nameOf).map((each) => ({ ...each, way: wayTo(each.parameter) }));
}

/** The parameters of a model with the names of their arrays. */
function parametersOf(model: AnyModule, nameOf: (parameter: Resource) => string) {
  return model.parameters.map((parameter) => ({
    name: nameOf(parameter),
    parameter,
    weight: model.weights.find((weight) => weight.values === parameter),
  }));
}

/** The moments that a parameter has on the device by now. */
function momentsOf(
  device: Device,
  moments: Moments | undefined,
  parameter: Resource,
): readonly Resource[] {
  return (moments?.of(parameter) ?? []).filter((moment) => device.has(moment));
}
