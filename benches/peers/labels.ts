/**
 * `labels/...`: a step of a head of 131,073 labels, 768 features, a batch of 128: all logits, the binary cross-entropy over all
 * labels, the gradient of the features, that of the values, Adam. Ours has 32 or 128 connections for each label; PyTorch has all
 * 768, with the same weights, of which the others are 0 at first, and updates with its fused Adam. The first losses must be the
 * same. `labels-bytes/...`: what both hold at most in such a step, by their allocators.
 *
 * @module
 */
import { toDense } from "../../src/sparse/convert.ts";
import {
  EXAMPLES,
  FEATURES,
  givenFeatures,
  givenLabels,
  LEARNING_RATE,
  MANY,
  MOST,
  PATTERNS,
  prepare,
} from "../labels.ts";
import { spend } from "../measure.ts";
import type { Contender } from "./contender.ts";
import type { Match } from "./match.ts";
import { openBackend, type Ours } from "./ours.ts";
import { openPeer, type PeerTask } from "./process.ts";

/** What the ratio to PyTorch should be, by pattern, on one thread. */
const GOALS: Readonly<Record<string, number>> = {
  "fan-in-32": 9,
  "group-16-of-32": 11,
  "fan-in-128": 2.8,
  "group-16-of-128": 3.4,
};

/** What the ratio of bytes to PyTorch's should be, where there is such a goal. */
const BYTES: Readonly<Record<string, number>> = { "fan-in-32": 14 };

const OURS: readonly Ours[] = [
  { label: "wasm-plain", threads: 1 },
  { label: "wasm-relaxed", threads: 1 },
  { label: "wasm-relaxed", threads: 2 },
];

/** All comparisons. */
export function* labelMatches(): Generator<Match> {
  for (const name of Object.keys(PATTERNS)) {
    for (const ours of OURS) yield match(name, ours);
    yield bytesMatch(name, OURS[0]);
  }
}

function bytesMatch(name: string, ours: Ours): Match {
  return {
    ...match(name, ours, "dense-bytes"),
    name: `labels-bytes/${MANY}x${FEATURES}/${name}/b${EXAMPLES}/${ours.label}/torch-dense`,
    goal: BYTES[name],
    bytes: true,
  };
}

function match(name: string, ours: Ours, variant = "dense"): Match {
  const { label, threads } = ours;
  let arrays: PeerTask["arrays"] = {};
  return {
    name: `labels/${MANY}x${FEATURES}/${name}/b${EXAMPLES}/${label}/threads-${threads}/torch-dense`,
    ...(threads === 1 ? { goal: GOALS[name] } : {}),
    async ours() {
      const opened = await openLabels(name, ours);
      arrays = opened.arrays;
      return opened;
    },
    theirs: () =>
      openPeer("torch", {
        open: "labels",
        variant,
        threads,
        params: { learningRate: LEARNING_RATE },
        arrays,
      }),
    losses: 1,
    rounds: 3,
  };
}

/** Ours, and what a peer begins with. */
async function openLabels(
  name: string,
  ours: Ours,
): Promise<Contender & { readonly arrays: PeerTask["arrays"] }> {
  const backend = await openBackend(ours);
  const { device, head, program } = await prepare(
    ...[backend, MANY, PATTERNS[name].pattern, "bce"] as const,
  );
  const given = givenLabels(MANY);
  const [{ sparse, values }] = head.weights;
  const numbers = await device.readFloats(values);
  const weight = sparse === undefined ? numbers : toDense(sparse.pattern, numbers);
  let step = 0;
  return {
    versions: {},
    device: `${backend.name}: ${backend.info.description}`,
    arrays: {
      features: [givenFeatures(), [FEATURES, EXAMPLES]],
      labels: [Float32Array.from(given), [MOST, EXAMPLES]],
      weight: [weight, [MANY, FEATURES]],
    },
    async run(times) {
      const spent = await spend(async () => {
        for (let i = 0; i < times; i++) {
          program.run([given], { step: step++, totalSteps: 1000 });
          await backend.settled();
        }
      });
      return { ...spent, losses: [...(await program.scalars())[0]] };
    },
    result: () => Promise.resolve(Float32Array.of(backend.allocatedBytes)),
    close() {
      program[Symbol.dispose]();
      return Promise.resolve(backend.close());
    },
  };
}
