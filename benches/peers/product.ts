/**
 * `product/...`: the dense product of two matrices of 512 x 512, against the JavaScript libraries on the same device.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import { checkElements } from "./check.ts";
import type { Match } from "./match.ts";
import { openProduct, type Ours } from "./ours.ts";
import { openPeer, type Program } from "./process.ts";

const SIZE = 512;

/** Ours, theirs, and the goal where there is one. */
const PAIRS: readonly (readonly [Ours, Program, variant: string, goal?: number])[] = [
  [{ label: "webgpu", threads: 1 }, "jax", "webgpu", 2],
  [{ label: "webgpu", threads: 1 }, "tfjs", "webgpu", 2],
  ...(["wasm-plain", "wasm-relaxed"] as const).flatMap((label) =>
    [
      [{ label, threads: 1 }, "jax", "wasm", 1.5],
      [{ label, threads: 1 }, "tfjs", "wasm"],
    ] as const
  ),
  [{ label: "wasm-relaxed", threads: 2 }, "jax", "wasm", 1.5],
];

/** All comparisons. */
export function* productMatches(): Generator<Match> {
  const random = new Random({ seed: 2, use: "values", stream: 0 });
  const [a, b] = [random.normals(SIZE * SIZE, 1), random.normals(SIZE * SIZE, 1)];
  const check = (c: Float32Array): void =>
    checkElements(c, SIZE, (at, i) => {
      const row = Math.floor(at / SIZE);
      return [a[row * SIZE + i], b[i * SIZE + at % SIZE]];
    });
  for (const [ours, program, variant, goal] of PAIRS) {
    const threads = ours.label === "webgpu" ? "" : `/threads-${ours.threads}`;
    yield {
      name: `product/512/${ours.label}${threads}/${program}-${variant}`,
      ...(goal === undefined ? {} : { goal }),
      ours: () => openProduct(ours, SIZE, a, b),
      theirs: () =>
        openPeer(program, {
          open: "product",
          variant,
          threads: ours.threads,
          params: {},
          arrays: { a: [a, [SIZE, SIZE]], b: [b, [SIZE, SIZE]] },
        }),
      check,
    };
  }
}
