/**
 * What labels are called, as rows to train with.
 *
 * @module
 */
import type { ManyLabelPart, ManyLabelSet } from "./parts.ts";
import type { FeatureRows, LabelRows } from "./rows.ts";
import { TextRows } from "./texts.ts";

/**
 * Puts a row for each label behind those to train with: its text, or its features, and the label itself.
 *
 * @throws {RangeError} if the labels of the set have neither texts nor features that go with those of its rows.
 * @example
 * ```ts
 * import { TextRows, withLabelRows } from "@filigree/filigree/files";
 *
 * const labels = { rows: 1, columns: 2, offsets: Uint32Array.of(0, 1), labels: Uint32Array.of(1) };
 * const train = { texts: TextRows.of(["it purrs"]), labels };
 * const set = withLabelRows({ train, labelTexts: TextRows.of(["dog", "cat"]) });
 * console.assert([...set.train.texts ?? []].join() === "it purrs,dog,cat");
 * console.assert(set.train.labels.labels.join() === "1,0,1");
 * ```
 */
export function withLabelRows(set: ManyLabelSet): ManyLabelSet {
  const { train: { texts, features, labels, filter }, labelTexts, labelFeatures } = set;
  const count = labels.columns;
  const fail = (why: string): never => {
    throw new RangeError(`Cannot train with what labels are called: ${why}`);
  };
  const rows: { texts?: TextRows; features?: FeatureRows } = {};
  if (texts !== undefined) {
    const own = labelTexts ?? fail("labels have no texts; expected some, as rows have them");
    if (own.rows < count) {
      fail(`there are ${own.rows} texts of ${count} labels; expected one for each`);
    }
    rows.texts = joinedTexts(texts, own, count);
  }
  if (features !== undefined) {
    const own = labelFeatures ?? fail("labels have no features; expected some, as rows have them");
    if (own.rows < count || own.columns > features.columns) {
      fail(
        `there are ${own.columns} features of ${own.rows} labels; expected at most ${features.columns}, of ${count} labels`,
      );
    }
    rows.features = joinedFeatures(features, own, count);
  }
  const train: ManyLabelPart = {
    ...rows,
    labels: joinedLabels(labels, Uint32Array.from({ length: count }, (_, label) => label), 1),
    ...(filter === undefined ? {} : { filter: joinedLabels(filter, new Uint32Array(0), 0) }),
  };
  return { ...set, train };
}

/** Offsets of lists, and those of others behind them. */
function joinedOffsets(
  first: Uint32Array,
  behind: Uint32Array,
  count: number,
): Uint32Array<ArrayBuffer> {
  const rows = first.length - 1;
  const offsets = new Uint32Array(rows + count + 1);
  offsets.set(first);
  for (let i = 1; i <= count; i++) offsets[rows + i] = first[rows] + behind[i];
  return offsets;
}

function joinedTexts(first: TextRows, behind: TextRows, count: number): TextRows {
  const bytes = new Uint8Array(first.bytes.length + behind.offsets[count]);
  bytes.set(first.bytes);
  bytes.set(behind.bytes.subarray(0, behind.offsets[count]), first.bytes.length);
  return new TextRows({ offsets: joinedOffsets(first.offsets, behind.offsets, count), bytes });
}

/** Rows, and behind them the first `count` of others, which have no more columns. */
export function joinedFeatures(
  first: FeatureRows,
  behind: FeatureRows,
  count: number,
): FeatureRows {
  const more = behind.offsets[count];
  const indices = new Uint32Array(first.indices.length + more);
  const values = new Float32Array(indices.length);
  indices.set(first.indices);
  indices.set(behind.indices.subarray(0, more), first.indices.length);
  values.set(first.values);
  values.set(behind.values.subarray(0, more), first.values.length);
  const offsets = joinedOffsets(first.offsets, behind.offsets, count);
  return { rows: first.rows + count, columns: first.columns, offsets, indices, values };
}

/** Lists, and behind them one of `each` labels for every label. */
function joinedLabels(
  { rows, columns, offsets, labels }: LabelRows,
  behind: Uint32Array,
  each: 0 | 1,
): LabelRows {
  const all = new Uint32Array(labels.length + behind.length);
  all.set(labels);
  all.set(behind, labels.length);
  const ends = Uint32Array.from({ length: columns + 1 }, (_, i) => each * i);
  return {
    rows: rows + columns,
    columns,
    offsets: joinedOffsets(offsets, ends, columns),
    labels: all,
  };
}
