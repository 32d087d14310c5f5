/**
 * What trainings leave behind: the folders of runs with their checkpoints and metrics, models that were trained, exports for
 * other programs.
 *
 * @example
 * ```ts
 * import { checkpointsIn, createRunFolder } from "@filigree/filigree/runs";
 *
 * const path = `${await Deno.makeTempDir()}/run`;
 * {
 *   using folder = await createRunFolder(path);
 *   await folder.sink({ step: 1, seconds: 0.1, loss: 2.3 });
 * }
 * console.assert((await checkpointsIn(path)).length === 0);
 * await Deno.remove(path, { recursive: true });
 * ```
 *
 * @module
 */
export { Decoding } from "./src/train/decoding.ts";
export { generate, type GenerateOptions } from "./src/train/generate.ts";
export type { SamplingOptions } from "./src/train/sampling.ts";
export { checkpointsIn, type Kept, readNewest } from "./src/train/checkpoints.ts";
export { type ExportFormat, exportModel, type ExportModelOptions } from "./src/train/export.ts";
export { exportOnnx, type ExportOnnxOptions } from "./src/train/onnx/mod.ts";
export { exportHuggingFace, type ExportHuggingFaceOptions } from "./src/train/huggingface/mod.ts";
export type { BertConfig } from "./src/train/huggingface/config.ts";
export { loadArrays, type LoadArraysOptions } from "./src/train/huggingface/load.ts";
export { type PretrainedBert, readBert } from "./src/train/huggingface/read.ts";
export { readBertTokenizer } from "./src/train/huggingface/tokenizer.ts";
export { FolderInUseError, type FolderLock, lockFolder } from "./src/train/folder_lock.ts";
export {
  type LoadAsOptions,
  type LoadedModel,
  loadModel,
  type LoadOptions,
} from "./src/train/load.ts";
export type { Metrics } from "./src/train/metrics_files.ts";
export {
  createRunFolder,
  openRunFolder,
  type RunDescription,
  type RunFiles,
  type RunFolder,
  type Sink,
} from "./src/train/run_folder.ts";
