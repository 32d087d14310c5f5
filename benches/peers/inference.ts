/**
 * `inference/...`: one example through a condensed layer, against the same layer with its zeros stored and against peers.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import type { DenseWeight } from "../dense_weights.ts";
import { checkElements } from "./check.ts";
import { openInference, type Ours } from "./ours.ts";
import type { Match } from "./match.ts";
import { openPeer, type Program } from "./process.ts";

/** A layer of a vision transformer's MLP at 90 %. */
const LAYER = { inputs: 3072, outputs: 768, density: 0.1 } as const;

const OURS: readonly Ours[] = [
  { label: "wasm-plain", threads: 1 },
  { label: "wasm-relaxed", threads: 1 },
];

const PEERS: readonly (readonly [Program, variant: string, goal?: number])[] = [
  ["scipy", "csr", 1.8],
  ["torch", "csr"],
  ["torch", "dense"],
];

/** All comparisons. */
export function* inferenceMatches(): Generator<Match> {
  const { inputs, outputs } = LAYER;
  const random = new Random({ seed: 3, use: "values", stream: 0 });
  const x = random.normals(inputs, 1);
  const task = { ...LAYER, x };
  for (const ours of OURS) {
    const name = `inference/3072x768/0.90/b1/${ours.label}`;
    let weight: DenseWeight;
    const sparse = async () => {
      const contender = await openInference(ours, task);
      [weight] = contender.weights;
      return contender;
    };
    const check = (y: Float32Array): void =>
      checkElements(y, inputs, (row, i) => [weight.weight[row * inputs + i], x[i]]);
    yield {
      name: `${name}/own-dense`,
      goal: 3.8,
      ours: sparse,
      theirs: () => openInference(ours, { ...task, density: 1 }, weight),
      check,
    };
    for (const [program, variant, goal] of PEERS) {
      yield {
        name: `${name}/${program}-${variant}`,
        ...(goal === undefined ? {} : { goal }),
        ours: sparse,
        theirs: () =>
          openPeer(program, {
            open: "inference",
            variant,
            threads: ours.threads,
            params: {},
            arrays: {
              weight: [weight.weight, [outputs, inputs]],
              bias: [new Float32Array(outputs), [outputs]],
              x: [x, [inputs]],
            },
          }),
        check,
      };
    }
  }
}
