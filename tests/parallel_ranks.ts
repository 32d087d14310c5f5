/**
 * What a rank does in `tests/parallel_test.ts`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { openMpi } from "../parallel.ts";

/** Elements of a sum: fewer than ranks, and numbers at which Open MPI's own sum depends on the place of an element. */
const LENGTHS = [0, 1, 2, 1500, 5000, 70_001];

const [what] = Deno.args;
const parallel = openMpi();
const { rank, size } = parallel;

/** Number `i` of a rank: of very different sizes, so that the order of a sum shows. */
function number(i: number, rank: number): number {
  return Math.fround(Math.sin(i + 7 * rank) * 10 ** ((i + 3 * rank) % 9));
}

if (what === "fail") {
  if (rank === 1) {
    console.error(`rank ${rank} has failed`);
    parallel.abort(3);
  }
  // The others wait for it.
  parallel.barrier();
} else if (what === "throw") {
  if (rank === 1) throw new Error(`rank ${rank} has thrown`);
  parallel.allReduce(new Float32Array(10));
} else {
  for (const length of LENGTHS) {
    const values = Float32Array.from({ length }, (_, i) => number(i, rank));
    parallel.allReduce(values);
    for (const [i, value] of values.entries()) {
      let sum = 0;
      for (let r = 0; r < size; r++) sum += number(i, r);
      assert.equal(value, Math.fround(sum), `element ${i} of ${length} on rank ${rank}`);
    }
  }
  const words = new Uint32Array(3).fill(rank + 5);
  parallel.broadcast(words);
  assert.deepEqual([...words], [5, 5, 5]);
  parallel.barrier();
  const { bytes } = parallel.traffic;
  // Of n numbers as many as a ring sends: twice those that are not this rank's own.
  const sent = LENGTHS.reduce((sum, length) => sum + 2 * length * 4 * (size - 1) / size, 0);
  assert.ok(Math.abs(bytes - sent) < 4 * size * LENGTHS.length + 12, `${bytes} bytes, not ${sent}`);
  const shared = new Float32Array(new SharedArrayBuffer(4));
  assert.throws(() => parallel.broadcast(shared), /memory is shared between threads/);
  parallel.close();
  parallel.close();
  assert.throws(() => parallel.barrier(), /the ranks were closed/);
  if (rank === 0) console.log(JSON.stringify({ engine: parallel.engine, size }));
}
