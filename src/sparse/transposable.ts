/**
 * Transposable masks (Hubara et al., "Accelerated sparse neural training", NeurIPS 2021): n of every m along the inputs and along
 * the outputs alike, so that the transposed matrix is N:M too.
 *
 * Of each m x m block the mask with the largest sum of magnitudes is found exactly, as a flow from rows to columns: n from each
 * row, n into each column, one along each weight, grown path by path. That takes `n m` paths of a few passes over the block: for
 * masks that are made once, not at every step.
 *
 * @module
 */

/**
 * The transposable mask of a matrix with the largest sum of magnitudes.
 *
 * @param values `[rows, inputs]`
 * @returns As long: 1 in the mask, 0 outside.
 * @throws {RangeError} unless m divides rows and inputs.
 */
export function transposableMask(
  values: Float32Array,
  [rows, inputs]: readonly [number, number],
  { n, m }: { readonly n: number; readonly m: number },
): Uint8Array {
  if (rows % m !== 0 || inputs % m !== 0) {
    throw new RangeError(
      `Cannot make a transposable mask ${n}:${m} of [${rows}, ${inputs}]: expected outputs and inputs that are multiples of ${m}`,
    );
  }
  const mask = new Uint8Array(values.length);
  const block = new Float64Array(m * m);
  const placeOf = (begin: number, at: number): number =>
    begin + Math.floor(at / m) * inputs + at % m;
  for (let row = 0; row < rows; row += m) {
    for (let input = 0; input < inputs; input += m) {
      const begin = row * inputs + input;
      block.forEach((_, at) => block[at] = Math.abs(values[placeOf(begin, at)]));
      largestBlock(block, n, m).forEach((inside, at) => mask[placeOf(begin, at)] = inside);
    }
  }
  return mask;
}

/** The weights of an m x m block, n in each row and column, with the largest sum. */
function largestBlock(block: Float64Array, n: number, m: number): Uint8Array {
  const inside = new Uint8Array(m * m);
  const spare = { rows: new Int32Array(m).fill(n), columns: new Int32Array(m).fill(n) };
  for (let path = 0; path < n * m; path++) {
    const { from, to, end } = bestPath(block, inside, spare, m);
    // Backwards: into a column along a weight that comes in, into a row along one that goes out.
    let column = end;
    while (true) {
      const row = to[column];
      inside[row * m + column] = 1;
      if (from[row] < 0) {
        spare.rows[row]--;
        break;
      }
      column = from[row];
      inside[row * m + column] = 0;
    }
    spare.columns[end]--;
  }
  return inside;
}

/** The path from a row with room to a column with room that adds most: the column before each row, the row before each column. */
function bestPath(
  block: Float64Array,
  inside: Uint8Array,
  spare: { readonly rows: Int32Array; readonly columns: Int32Array },
  m: number,
): { readonly from: Int32Array; readonly to: Int32Array; readonly end: number } {
  const reached = Float64Array.from(spare.rows, (room) => room > 0 ? 0 : -Infinity);
  const gained = new Float64Array(m).fill(-Infinity);
  const from = new Int32Array(m).fill(-1);
  const to = new Int32Array(m).fill(-1);
  // What rounding makes of a path that is no better is none.
  const slack = 1e-12 * block.reduce((most, weight) => Math.max(most, weight), 0);
  for (let changed = true; changed;) {
    changed = false;
    for (let at = 0; at < m * m; at++) {
      const row = Math.floor(at / m);
      const column = at % m;
      if (inside[at] === 0 && reached[row] + block[at] > gained[column] + slack) {
        gained[column] = reached[row] + block[at];
        to[column] = row;
        changed = true;
      } else if (inside[at] === 1 && gained[column] - block[at] > reached[row] + slack) {
        reached[row] = gained[column] - block[at];
        from[row] = column;
        changed = true;
      }
    }
  }
  let end = -1;
  for (let column = 0; column < m; column++) {
    if (spare.columns[column] > 0 && (end < 0 || gained[column] > gained[end])) end = column;
  }
  return { from, to, end };
}
