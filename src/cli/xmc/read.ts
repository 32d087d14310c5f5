/**
 * Reads data with very many labels as a configuration says it, and refuses what no model can be made of.
 *
 * @module
 */
import { withLabelRows } from "../../data/labels/label_rows.ts";
import type { ManyLabelPart, ManyLabelSet } from "../../data/labels/parts.ts";
import { type ManyLabelOptions, readManyLabels } from "../../data/labels/set.ts";
import { splitManyLabels } from "../../data/labels/split.ts";
import { refuse } from "../applicable.ts";
import type { Config } from "../config/schema.ts";
import { requireFile, requirePath } from "../data_sets/definition.ts";
import { ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";

/** Share of the rows that is set aside to test with, where there are none. */
const TEST_SHARE = 0.1;

/** A set that has a part to test with. */
export interface TestedSet extends ManyLabelSet {
  readonly test: ManyLabelPart;
  /** Rows to train with that are no labels. */
  readonly rows: number;
  /** Whether those to test with were set aside from those to train with. */
  readonly split: boolean;
}

/** What a reader of data with very many labels is told by the configuration. */
export type Asked = Pick<Config, "data" | "model">;

/** The rows of a configuration, those to test with of another file if there is one. */
export async function readTested(asked: Asked, test: string | undefined): Promise<TestedSet> {
  if (test === undefined) return await readSet(asked);
  // Rows that were set aside for want of others to test with were not trained with, and are not now either.
  const split = asked.data.test === undefined && (await readSet(asked)).split;
  return await readSet({ ...asked, data: { ...asked.data, test } }, split);
}

/**
 * Reads the rows of a configuration.
 *
 * @param split Whether rows to train with are set aside although there are others to test with; only where there are none by default.
 */
async function readSet({ data }: Asked, split = false): Promise<TestedSet> {
  const { name, test } = data;
  await requirePath(
    name,
    `Option "--train" (data.name) is "${name}", and there is no such file or folder; expected data with very many labels, such ` +
      "as `filigree data prepare wordnet` writes.",
  );
  if (test !== undefined) await requireFile(test, 'Option "--test" (data.test)');
  try {
    const read = await readManyLabels(name, readingOf(data));
    const { testShare, labelText = false } = data;
    if (testShare !== undefined && test === undefined && read.test !== undefined) {
      refuse(
        "data.testShare",
        `is ${testShare}, but "${name}" has rows to test with; expected data without any`,
      );
    }
    // By what is in the rows alone, so that runs of all seeds are tested with the same ones.
    const { test: given, ...others } = read;
    const set = given === undefined || split
      ? splitManyLabels(others, { share: testShare ?? TEST_SHARE })
      : { ...others, test: given };
    const all = labelText ? withLabelRows(set) : set;
    const rows = set.train.labels.rows;
    return { ...all, test: given ?? set.test, rows, split: given === undefined };
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof Deno.errors.NotFound)) throw cause;
    throw new ValidationError(cause.message, { cause });
  }
}

/** How a configuration says that data are read. */
function readingOf(data: Asked["data"]): ManyLabelOptions {
  const { test, text, target, header, labelSeparator, fieldSeparator, cache } = data;
  const table = {
    ...(text === undefined ? {} : { text }),
    ...(target === undefined ? {} : { labels: target }),
    ...(header === undefined ? {} : { header }),
    ...(labelSeparator === undefined ? {} : { labelSeparator }),
    ...(fieldSeparator === undefined ? {} : { fieldSeparator }),
  };
  return {
    ...(test === undefined ? {} : { test }),
    // A file is read as a table where somebody says something of one.
    ...(Object.keys(table).length === 0 ? {} : { table }),
    ...(cache === undefined ? {} : { cache: cache === "user" ? true : cache }),
  };
}

/** Most labels, or features, of a model, twenty times those of the largest data that are known: what each takes is little, but not nothing. */
const MOST = 2 ** 26;

/**
 * Refuses numbers of labels, or of features, that are identifiers of something.
 *
 * @throws {ValidationError} if there are more of either than a model can be made of.
 */
export function requireCounts(
  { data: { name } }: Asked,
  { labels, features }: Pick<ManyLabelPart, "labels" | "features">,
): void {
  const counts = { label: labels.columns, feature: features?.columns ?? 0 };
  for (const [what, count] of Object.entries(counts)) {
    if (count <= MOST) continue;
    throw new ValidationError(
      `Cannot use "${name}": its highest ${what} has the number ${count - 1}, so that there are ${
        grouped(count)
      }; expected at most ${grouped(MOST)}, numbered from 0 on without large gaps.`,
    );
  }
}

/**
 * Refuses rows that nothing can be learnt of.
 *
 * @throws {ValidationError} if no row to train with has a label.
 */
export function requireLabels(
  { data: { name } }: Asked,
  { labels: { labels, rows } }: Pick<ManyLabelPart, "labels">,
): void {
  if (labels.length > 0) return;
  throw new ValidationError(
    `Cannot train with "${name}": none of its ${
      grouped(rows)
    } rows to train with has a label; expected some that have. ` +
      "Labels of a table are in the columns that --target names, those of a row of features before its first blank.",
  );
}
