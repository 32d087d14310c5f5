/**
 * Runs cases: damages a file, has it read, and judges how that ended.
 *
 * @module
 */
import { Random } from "../../src/device/random.ts";
import { startMeter, takenBytes } from "./meter.ts";
import { damaged } from "./mutate.ts";
import type { ErrorClass, Target } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** What is taken beside the file, whatever its size: buffers of streams, tables of decoders, four files of a set. */
const SLACK = 1 << 22;

/** Which cases. */
export interface FuzzOptions {
  /** Decides all damage. */
  readonly seed: number;
  /** Names of targets; all by default. */
  readonly targets?: readonly string[];
  /** Number of the first case; 0 by default. */
  readonly first?: number;
  /** How many. */
  readonly count: number;
  /** Told of each case before it begins. */
  readonly begin?: (number: number) => void;
}

/** What came of it. */
export class FuzzReport {
  /** Cases by target. */
  cases: Record<string, number> = {};
  /** How many were read. */
  read = 0;
  /** How many were refused by an error of the right kind. */
  refused = 0;
  /** What went wrong, with the number of the case. */
  failures: string[] = [];

  /** For people. */
  lines(): string[] {
    const { cases, read, refused, failures } = this;
    const count = Object.values(cases).reduce((sum, n) => sum + n, 0);
    return [
      ...failures,
      ...Object.entries(cases).map(([name, n]) => `${name.padEnd(12)} ${n.toLocaleString("en")}`),
      `${count.toLocaleString("en")} cases: ${read.toLocaleString("en")} read, ` +
      `${refused.toLocaleString("en")} refused by name, ${failures.length} failures`,
    ];
  }
}

/** Runs cases one after the other, the targets in turn. */
export async function runCases(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, targets = [], first = 0, count, begin } = options;
  const made = await Promise.all(
    Object.entries(TARGETS).filter(([name]) => targets.length === 0 || targets.includes(name))
      .map(([, make]) => make()),
  );
  if (made.length === 0) {
    throw new RangeError(`Cannot fuzz [${targets}]: expected ${Object.keys(TARGETS).join(", ")}`);
  }
  const report = new FuzzReport();
  startMeter();
  for (let number = first; number < first + count; number++) {
    begin?.(number);
    const target = made[number % made.length];
    await runCase(target, seed, number, report);
    // Workers of targets and timers of the caller get their turn.
    if (number % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return report;
}

/** Runs one case of a target. */
export async function runOne(target: Target, seed: number, number: number): Promise<FuzzReport> {
  const report = new FuzzReport();
  await runCase(target, seed, number, report);
  return report;
}

/** Whether an error is of a kind and our own: engines throw range errors too. */
function isNamed(error: unknown, kind: ErrorClass): boolean {
  return error instanceof kind &&
    (error.constructor !== RangeError || error.message.startsWith("Cannot "));
}

async function runCase(
  target: Target,
  seed: number,
  number: number,
  report: FuzzReport,
): Promise<void> {
  const { name, files, errors } = target;
  const random = new Random({ seed, use: "noise", step: number });
  const file = random.below(files.length);
  const bytes = damaged(files[file], random);
  report.cases[name] = (report.cases[name] ?? 0) + 1;
  const fail = (what: string): void => {
    report.failures.push(`${name}, seed ${seed}, case ${number}: ${what}`);
  };
  takenBytes();
  try {
    await target.read(bytes, file, number % 2 === 0);
    report.read++;
  } catch (error) {
    if (errors.some((kind) => isNamed(error, kind))) report.refused++;
    else fail(error instanceof Error ? error.stack ?? error.message : String(error));
  }
  const taken = takenBytes(), most = 4 * bytes.length + SLACK;
  if (taken > most) {
    fail(`took ${taken} bytes for a file of ${bytes.length}; expected at most ${most}`);
  }
}
