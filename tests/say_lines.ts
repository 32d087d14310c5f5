/**
 * Carries out command lines in one process, for `cli_words_test.ts`: JSON on standard input, and on standard output what each said.
 * With `--terminal` the program takes its streams for a terminal.
 *
 * @module
 */
import { say } from "./in_process.ts";

if (import.meta.main) {
  if (Deno.args.includes("--terminal")) {
    Deno.stdout.isTerminal = Deno.stderr.isTerminal = () => true;
  }
  const lines: string[][] = JSON.parse(await new Response(Deno.stdin.readable).text());
  const said = [];
  for (const line of lines) said.push(await say(line));
  console.log(JSON.stringify(said));
}
