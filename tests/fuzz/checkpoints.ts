/**
 * Checkpoints of every pattern, and some of the version before: as they are found, and with a checksum that fits the damage, so that what lies behind the
 * checksum is reached.
 *
 * @module
 */
import { sha256 } from "../../src/data/digest.ts";
import { srigl } from "../../src/methods/srigl.ts";
import { set } from "../../src/methods/set.ts";
import { convnet } from "../../src/models/convnet.ts";
import { mlp } from "../../src/models/mlp.ts";
import { createDevice } from "../../src/ops/device.ts";
import { adamw } from "../../src/optim/adamw.ts";
import { block, nm } from "../../src/sparse/patterns/mod.ts";
import { readCheckpoint } from "../../src/train/checkpoint.ts";
import { CheckpointError } from "../../src/train/errors.ts";
import { exportOfFile } from "../../src/train/export.ts";
import { snapshotOf } from "../../src/train/snapshot.ts";
import { Trainer } from "../../src/train/trainer.ts";
import { trainerOf } from "../old_models.ts";
import type { Target } from "./target.ts";

/** Trainers of small models, and a checkpoint of each. */
export async function checkpointTarget(): Promise<Target> {
  const folder = await Deno.makeTempDir();
  const device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
  const image = { channels: 1, height: 4, width: 4 };
  const sizes = [16, 8, 3];
  const optimizer = adamw({ learningRate: 1e-2 });
  const [condensed, dynamic] = [srigl({ every: 2 }), set({ every: 2 })];
  const trainers = [
    new Trainer({ device, optimizer, method: condensed, model: mlp({ sizes, sparsity: 0.6 }) }),
    new Trainer({
      ...{ device, optimizer, method: dynamic },
      model: mlp({ sizes, sparsity: 0.5, distribution: "uniform", pattern: () => nm(2, 4) }),
    }),
    new Trainer({
      ...{ device, optimizer, method: dynamic },
      model: mlp({ sizes: [16, 8, 4], sparsity: 0.5, pattern: (density) => block(4, { density }) }),
    }),
    new Trainer({ device, optimizer, model: convnet({ image, classes: 3, widths: [4, 4] }) }),
  ];
  const features = Float32Array.from({ length: 16 * 12 }, (_, i) => Math.sin(i));
  const labels = Uint8Array.from({ length: 12 }, (_, i) => i % 3);
  const data = { features, labels, examples: 12, inputs: 16, classes: 3, image };
  const files = await Promise.all(trainers.map(async (trainer, i) => {
    const path = `${folder}/${i}.safetensors`;
    for await (const event of trainer.fit(data, { epochs: 2, batchSize: 4 })) {
      if (event.kind === "epoch") await trainer.save(path);
    }
    return await Deno.readFile(path);
  }));
  // Of the version before: found beside the tests.
  const old = ["groups", "2-4", "convnet", "shared"] as const;
  for (const name of old) {
    files.push(await Deno.readFile(new URL(`../checkpoints/${name}.safetensors`, import.meta.url)));
    trainers.push(trainerOf(name, device));
  }
  return {
    name: "checkpoint",
    files,
    errors: [CheckpointError],
    async read(bytes, file, even) {
      const path = `${folder}/case.safetensors`;
      await Deno.writeFile(path, even ? await resealed(bytes) : bytes);
      const checkpoint = await readCheckpoint(path);
      exportOfFile(path, snapshotOf(checkpoint), "dense");
      await trainers[file].restore(checkpoint);
    },
  };
}

/** The bytes with a checksum that fits, where there is a place for one. */
async function resealed(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const text = new TextDecoder("latin1").decode(bytes);
  const found = /"sha256":"([0-9a-f]{64})"/.exec(text);
  if (found === null) return bytes;
  const at = found.index + '"sha256":"'.length;
  const sealed = bytes.slice();
  const write = (digits: string): void => sealed.set(new TextEncoder().encode(digits), at);
  write("0".repeat(64));
  write(await sha256(sealed));
  return sealed;
}
