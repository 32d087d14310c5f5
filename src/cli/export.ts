/**
 * `filigree export`: a model for other programs. It needs no device.
 *
 * @module
 */
import { ofFeatures } from "../data/preparation.ts";
import { describesModel, preparationIn } from "../train/description.ts";
import { encodeExport, type ExportFormat, exportOfFile } from "../train/export.ts";
import { writeAtomically } from "../train/files.ts";
import { type Snapshot, snapshotOf } from "../train/snapshot.ts";
import type { Flags } from "./config/flags.ts";
import { Command, EnumType } from "./deps.ts";
import { preparationByData } from "./model.ts";
import { Output } from "./output.ts";
import { readSaved, type SavedModel } from "./runs.ts";
import { settingsOf } from "./settings.ts";
import type { Verb } from "./verb.ts";

/** The verb `export`. */
export const verb: Verb = { name: "export", rank: 6, command: exportCommand };

/** The command `export`. */
function exportCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Write a model for other programs, as safetensors, without neurons that read nothing.",
    )
    .arguments("<run:string>")
    .type("format", new EnumType(["condensed", "dense"]))
    .option("--format <name:format>", "condensed (default): lists of inputs; dense: matrices.", {
      default: "condensed",
    })
    .option("--out <file:string>", "Where to write; model.safetensors by default.", {
      default: "model.safetensors",
    })
    .action(async (flags: Flags, run: string) => await exportModel(run, flags));
  return command;
}

async function exportModel(run: string, flags: Flags): Promise<void> {
  const output = new Output(flags);
  const saved = await readSaved(run);
  output.detail(`checkpoint ${saved.checkpoint.path}`);
  const format: ExportFormat = flags.format === "dense" ? "dense" : "condensed";
  const exported = exportOfFile(saved.checkpoint.path, await snapshotFor(saved), format);
  const { tensors, description: { operations } } = exported;
  const out = String(flags.out);
  const bytes = await encodeExport(exported);
  await writeAtomically(out, bytes, "model");
  for (const { name, shape } of tensors) output.detail(`${name}  ${shape.join(" x ")}`);
  const size = bytes.length.toLocaleString("en");
  output.written(
    { out, format, operations: operations.length, arrays: tensors.length, bytes: bytes.length },
    `${out}: ${operations.length} operations, ${tensors.length} arrays, ${size} bytes, ${format}`,
  );
}

/** What a model does. One of a version whose checkpoints do not say it is made anew of the configuration. */
async function snapshotFor(saved: SavedModel): Promise<Snapshot> {
  const { checkpoint, config } = saved;
  if (describesModel(checkpoint) || config === undefined) return snapshotOf(checkpoint);
  const preparation = preparationIn(checkpoint) ?? await preparationByData(saved);
  const { model } = settingsOf(config, ofFeatures(preparation));
  return snapshotOf(checkpoint, { model, preparation });
}
