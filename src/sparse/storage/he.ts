/**
 * How large first values are.
 *
 * @module
 */
import { eachConnection } from "../convert.ts";
import type { Pattern } from "../pattern.ts";

/** The deviation of the values of each row: `sqrt(2 / fan-in)`, with the fan-in of the row (He et al. 2015, equation 10). */
export function heScales(pattern: Pattern): Float64Array {
  const fanIn = new Float64Array(pattern.rows);
  eachConnection(pattern, (_, row) => fanIn[row]++);
  return fanIn.map((count) => Math.sqrt(2 / count));
}
