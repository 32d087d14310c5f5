/**
 * `deno task test`: checks the types, runs every test and every documentation example, and ends with one line,
 * `N passed, N failed`, followed by `, N skipped` and their names if there are any. What failed is listed before it.
 *
 * A driver may end a process by a signal while it is unloaded, when every test has passed and been counted: such a process is
 * run again, once, and that is said.
 *
 * Files that tests leave behind go with the folder for temporary files that all of them share.
 *
 * Arguments go to `deno test`: `deno task test tests/data_test.ts`. Without any, the files are shared among as many processes
 * as the machine has cores, at most four; what a process printed appears when it ends.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

/** Files of a minute and more, the longest first: each is a process of its own, started before the others. */
const LONGEST = [
  "conformance_test.ts",
  "wgsl_variants_test.ts",
  "wgsl_test.ts",
  "choices_test.ts",
];

/** Folders without examples, or with what a program wrote. */
const NO_DOCUMENTATION = ["tests", "wasm", "node_modules", "runs", "sweeps", "coverage"];

/** Files of a process, of those that take seconds. */
const FILES_AT_A_TIME = 4;

/** Most processes at once: each of them takes up to 2 GiB. */
const MOST_PROCESSES = 4;

/** What one process is started with. */
interface Job {
  readonly name: string;
  readonly args: readonly string[];
}

/** What came of it. */
interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Names of tests that were ignored. */
  readonly skipped: readonly string[];
  /** What failed, a line each. */
  readonly wrong: readonly string[];
}

const temporary = await Deno.makeTempDir({ prefix: "filigree-tests-" });
const outcomes = Deno.args.length > 0
  ? [await run({ name: "", args: ["test", "--allow-all", "--doc", ...Deno.args] }, show)]
  : await runAll(await allJobs());
await Deno.remove(temporary, { recursive: true });

const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
const skipped = outcomes.flatMap((outcome) => outcome.skipped);
if (skipped.length > 0) console.log(`Skipped:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
const wrong = outcomes.flatMap((outcome) => outcome.wrong);
if (wrong.length > 0) console.log(`Failed:\n${wrong.map((line) => `  ${line}`).join("\n")}`);
const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
console.log(`${passed} passed, ${failed} failed${tail}`);
Deno.exit(failed === 0 ? 0 : 1);

/** The types, the documentation, and every test file of the folder. */
async function allJobs(): Promise<Job[]> {
  const documented = (await Array.fromAsync(Deno.readDir(".")))
    .filter(({ name, isDirectory }) => isDirectory || /\.(md|ts)$/.test(name))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(".") && !NO_DOCUMENTATION.includes(name)).sort();
  const files = (await Array.fromAsync(Deno.readDir("tests"))).map(({ name }) => name)
    .filter((name) => name.endsWith("_test.ts") && !LONGEST.includes(name)).sort();
  const test = ["test", "--allow-all"];
  const batches = Math.ceil(files.length / FILES_AT_A_TIME);
  return [
    ...LONGEST.map((file) => ({ name: file, args: [...test, "--no-check", `tests/${file}`] })),
    { name: "documentation", args: [...test, "--doc", ...documented] },
    { name: "types", args: ["check"] },
    // Files beside each other are alike, and take equally long: each process gets one of every stretch.
    ...Array.from({ length: batches }, (_, batch) => ({
      name: `tests, ${batch + 1} of ${batches}`,
      args: [
        ...[...test, "--no-check"],
        ...files.filter((_, i) => i % batches === batch).map((file) => `tests/${file}`),
      ],
    })),
  ];
}

/** Runs jobs side by side, each process taking the next as it ends. */
async function runAll(jobs: readonly Job[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = jobs.values();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(navigator.hardwareConcurrency, MOST_PROCESSES) }, async () => {
      for (const job of waiting) {
        const begin = performance.now();
        const lines: string[] = [];
        outcomes.push(await run(job, (text) => lines.push(text)));
        const [own, all] = [begin, start].map((at) => Math.round((performance.now() - at) / 1000));
        show(`== ${job.name}: ${own} s, after ${all} s in all\n${lines.join("")}`);
      }
    }),
  );
  return outcomes;
}

/** Runs a job, and reads what it says of its tests. */
async function run(job: Job, print: (text: string) => void): Promise<Outcome> {
  const { outcome, signal } = await runOnce(job, print);
  if (signal === null || outcome.passed === 0 || outcome.wrong.length > 1) return outcome;
  print(`== ${job.name}: ended by ${signal} after its tests had passed; it runs again\n`);
  return (await runOnce(job, print)).outcome;
}

/** Runs a job once; the signal that ended it, if one did. */
async function runOnce(
  { name, args }: Job,
  print: (text: string) => void,
): Promise<{ outcome: Outcome; signal: Deno.Signal | null }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    stdout: "piped",
    env: { TMPDIR: temporary, TEMP: temporary, TMP: temporary },
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    print(text);
    output += text;
  }
  const { code, signal } = await child.status;
  const lines = stripVTControlCharacters(output).split("\n");
  const summary = lines.findLast((line) => /^(ok|FAILED) \|/.test(line)) ?? "";
  const counted = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0);
  // The examples of the documentation use `console.assert`, which only speaks.
  const asserted = lines.filter((line) => line.startsWith("Assertion failed"));
  // Without a summary nothing ran: a module did not load or did not pass the type check.
  const failed = Math.max(counted("failed"), code === 0 ? 0 : 1) + asserted.length;
  const wrong = [...lines.filter((line) => / \.\.\. FAILED/.test(line)), ...asserted];
  if (code !== 0) wrong.push(`${name || "deno test"}: ended with ${signal ?? code}`);
  const skipped = lines.flatMap((line) => /^(.+) \.\.\. ignored/.exec(line)?.[1] ?? []);
  return { outcome: { passed: counted("passed"), failed, skipped, wrong }, signal };
}

/** Prints at once: what two processes said does not mix. */
function show(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}
