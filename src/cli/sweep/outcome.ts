/**
 * What a sweep leaves beside its runs: tables and a plot of what they gave, and of halved ones who came how far.
 *
 * @module
 */
import { writeAtomically } from "../../runtime/atomic_files.ts";
import { scoreOf } from "../best.ts";
import { mainMeasures, mainOf, measureOf as measureNamed } from "../measures.ts";
import type { Output } from "../output.ts";
import type { Ended, Work } from "./executors/executor.ts";
import { csvTable, csvText, markdownTable, markdownText, measureOf, measurePlot } from "./table.ts";
import { type Row, textOf } from "./table.ts";

/** What is written of, and where. */
export interface Outcome extends Pick<Work, "sweep" | "folder"> {
  /** What the settings gave. */
  readonly rows: readonly Row[];
  /** What became of each run. */
  readonly ended: readonly Ended[];
}

/** What files a sweep may leave in its folder beside its runs. */
export function outcomeFiles(): string[] {
  const plots = mainMeasures().map((name) => `${name}.svg`);
  return ["table.md", "table.csv", "rungs.md", "rungs.csv", "report.html", ...plots];
}

/** Writes the tables and the plot of a sweep into its folder. */
export async function writeTables(outcome: Outcome, output: Output): Promise<void> {
  const { sweep, rows, folder } = outcome;
  const files: (readonly [name: string, text: string, what: string])[] = [
    ["table.md", markdownTable(sweep, rows), "table"],
    ["table.csv", csvTable(sweep, rows), "table"],
    [`${measureOf(rows).name}.svg`, await measurePlot(sweep, rows), "plot"],
  ];
  if (sweep.halving !== undefined) {
    const { titles, lines } = rungCells(outcome);
    files.push(["rungs.md", markdownText(titles, lines, sweep.keys.length), "table"]);
    files.push(["rungs.csv", csvText(titles, lines), "table"]);
  }
  for (const [name, text, what] of files) {
    await writeAtomically(`${folder}/${name}`, text, what);
    output.detail(`wrote ${folder}/${name}`);
  }
}

/** Who came how far: those that came furthest first, of them the best on the validation examples. */
function rungCells({ sweep, ended }: Outcome): { titles: string[]; lines: string[][] } {
  const { keys, halving: { rungs } = { rungs: [] } } = sweep;
  const top = rungs.at(-1) ?? 0;
  const came = ended.flatMap(({ run, result, rung }) => {
    const validation = rung?.validation ?? result?.validation;
    return validation === undefined ? [] : [{ run, epochs: rung?.epochs ?? top, validation }];
  }).sort((a, b) => b.epochs - a.epochs || scoreOf(b.validation) - scoreOf(a.validation));
  const { name } = mainOf(came[0]?.validation ?? { loss: 0 });
  const { title, of, write } = measureNamed(name);
  return {
    titles: [...keys, "epochs", `validation ${title}`],
    lines: came.map(({ run, epochs, validation }) => [
      ...keys.map((key) => textOf(run.varied.get(key))),
      ...[String(epochs), write(of(validation))],
    ]),
  };
}
