/**
 * `filigree export`: a model for other programs. It needs no device.
 *
 * @module
 */
import { ofFeatures } from "../data/preparation.ts";
import { describesModel, preparationIn } from "../train/description.ts";
import { encodeExport, type ExportFormat, exportOfFile } from "../train/export.ts";
import { exists, writeAtomically } from "../runtime/atomic_files.ts";
import { folderFilesOf, writeFolder } from "../train/huggingface/mod.ts";
import { encodeOnnx, onnxOfFile } from "../train/onnx/mod.ts";
import { type Snapshot, snapshotOf } from "../train/snapshot.ts";
import type { Flags } from "./config/flags.ts";
import { isEncoder } from "./applicable.ts";
import { Command, EnumType, ValidationError } from "./deps.ts";
import { requireFreeNames, requireOwnFile } from "./free_names.ts";
import { grouped } from "./grouped.ts";
import { preparationByData } from "./model.ts";
import { Output } from "./output.ts";
import { readSaved, type SavedModel } from "./runs.ts";
import { settingsOf } from "./settings.ts";
import type { Verb } from "./verb.ts";

/** How a model can be written. */
const FORMATS = ["condensed", "dense", "onnx", "huggingface"] as const;

/** The verb `export`. */
export const verb: Verb = { name: "export", rank: 9, command: exportCommand };

/** The command `export`. */
function exportCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Write a model for other programs, as safetensors, ONNX or a folder of Hugging Face.",
    )
    .arguments("<run:string>")
    .type("format", new EnumType(FORMATS))
    .option(
      "--format <name:format>",
      "condensed (default): safetensors with lists of inputs; dense: with matrices; onnx: ONNX, opset 17; " +
        "huggingface: a folder, of a BERT or of a GPT in the form of GPT-2.",
      { default: "condensed" },
    )
    .option(
      "--out <file:string>",
      "Where to write; model.safetensors, model.onnx or the folder model by default. An earlier export is replaced, files of a " +
        "folder and all others are not.",
    )
    .action(async (flags: Flags, run: string) => await exportModel(run, flags));
  return command;
}

async function exportModel(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const format = FORMATS.find((name) => name === flags.format) ?? "condensed";
  const out = outOf(flags, format);
  await requireReplaceable(out, format);
  const saved = await readSaved(run);
  output.detail(`checkpoint ${saved.checkpoint.path}`);
  if (format === "huggingface") return await exportFolder(saved, out, output);
  if (saved.config !== undefined && isEncoder(saved.config)) {
    throw new ValidationError(
      `Option "--format" is "${format}", but "${run}" is an encoder of text; expected huggingface, whose folder has its ONNX ` +
        "too.",
    );
  }
  const { bytes, operations, arrays } = await encodedAs(format, saved);
  await writeAtomically(out, bytes, "model");
  for (const { name, shape } of arrays) output.detail(`${name}  ${shape.join(" x ")}`);
  output.written(
    { out, format, operations, arrays: arrays.length, bytes: bytes.length },
    `${out}: ${operations} operations, ${arrays.length} arrays, ${
      grouped(bytes.length)
    } bytes, ${format}`,
  );
}

/** Refuses to put a model in the place of something else, such as a checkpoint or a model of another program. */
async function requireReplaceable(out: string, format: typeof FORMATS[number]): Promise<void> {
  const isFolder = await exists(out) && (await Deno.stat(out)).isDirectory;
  if (format === "huggingface") {
    if (isFolder || !await exists(out)) return;
    throw new ValidationError(
      `Option "--out" is "${out}", which is a file; expected a folder for those of --format huggingface.`,
    );
  }
  if (isFolder) {
    throw new ValidationError(
      `Option "--out" is "${out}", which is a folder; expected a file, such as "${
        out.replace(/\/+$/, "")
      }/model${endingOf(format)}".`,
    );
  }
  const kind = format === "onnx" ? "ONNX of an export" : "safetensors of an export";
  await requireOwnFile("--out", out, kind);
}

/** Where the model goes. */
function outOf({ out }: Flags, format: typeof FORMATS[number]): string {
  if (typeof out === "string") return out;
  return format === "huggingface" ? "model" : `model${endingOf(format)}`;
}

/** What the names of files of a format end in. */
function endingOf(format: typeof FORMATS[number]): string {
  return format === "onnx" ? ".onnx" : ".safetensors";
}

async function exportFolder(
  { checkpoint }: SavedModel,
  out: string,
  output: Output,
): Promise<void> {
  const files = folderFilesOf(checkpoint, preparationIn(checkpoint));
  await requireFreeNames("export to", out, files.keys());
  await writeFolder(out, files);
  for (const [name, content] of files) output.detail(`${name}  ${grouped(content.length)} bytes`);
  const names = [...files.keys()];
  output.written({ out, format: "huggingface", files: names }, `${out}: ${names.join(", ")}`);
}

/** A file, and what is in it. */
interface Encoded {
  readonly bytes: Uint8Array;
  readonly operations: number;
  readonly arrays: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

async function encodedAs(format: ExportFormat | "onnx", saved: SavedModel): Promise<Encoded> {
  const { checkpoint: { path } } = saved;
  const snapshot = await snapshotFor(saved);
  if (format === "onnx") {
    const model = onnxOfFile(path, snapshot);
    const { nodes, arrays } = model;
    return { bytes: encodeOnnx(model), operations: nodes.length, arrays };
  }
  const exported = exportOfFile(path, snapshot, format);
  const { tensors, description: { operations } } = exported;
  const bytes = await encodeExport(exported);
  return { bytes, operations: operations.length, arrays: tensors };
}

/** What a model does. One of a version whose checkpoints do not say it is made anew of the configuration. */
async function snapshotFor(saved: SavedModel): Promise<Snapshot> {
  const { checkpoint, config } = saved;
  if (describesModel(checkpoint) || config === undefined) return snapshotOf(checkpoint);
  const preparation = preparationIn(checkpoint) ?? await preparationByData(saved);
  const { model } = settingsOf(config, ofFeatures(preparation));
  return snapshotOf(checkpoint, { model, preparation });
}
