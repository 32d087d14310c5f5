/**
 * What a report shows of one run.
 *
 * @module
 */
import { grouped } from "../grouped.ts";
import { PLAN_FILE } from "../run_plan.ts";
import { connectionParts } from "./connections.ts";
import { machineParts, sizeOf } from "./machine.ts";
import { type Facts, missing, type Part, type Section } from "./parts.ts";
import type { ReportedRun } from "./read.ts";
import { shortly } from "./charts.ts";
import { testText, trainingParts } from "./training.ts";
import { numberIn, textIn, valuesIn } from "./values.ts";

/** The sections of a run, in their order. */
export function sectionsOf(run: ReportedRun): Section[] {
  return [
    { title: "Summary", parts: [summaryOf(run)] },
    { title: "Training", parts: trainingParts(run) },
    { title: "Connections", parts: connectionParts(run) },
    { title: "Device", parts: machineParts(run) },
    { title: "Configuration", parts: configurationOf(run) },
  ];
}

/** Where a run stands: that it ended, or how far it is. */
export function standOf({ result, metrics }: ReportedRun): string {
  if (result !== undefined) return "finished";
  const { step = 0 } = metrics.at(-1) ?? {};
  return `not finished: ${grouped(step)} steps so far`;
}

function summaryOf(run: ReportedRun): Facts {
  const { environment, plan, result, metrics } = run;
  const device = valuesIn(environment.device);
  const [planned, examples] = [numberIn(plan.steps), numberIn(plan.examples)];
  const steps = result?.steps ?? metrics.at(-1)?.step ?? 0;
  const of = planned === undefined || planned === steps ? "" : ` of ${grouped(planned)}`;
  const rows: [title: string, value: string | undefined][] = [
    ["run", `${run.name}, ${standOf(run)}`],
    ["test", result && `${testText(result.test)}, loss ${shortly(result.test.loss)}`],
    ["network", textIn(plan.network) ?? textIn(run.config.get("model.name"))],
    ["method", textIn(plan.method) ?? textIn(run.config.get("method.name"))],
    ["data", textIn(plan.data) ?? textIn(run.config.get("data.name"))],
    ["examples", examples === undefined ? undefined : grouped(examples)],
    ["steps", `${grouped(steps)}${of}`],
    ["sparsity of the sparse layers", result && `${shortly(100 * result.sparsity)} %`],
    [
      "time of training",
      result && `${shortly(result.seconds)} s, ${shortly(result.stepMs)} ms a step`,
    ],
    ["device memory", result && sizeOf(result.bytes)],
    ["device", textIn(device.description)],
    ["chosen because", textIn(device.reason)],
    ["versions", versionsOf(run)],
    ["commit", textIn(environment.commit)],
    ["started", textIn(environment.started)],
    ["hash of the patterns", result && (result.hash || "all layers are dense")],
  ];
  return {
    ...{ kind: "facts", title: "At a glance" },
    table: {
      columns: ["", ""],
      rows: rows.flatMap(([title, value]) => value === undefined ? [] : [[title, value]]),
    },
  };
}

function versionsOf({ environment }: ReportedRun): string | undefined {
  const said = ["filigree", "deno", "v8", "system"].flatMap((name) => {
    const text = textIn(environment[name]);
    return text === undefined ? [] : [name === "system" ? text : `${name} ${text}`];
  });
  return said.length === 0 ? undefined : said.join(", ");
}

function configurationOf({ config, configText, plan }: ReportedRun): Part[] {
  const notes = Array.isArray(plan.notes) ? plan.notes.map(String) : [];
  if (configText === undefined) {
    return [missing("Configuration", "The folder of the run has no config.toml.")];
  }
  return [
    {
      ...{ kind: "facts", title: "Values" },
      table: {
        columns: ["key", "value"],
        rows: [...config].map(([key, value]) => [key, valueText(value)]),
      },
    },
    ...notes.length === 0 ? [] : [{
      ...{ kind: "facts", title: "Notes of the plan" } as const,
      table: { columns: ["note"], rows: notes.map((note) => [note]) },
    }],
    { kind: "verbatim", title: "config.toml", text: configText },
    ...Object.keys(plan).length === 0
      ? []
      : [{ kind: "verbatim", title: PLAN_FILE, text: JSON.stringify(plan, null, 2) } as const],
  ];
}

/** A value of a configuration for people. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
