/**
 * Finds the data set that `--data` names.
 *
 * @module
 */
import type { TargetTask } from "../data/columns.ts";
import { APPLIES, type DataKind, dataKindOf, type DataOptions, loadData } from "../data/folder.ts";
import type { TargetKind } from "../data/preparation.ts";
import { type SplitData, splitData, type TestedData } from "../data/training_data.ts";
import { taskDefinition } from "../tasks/mod.ts";
import { exists } from "../runtime/atomic_files.ts";
import { DATA_SETS } from "./config/choices.ts";
import { leafOf } from "./config/leaves.ts";
import type { Config } from "./config/schema.ts";
import { type DataSetDefinition, requirePath } from "./data_sets/definition.ts";
import { ValidationError } from "./deps.ts";
import { isLabelled } from "./labelled.ts";

/** The task that gives each kind of target. */
const TASKS: Readonly<Record<TargetKind["kind"], TargetTask>> = {
  class: "class",
  numbers: "regression",
  "multi-label": "multi-label",
};

/**
 * Reads a data set.
 *
 * @param name A data set that has one, a table, or a folder: see {@linkcode loadData}.
 * @param options How it is read: the fields of {@linkcode Config} that {@linkcode DataOptions} has.
 * @throws {ValidationError} if there is no such file or folder, or an option does not fit what there is.
 */
export async function openData(
  name: string,
  options: Partial<Config["data"]> = {},
): Promise<SplitData> {
  return await reading(name, async (path, { read } = {}) => {
    if (read !== undefined) {
      requireNone(name, withoutOwnTask(options));
      return await read(path);
    }
    const kind = await dataKindOf(path);
    const asked = kindsOf("task")?.includes(kind) === false ? withoutOwnTask(options) : options;
    requireApplicable(name, kind, asked);
    return await loadData(path, dataOptionsOf(asked));
  });
}

/**
 * Another data set to test a model with, read as the configuration of its training says, as far as that applies.
 *
 * @param learnt What the training learnt: what the targets look like in the other data set does not count.
 * @throws {ValidationError} as {@linkcode openData} does.
 */
export async function openToTest(
  name: string,
  { labels, target, task, header, normalize }: Partial<Config["data"]> = {},
  learnt?: TargetKind,
): Promise<SplitData> {
  const as = task ?? (learnt === undefined ? undefined : TASKS[learnt.kind]);
  return await reading(name, async (path, { read } = {}) => {
    if (read !== undefined) return await read(path);
    const kind = await dataKindOf(path);
    // A model brings what its examples were normalized with; the same data are the same only if read alike. Channels take pictures.
    const alike = normalize === "channel" ? {} : { normalize };
    const given = Object.entries(dataOptionsOf({ labels, target, task: as, header, ...alike }));
    const applying = given.filter(([key]) => kindsOf(key)?.includes(kind) !== false);
    return await loadData(path, Object.fromEntries(applying));
  });
}

/** Reads what a name stands for; what the files are not for is wrong use; that one is damaged or missing, an error of its own. */
async function reading(
  name: string,
  read: (path: string | URL, known: Partial<DataSetDefinition> | undefined) => Promise<SplitData>,
): Promise<SplitData> {
  const known = knownSet(name);
  const path = known?.corpus === true ? name : await dataPath(name);
  await requireExamples(name, path);
  try {
    return await read(path, known);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ValidationError(cause.message, { cause });
  }
}

/** Refuses texts that other verbs train with. */
async function requireExamples(name: string, path: string | URL): Promise<void> {
  const corpus = knownSet(name)?.corpus === true || await exists(`${path}/corpus.json`);
  if (!corpus && !await isLabelled(path)) return;
  const [what, verb] = corpus ? ["a corpus", "pretrain"] : ["labelled sentences", "finetune"];
  throw new ValidationError(
    `Option "--data" is "${name}", which is ${what}; expected a data set of examples. \`filigree ${verb}\` trains with ${what}.`,
  );
}

/** The options where data say themselves what is learnt of them: then a task that only learns it otherwise reads nothing else. */
function withoutOwnTask(options: Partial<Config["data"]>): Partial<Config["data"]> {
  const { task, ...others } = options;
  return task === undefined || taskDefinition(task).reads === task ? options : others;
}

/** Refuses options where a data set is read in a way of its own. */
export function requireNone(name: string, options: Partial<Config["data"]>): void {
  const [key] = Object.keys(dataOptionsOf(options));
  if (key === undefined) return;
  throw new ValidationError(
    `Option "${
      leafOf(`data.${key}`)?.flag
    }" (data.${key}) does not apply to the data set "${name}".`,
  );
}

/** Refuses options that the files leave without effect. */
function requireApplicable(
  name: string,
  kind: DataKind | "table",
  options: Partial<Config["data"]>,
): void {
  for (const key of Object.keys(dataOptionsOf(options))) {
    const kinds = kindsOf(key);
    if (kinds === undefined || kinds.includes(kind)) continue;
    const applies = kinds.map((applying) => KINDS[applying].replace(/^of /, ""));
    throw new ValidationError(
      `Option "${leafOf(`data.${key}`)?.flag}" (data.${key}) applies to ${
        applies.join(" and ")
      } only, but the data set "${name}" is ${KINDS[kind]}.`,
    );
  }
}

/** What an option applies to; undefined: to everything. */
function kindsOf(key: string): readonly (DataKind | "table")[] | undefined {
  return Object.entries(APPLIES).find(([option]) => option === key)?.[1];
}

/** What a data set is, for people. */
const KINDS: Readonly<Record<DataKind | "table", string>> = {
  "CIFAR-10": "CIFAR-10",
  "CIFAR-100": "CIFAR-100",
  IDX: "of IDX files",
  arrays: "of files of arrays",
  table: "of a table",
  tables: "of tables",
};

/** How a configuration reads its data. */
function dataOptionsOf(
  { labels, target, task, header, normalize }: Partial<Config["data"]>,
): DataOptions {
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(target === undefined ? {} : { target }),
    ...(task === undefined ? {} : { task: taskDefinition(task).reads }),
    ...(header === undefined ? {} : { header }),
    ...(normalize === undefined ? {} : { normalize }),
  };
}

/** Share of the examples that is set aside where a data set has no part to test with. */
export const TEST_SHARE = 0.1;

/** A data set with a part to test with: its own, or a tenth of its examples, the same for the same seed. */
export function tested({ train, test }: SplitData, seed: number): TestedData {
  return test === undefined ? splitData(train, { share: TEST_SHARE, seed }) : { train, test };
}

/**
 * Where a data set lies.
 *
 * @param name As {@linkcode openData} takes it.
 * @throws {ValidationError} if there is nothing.
 */
export async function dataPath(name: string): Promise<string | URL> {
  const known = knownSet(name);
  if (known !== undefined) return await known.make({});
  await requirePath(
    name,
    `Option "--data" must be ${
      DATA_SETS.map((each) => each.name).join(", ")
    }, a .csv file, or a folder of .csv, .npy ` +
      `or IDX files or those of CIFAR (to pre-train with: of a corpus that \`filigree data prepare\` wrote), but got "${name}": there is no such file or folder.`,
  );
  return name;
}

function knownSet(name: string): DataSetDefinition | undefined {
  return DATA_SETS.find((each) => each.name === name);
}
