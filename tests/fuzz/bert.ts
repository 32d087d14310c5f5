/**
 * Files of Hugging Face: weights in f32 and f16, and a configuration.
 *
 * @module
 */
import { CheckpointError } from "../../src/train/errors.ts";
import { configFrom } from "../../src/train/huggingface/config.ts";
import { bertFiles } from "../../src/train/huggingface/mod.ts";
import { readBert } from "../../src/train/huggingface/read.ts";
import { decodeSafetensors } from "../../src/train/safetensors.ts";
import { drawBert, SMALL } from "../bert_models.ts";
import { foreignFile } from "../foreign_files.ts";
import type { Target } from "./target.ts";

/** The files of a small BERT. */
export async function bertTarget(): Promise<Target> {
  const folder = await Deno.makeTempDir();
  const files = bertFiles(drawBert(1, { ...SMALL, layers: 1 }));
  const weights = files.get("model.safetensors");
  const config = files.get("config.json");
  if (!(weights instanceof Uint8Array) || typeof config !== "string") {
    throw new TypeError("Cannot fuzz the files of a BERT: there are others");
  }
  const { tensors } = await decodeSafetensors(weights, "model.safetensors");
  const halves = [...tensors.values()].map(({ name, shape, data }) => {
    const half = new Uint8Array(Float16Array.from(data).buffer);
    return [name, { dtype: "F16", shape: [...shape], data: half }] as const;
  });
  return {
    name: "bert",
    files: [weights, foreignFile(Object.fromEntries(halves)), new TextEncoder().encode(config)],
    errors: [CheckpointError, SyntaxError],
    async read(bytes, file) {
      if (file === 2) {
        configFrom(new TextDecoder().decode(bytes), "config.json");
        return;
      }
      const path = `${folder}/case.safetensors`;
      await Deno.writeFile(path, bytes);
      await readBert(path);
    },
  };
}
