/**
 * Models for other programs: the layers without what training alone needs.
 *
 * A multi-layer perceptron also loses the neurons that no longer read anything. Such a neuron gives the same number for
 * every example, `max(bias, 0)`: it is folded into the biases of the layer above, and the neuron and its connections
 * disappear (SRigL, section 4). The filters of a convolutional network stay: the zeros around its images are not constant.
 *
 * @module
 */
import { eachConnection } from "../sparse/convert.ts";
import type { NamedTensor } from "./safetensors.ts";
import type { SnapshotLayer } from "./snapshot.ts";

/** How an exported layer is stored. */
export type ExportFormat =
  /** `N.values`, `N.index` (input of each), `N.span` (begin and end of each row) and `N.bias`. */
  | "condensed"
  /** `N.weight` `[rows, inputs]` and `N.bias`. */
  | "dense";

/** A layer as rows of connections. */
interface Rows {
  readonly name: string;
  readonly inputs: number;
  readonly kernel?: readonly [height: number, width: number];
  /** Input and weight of each connection, by row, ascending by input. */
  readonly rows: readonly (readonly [input: number, weight: number])[][];
  readonly bias: Float64Array;
  /** Whether the layer has a bias. */
  readonly biased: boolean;
}

/**
 * The arrays of a model as they are: `N.weight` of a convolution is `[filters, channels, height, width]`.
 *
 * @param others Arrays that go with them, such as those of batch norms.
 */
export function exportAll(
  layers: readonly SnapshotLayer[],
  others: readonly NamedTensor[],
  format: ExportFormat,
): NamedTensor[] {
  return [...layers.flatMap((layer) => tensorsOf(rowsOf(layer), format)), ...others];
}

/**
 * The arrays of a multi-layer perceptron whose hidden layers end with a relu.
 *
 * Outputs are those of the model to rounding: constants are added in float64 and rounded once.
 */
export function exportLayers(
  layers: readonly SnapshotLayer[],
  format: ExportFormat,
): NamedTensor[] {
  const all = layers.map(rowsOf);
  let kept: number[] | undefined;
  return all.flatMap((layer, i) => {
    const reduced = kept === undefined ? layer : withoutInputs(layer, all[i - 1], kept);
    const last = i === all.length - 1;
    const live = reduced.rows.flatMap((row, r) => last || row.length > 0 ? [r] : []);
    const dead = new Set(reduced.rows.keys());
    live.forEach((row) => dead.delete(row));
    // What the layer above needs of those that go: their biases as they are now.
    dead.forEach((row) => all[i].bias[row] = reduced.bias[row]);
    kept = live;
    const rows = live.map((row) => reduced.rows[row]);
    const bias = Float32Array.from(live, (row) => reduced.bias[row]);
    return tensorsOf({ ...reduced, rows, bias: Float64Array.from(bias), biased: true }, format);
  });
}

function rowsOf({ name, rows, inputs, kernel, pattern, values, bias }: SnapshotLayer): Rows {
  const lists: [number, number][][] = Array.from({ length: rows }, () => []);
  if (pattern === undefined) {
    values.forEach((value, i) => lists[Math.floor(i / inputs)].push([i % inputs, value]));
  } else {
    eachConnection(pattern, (at, row, input) => lists[row].push([input, values[at]]));
    for (const list of lists) list.sort(([a], [b]) => a - b);
  }
  return {
    name,
    inputs,
    rows: lists,
    bias: Float64Array.from(bias ?? new Float32Array(rows)),
    biased: bias !== undefined,
    ...(kernel === undefined ? {} : { kernel }),
  };
}

/** A layer that reads only the `kept` rows of the one below; the others' constants are in its biases. */
function withoutInputs(layer: Rows, below: Rows, kept: readonly number[]): Rows {
  const place = new Map(kept.map((row, i) => [row, i]));
  const bias = layer.bias.slice();
  const rows = layer.rows.map((row, r) =>
    row.flatMap(([input, weight]): [number, number][] => {
      const at = place.get(input);
      if (at !== undefined) return [[at, weight]];
      bias[r] += weight * Math.max(below.bias[input], 0);
      return [];
    })
  );
  return { name: layer.name, inputs: kept.length, rows, bias, biased: true };
}

function tensorsOf(layer: Rows, format: ExportFormat): NamedTensor[] {
  const { name, inputs, kernel, rows, bias, biased } = layer;
  const shape = [rows.length];
  const biases = biased ? [{ name: `${name}.bias`, shape, data: Float32Array.from(bias) }] : [];
  if (format === "dense") {
    const data = new Float32Array(rows.length * inputs);
    rows.forEach((row, r) => row.forEach(([input, weight]) => data[r * inputs + input] = weight));
    const [height, width] = kernel ?? [1, 1];
    const windows = kernel === undefined ? [inputs] : [inputs / (height * width), height, width];
    return [{ name: `${name}.weight`, shape: [rows.length, ...windows], data }, ...biases];
  }
  const span = new Uint32Array(2 * rows.length);
  rows.reduce((begin, row, r) => {
    span.set([begin, begin + row.length], 2 * r);
    return begin + row.length;
  }, 0);
  const connections = rows.flat();
  const index = Uint32Array.from(connections, ([input]) => input);
  const values = Float32Array.from(connections, ([, weight]) => weight);
  return [
    { name: `${name}.values`, shape: [values.length], data: values },
    { name: `${name}.index`, shape: [index.length], data: index },
    { name: `${name}.span`, shape: [rows.length, 2], data: span },
    ...biases,
  ];
}
