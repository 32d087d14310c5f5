/**
 * A layer of its own: a sparse matrix plus a low-rank one (SLTrain, Han et al. 2024), `y = S x + U (V x) + b`. A layer is a
 * module: a function of tensors that knows what it is made of; made of existing operations it needs no derivative.
 *
 * Run it with `deno run examples/custom_layer.ts`; it needs no permission.
 *
 * @module
 */
import {
  adamw,
  add,
  createDevice,
  fanIn,
  type Module,
  nn,
  srigl,
  type Tensor,
  Trainer,
} from "../mod.ts";

/** `[inputs, examples]` to `[outputs, examples]`, with a share `density` of connections and a bypass of rank `rank`. */
function sparsePlusLowRank(
  inputs: number,
  outputs: number,
  { density, rank }: { density: number; rank: number },
): Module {
  const sparse = nn.linear(inputs, outputs, { pattern: fanIn({ density }), name: "sparse" });
  const bypass = nn.sequential(
    nn.linear(inputs, rank, { bias: false, name: "V" }),
    nn.linear(rank, outputs, { bias: false, name: "U" }),
  );
  return nn.makeModule(
    (x: Tensor, context) => add(sparse(x, context), bypass(x, context)),
    { kind: "sparse plus low rank", children: { sparse, bypass } },
  );
}

const examples = 1024, inputs = 32, classes = 4;
const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
const features = Float32Array.from(
  { length: examples * inputs },
  (_, i) => (i % inputs === labels[Math.floor(i / inputs)] ? 1 : 0) + Math.sin(7 * i) / 3,
);
const data = { features, labels, examples, inputs, classes };

using device = await createDevice({ prefer: "wasm", seed: 1 });
const model = nn.sequential(
  sparsePlusLowRank(inputs, 64, { density: 0.1, rank: 4 }),
  nn.relu(),
  nn.linear(64, classes),
);
const optimizer = adamw({ learningRate: 1e-2 });
using trainer = new Trainer({ device, model, optimizer, method: srigl({ every: 10 }), seed: 1 });
for await (const event of trainer.fit(data, { epochs: 6, batchSize: 64 })) {
  if (event.kind === "epoch") console.log(`epoch ${event.epoch}: loss ${event.loss.toFixed(3)}`);
}
for (const { label, density } of trainer.topology.statistics()) {
  console.log(`${label}: ${(100 * density).toFixed(1)} % of the connections`);
}
console.log(`accuracy ${(100 * (await trainer.evaluate(data)).accuracy).toFixed(1)} %`);
