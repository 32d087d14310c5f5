/**
 * `deno task test`: runs every test and every documentation example, and ends with one line,
 * `N passed, N failed`, followed by `, N skipped` and their names if there are any.
 *
 * Arguments go to `deno test`: `deno task test tests/data_test.ts`.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--allow-all", "--doc", ...Deno.args],
  stdout: "piped",
}).spawn();

const lines: string[] = [];
let rest = "";
for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
  await Deno.stdout.write(new TextEncoder().encode(text));
  const parts = (rest + stripVTControlCharacters(text)).split("\n");
  rest = parts.pop() ?? "";
  lines.push(...parts);
}
lines.push(rest);
const { code } = await child.status;

const summary = lines.findLast((line) => /^(ok|FAILED) \|/.test(line)) ?? "";
const passed = counted("passed");
// The examples of the documentation use `console.assert`, which only speaks.
const wrong = lines.filter((line) => line.startsWith("Assertion failed")).length;
// Without a summary nothing ran: a module did not load or did not pass the type check.
const failed = Math.max(counted("failed"), code === 0 ? 0 : 1) + wrong;
const skipped = lines.flatMap((line) => /^(.+) \.\.\. ignored/.exec(line)?.[1] ?? []);
if (skipped.length > 0) console.log(`Skipped:\n${skipped.map((name) => `  ${name}`).join("\n")}`);
const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
console.log(`${passed} passed, ${failed} failed${tail}`);
Deno.exit(code === 0 && failed === 0 ? 0 : 1);

function counted(what: string): number {
  return Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0);
}
