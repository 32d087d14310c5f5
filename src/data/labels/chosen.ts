/**
 * Some rows out of many, in an order of one's own.
 *
 * @module
 */
import type { FeatureRows, LabelRows, TokenRows } from "./rows.ts";
import { TextRows } from "./texts.ts";

/** The texts of some rows. */
export function textsAt({ offsets, bytes }: TextRows, rows: Uint32Array): TextRows {
  const lists = listsAt(offsets, rows);
  return new TextRows({
    offsets: lists.offsets,
    bytes: lists.taken(bytes, (n) => new Uint8Array(n)),
  });
}

/** The labels of some rows. */
export function labelsAt({ columns, offsets, labels }: LabelRows, rows: Uint32Array): LabelRows {
  const lists = listsAt(offsets, rows);
  const taken = lists.taken(labels, (n) => new Uint32Array(n));
  return { rows: rows.length, columns, offsets: lists.offsets, labels: taken };
}

/** The tokens of some rows. */
export function tokensAt({ columns, offsets, tokens }: TokenRows, rows: Uint32Array): TokenRows {
  const lists = listsAt(offsets, rows);
  const taken = lists.taken(tokens, (n) => new Uint32Array(n));
  return { rows: rows.length, columns, offsets: lists.offsets, tokens: taken };
}

/** The features of some rows. */
export function featuresAt(
  { columns, offsets, indices, values }: FeatureRows,
  rows: Uint32Array,
): FeatureRows {
  const lists = listsAt(offsets, rows);
  return {
    ...{ rows: rows.length, columns, offsets: lists.offsets },
    indices: lists.taken(indices, (n) => new Uint32Array(n)),
    values: lists.taken(values, (n) => new Float32Array(n)),
  };
}

/** Lists that are taken out of others. */
interface Lists {
  readonly offsets: Uint32Array<ArrayBuffer>;
  readonly taken: <
    A extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  >(
    from: A,
    make: (length: number) => A,
  ) => A;
}

function listsAt(from: Uint32Array, rows: Uint32Array): Lists {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => offsets[i + 1] = offsets[i] + from[row + 1] - from[row]);
  return {
    offsets,
    taken: (numbers, make) => {
      const into = make(offsets[rows.length]);
      rows.forEach((row, i) => into.set(numbers.subarray(from[row], from[row + 1]), offsets[i]));
      return into;
    },
  };
}
