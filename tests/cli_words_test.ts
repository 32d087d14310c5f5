/**
 * The table of ADR 5: command lines, and what comes of them. `FILIGREE_TEST_CLIFFY` names an import map that leads to the real
 * cliffy; without it the stand-in is run.
 *
 * @module
 */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import type { Said } from "./in_process.ts";

const ADR = new URL("../docs/adr/0005-stand-ins.md", import.meta.url);

const RUNNER = new URL("say_lines.ts", import.meta.url).href;

/** Where the real cliffy is, if it is asked for. */
const MAP = Deno.env.get("FILIGREE_TEST_CLIFFY");

/** A row of the table. */
interface Row {
  readonly lines: readonly string[];
  readonly code: number;
  readonly says: string;
}

const ROWS = rows(await Deno.readTextFile(ADR));

/** What all command lines said, in one process of its own; the tests share it. */
const piped = saidOf(ROWS.flatMap(({ lines }) => lines), { NO_COLOR: "" });

Deno.test("the table of ADR 5 has rows for help, version, empty values, repetition and commands", () => {
  assert.ok(ROWS.length >= 30, `${ROWS.length} rows`);
  const lines = ROWS.flatMap(({ lines }) => lines);
  assert.equal(new Set(lines).size, lines.length, "a command line has two rows");
  for (const line of ["", "-h train", "-V", 'train --name ""', "data bogus"]) {
    assert.ok(lines.includes(line), line);
  }
});

for (const { lines, code, says } of ROWS) {
  Deno.test(`filigree ${lines[0]} and ${lines.length - 1} like it end with ${code}`, async () => {
    const said = await piped;
    for (const line of lines) {
      const found = said.get(line);
      assert.ok(found, line);
      const { out, err } = found;
      assert.equal(found.code, code, `filigree ${line}\n${out}${err}`);
      const [told, silent] = code === 0 ? [out, err] : [err, out];
      assert.ok(
        told.includes(says.replace("VERSION", config.version)),
        `filigree ${line}\n${told}`,
      );
      assert.ok(
        code === 0 ? !silent.includes("error") : silent === "",
        `filigree ${line}\n${silent}`,
      );
    }
  });
}

Deno.test("the parser that runs is the one that is asked for", async () => {
  const links: readonly string[] = Object(config).links ?? [];
  const isReal = MAP !== undefined || !links.includes("./vendor/cliffy_command");
  // Their layouts of the help differ.
  assert.equal(/^Description:$/m.test((await piped).get("-h")?.out ?? ""), isReal);
});

Deno.test("nothing that is piped has colours", async () => {
  assert.deepEqual(coloured(await piped), []);
});

Deno.test("nothing has colours on a terminal with NO_COLOR, and errors have without", async () => {
  const lines = ROWS.map(({ lines }) => lines[0]);
  assert.deepEqual(coloured(await saidOf(lines, { NO_COLOR: "1" }, ["--terminal"])), []);
  const found = coloured(await saidOf(lines, { NO_COLOR: "" }, ["--terminal"]));
  assert.ok(found.includes("bogus"), "the terminal of this test has no colours at all");
});

/** The command lines that said something with colours. */
function coloured(said: ReadonlyMap<string, Said>): string[] {
  return [...said].filter(([, { out, err }]) => (out + err).includes("\x1b")).map(([line]) => line);
}

/** Carries out command lines. */
async function saidOf(
  lines: readonly string[],
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<ReadonlyMap<string, Said>> {
  const mapped = MAP === undefined ? [] : ["--no-lock", `--import-map=${MAP}`];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", ...mapped, RUNNER, ...args],
    env: { XDG_RUNTIME_DIR: Deno.env.get("XDG_RUNTIME_DIR") ?? "/tmp", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(lines.map(wordsOf))));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const said: Said[] = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(lines.map((line, i) => [line, said[i]]));
}

/** The words of a command line: `""` is an empty one, `" "` a blank. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|[^\s"]+/g)].map(([word, quoted]) => quoted ?? word);
}

/** The rows of the table. */
function rows(text: string): Row[] {
  return text.split("\n").filter((line) => line.startsWith("| `")).map((line) => {
    const [, lines = "", code, says = ""] = line.split(" | ").length === 4
      ? /^\| (.*?) +\| (\d) +\| `(.*?)` +\| .*\|$/.exec(line) ?? []
      : [];
    assert.ok(says, `a row of ${ADR} is not read: ${line}`);
    const spans = [...lines.matchAll(/`([^`]*)`/g)].map(([, span]) => span.trim());
    return { lines: spans, code: Number(code), says };
  });
}
