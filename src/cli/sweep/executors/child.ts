/**
 * The program as a sweep starts it: a run that stops, and saves, when the sweep has gone.
 *
 * @module
 */
import { stopWith } from "../../interrupt.ts";
import { main } from "../../main.ts";

if (import.meta.main) {
  // Standard input is a pipe that nothing is written to; it ends when the sweep closes it, or ends itself.
  stopWith(Deno.stdin.readable);
  Deno.exit(await main(Deno.args));
}
