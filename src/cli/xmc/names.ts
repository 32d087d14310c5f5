/**
 * What the labels of a run are called, as a file of its folder says it.
 *
 * @module
 */
import type { RankingPreparation } from "../../data/labels/source.ts";
import { ValidationError } from "../deps.ts";
import { grouped } from "../grouped.ts";
import type { SavedRun } from "../runs.ts";

/** The file of a run that says what its labels are called, a line each. */
export const NAMES_FILE = "labels.txt";

/**
 * Names, a line each.
 *
 * @throws {ValidationError} if two names that differ are the same on one line.
 */
export function linesOf(names: Iterable<string>): string {
  const lines: string[] = [];
  const broken = new Map<string, string>();
  for (const name of names) {
    const line = lineOf(name);
    if (line !== name) broken.set(line, name);
    lines.push(line);
  }
  // Of two that are the same otherwise one has been broken into lines.
  let row = 0;
  for (const name of broken.size === 0 ? [] : names) {
    const other = broken.get(lines[row++]);
    if (other === undefined || other === name) continue;
    throw new ValidationError(
      `Cannot tell labels apart by their names: ${JSON.stringify(name)} and ${
        JSON.stringify(other)
      } are the same on one line; expected names that differ in more than line breaks.`,
    );
  }
  return lines.join("\n") + "\n";
}

/** A name on one line; what else is in it, blanks of whatever kind too, tells it from others. */
export function lineOf(name: string): string {
  return name.replaceAll(/[\r\n]+/g, " ");
}

/** The folder of a run, or that in which a run's checkpoints are expected to lie. */
export function folderOf({ folder, checkpoint }: Pick<SavedRun, "folder" | "checkpoint">): string {
  const at = folder ?? checkpoint.path.replace(/[/\\]?[^/\\]*[/\\]?[^/\\]*$/, "");
  return at === "" ? "." : at;
}

/**
 * What the labels of a model are called.
 *
 * @param folder That of its run.
 * @returns By their numbers; nothing if the folder does not say it.
 * @throws {ValidationError} if there are not as many names as labels.
 */
export async function namesIn(
  folder: string,
  { labels }: Pick<RankingPreparation, "labels">,
): Promise<readonly string[] | undefined> {
  const path = `${folder}/${NAMES_FILE}`;
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const names = text.replace(/\n$/, "").split("\n");
  if (names.length === labels) return names;
  throw new ValidationError(
    `Cannot tell what labels are called: "${path}" has ${grouped(names.length)} lines; expected ${
      grouped(labels)
    }, one for each label of the model, as the training wrote it.`,
  );
}
