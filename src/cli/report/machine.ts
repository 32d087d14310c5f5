/**
 * What a report shows of the device of a run: memory and time.
 *
 * @module
 */
import { formatBytes } from "../deps.ts";
import { grouped } from "../grouped.ts";
import { type Bar, barsOf, shortly } from "./charts.ts";
import { missing, type Part } from "./parts.ts";
import { PROFILE_FILE, type ReportedRun } from "./read.ts";
import { listIn, numberIn, numbersIn, textIn, valuesIn } from "./values.ts";

/** Most kernels with bars of their own. */
const MOST_KERNELS = 20;

/** The parts, in their order. */
export function machineParts(run: ReportedRun): Part[] {
  return [bytesPart(run), timePart(run), callsPart(run)];
}

function bytesPart({ plan, result }: ReportedRun): Part {
  const title = "Device memory";
  const bytes = numbersIn(valuesIn(plan.plan).bytes);
  const categories = bytes.filter(([name, count]) => name !== "total" && count > 0);
  if (categories.length === 0) {
    const total = result === undefined ? "" : ` It took ${sizeOf(result.bytes)} in all.`;
    return missing(title, `Bytes by category are not recorded by this run.${total}`);
  }
  const total = categories.reduce((sum, [, count]) => sum + count, 0);
  const sorted = categories.toSorted(([, a], [, b]) => b - a);
  const rows = [...sorted, ["total", total] as const]
    .map(([name, count]) => [name, grouped(count), sizeOf(count)]);
  return barsOf(
    {
      title,
      summary: `Bytes on the device by category, ${
        sizeOf(total)
      } in all, as planned before the first step.`,
    },
    { label: "bytes" },
    { columns: ["category", "bytes", "size"], rows },
    sorted.map(([name, value]) => ({ name, value, text: sizeOf(value) })),
  );
}

/** A kernel call of a profile. */
interface ProfiledCall {
  readonly kernel: string;
  readonly part: string;
  readonly seconds: number;
}

function timePart({ profile, name }: ReportedRun): Part {
  const title = "Time of each kernel";
  const calls = listIn(profile.calls).flatMap((each): ProfiledCall[] => {
    const { kernel, part, seconds } = valuesIn(each);
    const [text, time] = [textIn(kernel), numberIn(seconds)];
    return text === undefined || time === undefined
      ? []
      : [{ kernel: text, part: textIn(part) ?? "other", seconds: time }];
  });
  if (calls.length === 0) {
    return missing(
      title,
      `Not recorded: \`filigree profile RUN --json > RUN/${PROFILE_FILE}\` measures the kernels of a step of the run in the ` +
        `folder RUN ("${name}"), and the next report shows them.`,
    );
  }
  const total = sum(calls);
  const kernels = [...Map.groupBy(calls, ({ kernel }) => kernel)]
    .map(([kernel, some]) => ({ kernel, some, seconds: sum(some) }))
    .sort((a, b) => b.seconds - a.seconds);
  const bars = kernels.slice(0, MOST_KERNELS).flatMap(({ kernel, some }) =>
    [...Map.groupBy(some, ({ part }) => part)].map(([part, each]): Bar => ({
      name: kernel,
      kind: part,
      value: 1e6 * sum(each),
      text: `${shortly(1e6 * sum(each))} us`,
    }))
  );
  const rows = kernels.map(({ kernel, some, seconds }) => [
    kernel,
    grouped(some.length),
    shortly(1e6 * seconds),
    `${shortly(100 * seconds / total)} %`,
  ]);
  const others = kernels.length - MOST_KERNELS;
  const step = numberIn(profile.stepSeconds);
  const summary = `Median microseconds of all calls of each kernel in a step, by their part of it` +
    `${others > 0 ? `; ${others} others take less` : ""}.` +
    `${step === undefined ? "" : ` A whole step takes ${shortly(1000 * step)} ms.`}` +
    ` Measured on ${textIn(profile.description) ?? "a device that is not recorded"}.`;
  const table = { columns: ["kernel", "calls", "microseconds", "share"], rows };
  return barsOf({ title, summary }, { label: "microseconds a step" }, table, bars);
}

function callsPart({ plan }: ReportedRun): Part {
  const title = "Kernel calls of a step";
  const calls = numbersIn(valuesIn(plan.plan).kernels);
  if (calls.length === 0) return missing(title, "Not recorded by this run.");
  const variants = valuesIn(plan.variants);
  const rows = calls.toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => [name, grouped(count), textIn(variants[name]) ?? ""]);
  const known = rows.some(([, , variant]) => variant !== "");
  const columns = ["kernel", "calls", ...known ? ["computed by"] : []];
  return {
    ...{ kind: "facts", title },
    table: { columns, rows: rows.map((row) => row.slice(0, columns.length)) },
  };
}

function sum(calls: readonly ProfiledCall[]): number {
  return calls.reduce((total, { seconds }) => total + seconds, 0);
}

/** Bytes for people. */
export function sizeOf(bytes: number): string {
  return formatBytes(bytes, { binary: true });
}
