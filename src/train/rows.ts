/**
 * Weights as rows of connections, and the neurons that can be left out of them.
 *
 * A neuron that reads nothing gives the same number for every example, `max(bias, 0)` where a relu follows: it is folded into
 * the biases of the layer above, and the neuron and its connections disappear (SRigL, section 4). The filters of convolutions
 * stay: the zeros around their images are not constant.
 *
 * @module
 */
import { exportOfLayer, type Rows, type StoredLayer } from "../nn/definition.ts";
import { eachConnection } from "../sparse/convert.ts";
import type { SnapshotLayer } from "./snapshot.ts";

/** The rows of a weight of a checkpoint. What a row has of an input more than once is one connection, of the sum. */
export function rowsOf({ rows, inputs, pattern, values }: Omit<SnapshotLayer, "name">): Rows {
  const begin = new Uint32Array(rows + 1);
  if (pattern === undefined) {
    const index = new Uint32Array(values.length);
    for (let i = 0; i < inputs; i++) index[i] = i;
    // Doubling what is there is a hundred times faster than a division for each place.
    for (let done = inputs; done < index.length; done *= 2) index.copyWithin(done, 0, done);
    return { inputs, begin: begin.map((_, row) => row * inputs), index, values };
  }
  // Inputs ascend in a row, so that equal ones follow each other.
  const latest = new Int32Array(rows).fill(-1);
  eachConnection(pattern, (_, row, input) => {
    if (latest[row] !== input) begin[row + 1]++;
    latest[row] = input;
  });
  for (let row = 0; row < rows; row++) begin[row + 1] += begin[row];
  const free = begin.slice();
  const index = new Uint32Array(begin[rows]), weights = new Float32Array(begin[rows]);
  latest.fill(-1);
  eachConnection(pattern, (at, row, input) => {
    if (latest[row] === input) {
      weights[free[row] - 1] += values[at];
      return;
    }
    latest[row] = input;
    index[free[row]] = input;
    weights[free[row]++] = values[at];
  });
  return { inputs, begin, index, values: weights };
}

/**
 * The matrix `[outputs, inputs]` of rows, with zeros where there is no connection.
 *
 * @param transposed Whether it is `[inputs, outputs]`.
 */
export function denseOf(
  { inputs, begin, index, values }: Rows,
  transposed = false,
): Float32Array<ArrayBuffer> {
  const outputs = begin.length - 1;
  const matrix = new Float32Array(outputs * inputs);
  const [byRow, byInput] = transposed ? [1, outputs] : [inputs, 1];
  for (let row = 0; row < outputs; row++) {
    for (let i = begin[row]; i < begin[row + 1]; i++) {
      matrix[row * byRow + index[i] * byInput] = values[i];
    }
  }
  return matrix;
}

/** The layers without the neurons that read nothing and that only another layer of neurons reads. */
export function withoutDeadNeurons(layers: readonly StoredLayer[]): StoredLayer[] {
  const uses = new Map<Rows, number>();
  countUses(layers, uses);
  return reduce(layers, (layer) => Object.values(layer.weights).every((w) => uses.get(w) === 1));
}

function countUses(layers: readonly StoredLayer[], uses: Map<Rows, number>): void {
  for (const { branches, weights } of layers) {
    for (const branch of branches) countUses(branch, uses);
    for (const weight of Object.values(weights)) uses.set(weight, (uses.get(weight) ?? 0) + 1);
  }
}

function reduce(
  layers: readonly StoredLayer[],
  mayChange: (layer: StoredLayer) => boolean,
): StoredLayer[] {
  const reduced = [...layers];
  for (const [i, each] of layers.entries()) {
    const below = reduced[i];
    if (each.branches.length > 0) {
      const branches = each.branches.map((branch) => reduce(branch, mayChange));
      reduced[i] = { ...below, branches };
    }
    if (!hasNeurons(each)) continue;
    // What each number becomes on its way to the layer above.
    let above = i + 1;
    let apply = (x: number): number => x;
    for (; above < layers.length; above++) {
      const { pointwise } = exportOfLayer(layers[above]);
      if (pointwise === undefined) break;
      const [before, place] = [apply, above];
      apply = (x) => pointwise(layers[place], before(x));
    }
    const next = layers[above];
    // What changes is another object: whether it may is known of the one that it was.
    if (next === undefined || !hasNeurons(next) || !mayChange(each) || !mayChange(next)) continue;
    [reduced[i], reduced[above]] = fold(below, reduced[above], apply);
  }
  return reduced;
}

function hasNeurons(layer: StoredLayer): boolean {
  return exportOfLayer(layer).neurons === true;
}

/** Takes the neurons that read nothing out of `below`, and what they say into the biases of `above`. */
function fold(
  below: StoredLayer,
  above: StoredLayer,
  apply: (x: number) => number,
): [StoredLayer, StoredLayer] {
  const { weights: { weight }, vectors: { bias } } = below;
  const { begin } = weight;
  const rows = begin.length - 1;
  const reads = (row: number): boolean => begin[row + 1] > begin[row];
  const live = Array.from({ length: rows }, (_, row) => row).filter(reads);
  if (live.length === rows) return [below, above];
  const said = (row: number): number => apply(bias?.[row] ?? 0);
  const less: StoredLayer = {
    ...below,
    weights: {
      weight: { ...weight, begin: Uint32Array.of(0, ...live.map((row) => begin[row + 1])) },
    },
    vectors: bias === undefined ? {} : { bias: Float64Array.from(live, (row) => bias[row]) },
  };
  const more = withoutInputs(above, live, said);
  const isConstant = bias === undefined && above.vectors.bias === undefined && apply(0) === 0;
  return [less, isConstant ? { ...more, vectors: {} } : more];
}

/** A layer that reads only the `kept` ones of its inputs; what it made of the others is in its biases. */
function withoutInputs(
  layer: StoredLayer,
  kept: readonly number[],
  constant: (input: number) => number,
): StoredLayer {
  const { weights: { weight }, vectors } = layer;
  const place = new Map(kept.map((input, i) => [input, i]));
  const begin = new Uint32Array(weight.begin.length);
  const bias = vectors.bias?.slice() ?? new Float64Array(begin.length - 1);
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
  const reduced = { ...weight, inputs: kept.length, begin, ...read };
  return { ...layer, weights: { weight: reduced }, vectors: { bias } };
}
