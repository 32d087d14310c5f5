/**
 * Weights as rows of connections, and the neurons that can be left out of them.
 *
 * A neuron that reads nothing gives the same number for every example, `max(bias, 0)` where a relu follows: it is folded into
 * the biases of the layer above, and the neuron and its connections disappear (SRigL, section 4). The filters of convolutions
 * stay: the zeros around their images are not constant.
 *
 * @module
 */
import type { Operation } from "../nn/operation.ts";
import { eachConnection } from "../sparse/convert.ts";
import type { SnapshotLayer } from "./snapshot.ts";

/** A weight as rows of connections. */
export interface Rows {
  /** Its name; no other weight has it. */
  readonly name: string;
  /** Inputs. */
  readonly inputs: number;
  /** Where the connections of each row begin, and behind them the number of all. */
  readonly begin: Uint32Array;
  /** Input of each connection, ascending in a row. */
  readonly index: Uint32Array;
  /** Weight of each connection. */
  readonly values: Float32Array;
}

/** An operation on rows; vectors are exact until they are written. */
export type RowsOperation = Operation<Rows, Float64Array>;

/** The rows of a weight of a checkpoint. */
export function rowsOf({ name, rows, inputs, pattern, values }: SnapshotLayer): Rows {
  const begin = new Uint32Array(rows + 1);
  if (pattern === undefined) {
    const index = Uint32Array.from(values, (_, i) => i % inputs);
    return { name, inputs, begin: begin.map((_, row) => row * inputs), index, values };
  }
  eachConnection(pattern, (_, row) => begin[row + 1]++);
  for (let row = 0; row < rows; row++) begin[row + 1] += begin[row];
  const free = begin.slice();
  const index = new Uint32Array(begin[rows]), weights = new Float32Array(begin[rows]);
  eachConnection(pattern, (at, row, input) => {
    index[free[row]] = input;
    weights[free[row]++] = values[at];
  });
  return { name, inputs, begin, index, values: weights };
}

/** The operations without the neurons of linear layers that read nothing and that only a linear layer reads. */
export function withoutDeadNeurons(operations: readonly RowsOperation[]): RowsOperation[] {
  const uses = new Map<Rows, number>();
  countUses(operations, uses);
  return reduce(operations, (rows) => uses.get(rows) === 1);
}

function countUses(operations: readonly RowsOperation[], uses: Map<Rows, number>): void {
  for (const record of operations) {
    if (record.operation === "residual") {
      countUses(record.body, uses);
      countUses(record.shortcut, uses);
    }
    if (!("weight" in record)) continue;
    uses.set(record.weight, (uses.get(record.weight) ?? 0) + 1);
  }
}

function reduce(
  operations: readonly RowsOperation[],
  mayChange: (weight: Rows) => boolean,
): RowsOperation[] {
  const reduced = [...operations];
  // What changes is another object: whether it may is known of the one that it was.
  const fixed = new Set(operations.filter((each) => "weight" in each && !mayChange(each.weight)));
  for (const [i, each] of operations.entries()) {
    const below = reduced[i];
    if (each.operation === "residual") {
      const { operation, body, shortcut } = each;
      reduced[i] = {
        operation,
        body: reduce(body, mayChange),
        shortcut: reduce(shortcut, mayChange),
      };
    }
    const rectified = operations[i + 1]?.operation === "relu";
    const next = rectified ? i + 2 : i + 1;
    const above = reduced[next];
    if (below.operation !== "linear" || above?.operation !== "linear") continue;
    if (fixed.has(each) || fixed.has(operations[next])) continue;
    [reduced[i], reduced[next]] = fold(below, above, rectified);
  }
  return reduced;
}

type Linear = RowsOperation & { readonly operation: "linear" };

/** Takes the neurons that read nothing out of `below`, and what they say into the biases of `above`. */
function fold(below: Linear, above: Linear, rectified: boolean): [Linear, Linear] {
  const { begin } = below.weight;
  const rows = begin.length - 1;
  const reads = (row: number): boolean => begin[row + 1] > begin[row];
  const live = Array.from({ length: rows }, (_, row) => row).filter(reads);
  if (live.length === rows) return [below, above];
  const { bias, ...rest } = below;
  const said = (row: number): number => {
    const number = bias?.[row] ?? 0;
    return rectified ? Math.max(number, 0) : number;
  };
  const less: Linear = {
    ...rest,
    weight: { ...below.weight, begin: Uint32Array.of(0, ...live.map((row) => begin[row + 1])) },
    ...(bias === undefined ? {} : { bias: Float64Array.from(live, (row) => bias[row]) }),
  };
  const more = withoutInputs(above, live, said);
  return [less, bias === undefined && above.bias === undefined ? without(more) : more];
}

function without({ bias: _, ...rest }: Linear): Linear {
  return rest;
}

/** A layer that reads only the `kept` ones of its inputs; what it made of the others is in its biases. */
function withoutInputs(
  layer: Linear,
  kept: readonly number[],
  constant: (input: number) => number,
): Linear {
  const { weight } = layer;
  const place = new Map(kept.map((input, i) => [input, i]));
  const begin = new Uint32Array(weight.begin.length);
  const bias = layer.bias?.slice() ?? new Float64Array(begin.length - 1);
  const index = new Uint32Array(weight.index.length), values = new Float32Array(index.length);
  let count = 0;
  for (let row = 0; row < bias.length; row++) {
    for (let i = weight.begin[row]; i < weight.begin[row + 1]; i++) {
      const at = place.get(weight.index[i]);
      if (at === undefined) {
        bias[row] += weight.values[i] * constant(weight.index[i]);
        continue;
      }
      index[count] = at;
      values[count++] = weight.values[i];
    }
    begin[row + 1] = count;
  }
  const read = { index: index.slice(0, count), values: values.slice(0, count) };
  return { ...layer, bias, weight: { ...weight, inputs: kept.length, begin, ...read } };
}
