/**
 * Completion scripts: they parse, and know every verb and flag.
 *
 * @module
 */
import assert from "node:assert/strict";
import { LEAVES } from "../src/cli/config/leaves.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

const VERBS =
  "train resume eval predict inspect export data sweep report devices profile bench tune completions";

async function script(shell: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-read", CLI, "completions", shell],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Runs bash over a text. */
async function bash(args: readonly string[], text: string): Promise<string> {
  const child = new Deno.Command("bash", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`completions ${shell} lists every verb and the flags of train`, async () => {
    const text = await script(shell);
    // fish writes long flags without their dashes.
    const spelled = (flag: string): string => shell === "fish" ? `-l ${flag.slice(2)} ` : flag;
    for (const verb of VERBS.split(" ")) assert.match(text, new RegExp(`\\b${verb}\\b`), verb);
    for (const { flag } of LEAVES) assert.ok(text.includes(spelled(flag)), flag);
    for (const flag of ["--dry-run", "--json", "--quiet", "--verbose", "--help"]) {
      assert.ok(text.includes(spelled(flag)), flag);
    }
  });
}

Deno.test("completions bash completes verbs, flags of a verb, and verbs below a verb", async () => {
  const text = await script("bash");
  await bash(["-n"], text);
  const complete = async (...words: string[]): Promise<string[]> => {
    const typed = words.map((word) => `'${word}'`).join(" ");
    const call = `COMP_WORDS=(filigree ${typed}); COMP_CWORD=${words.length}; _filigree; ` +
      'printf "%s\\n" "${COMPREPLY[@]}"\n';
    return (await bash([], text + call)).split("\n").filter((word) => word !== "");
  };
  assert.deepEqual(await complete("tr"), ["train"]);
  assert.deepEqual(await complete("train", "--spars"), ["--sparsity", "--sparse-layers"]);
  assert.deepEqual(await complete("data", "ver"), ["verify"]);
  assert.deepEqual(await complete("data", "verify", "--verb"), ["--verbose"]);
  assert.deepEqual(await complete("resume", "--spars"), []);
  // The value of a flag is completed as a file.
  assert.deepEqual(await complete("train", "--config", ""), []);
});
