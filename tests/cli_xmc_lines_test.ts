/**
 * `xmc predict` asked line by line: what cannot be answered has an error in its place, and what is answered says what is known of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readNewest } from "../runs.ts";
import { rankingPreparationIn } from "../src/cli/xmc/data.ts";
import { wordsIn } from "../src/cli/xmc/words.ts";
import { preparationIn } from "../src/train/description.ts";
import { say, succeed } from "./in_process.ts";
import { DEVICE, withData } from "./xmc_runs.ts";

const CLI = new URL("../cli.ts", import.meta.url).href;

/** What a program writes to standard output and standard error, and ends with. */
interface Ended {
  readonly code: number;
  readonly out: string[];
  readonly err: string;
}

/** Asks a run by standard input. */
async function ask(run: string, input: string | Uint8Array, ...flags: string[]): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", CLI, "xmc", "predict", run, "--top", "2", ...flags],
    env: { NO_COLOR: "1" },
    ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out.split("\n").filter((line) => line !== ""), err };
}

/** Trains with texts or with features; returns the run. */
async function trained(folder: string, kind: "texts" | "features"): Promise<string> {
  const run = `${folder}/${kind}-run`;
  const where = ["--train", `${folder}/${kind}`, "--out", run, ...DEVICE];
  await succeed("xmc", "train", ...where, "--pattern", "fan-in:4", "--batch", "32");
  return run;
}

Deno.test("xmc predict answers a line of standard input that it cannot read by an error, and goes on", async () => {
  await withData(async (folder) => {
    const run = await trained(folder, "texts");
    // More than are asked about together, and several that are wrong.
    const lines = Array.from({ length: 70 }, (_, i) => [3, 40, 41].includes(i) ? "999:1" : "dogs");
    const bytes = new Uint8Array([
      ...new TextEncoder().encode(`${lines.join("\n")}\n`),
      ...[0xe9, 0x0a],
      ...new TextEncoder().encode("dogs bark\n"),
    ]);
    const { code, out, err } = await ask(run, bytes);
    assert.equal(code, 1, err);
    const answers = out.map((line) => JSON.parse(line));
    assert.deepEqual(answers.map(({ example }) => example), [...Array(72).keys()]);
    const refused = answers.filter((answer) => "error" in answer);
    assert.deepEqual(refused.map(({ example }) => example), [3, 40, 41, 70]);
    assert.match(refused[1].error, /^Cannot read line 41: a feature is "999:1"; expected .* below/);
    assert.match(refused[3].error, /at line 71: the text is no UTF-8; expected UTF-8/);
    for (const { labels, error } of answers) assert.ok(labels?.length === 2 || error !== undefined);
    assert.deepEqual(answers[0].labels, answers[69].labels);
    assert.match(err, /^error: Cannot answer 4 of 72 lines: each has an error of its own; expect/m);
    const columns = await ask(run, "dogs\n999:1\ndogs\n", "--format", "tsv", "--quiet");
    assert.equal(columns.code, 1);
    assert.deepEqual(columns.out.map((line) => line.split("\t")[0]), ["0", "0", "2", "2"]);
    assert.match(columns.err, /^error: Cannot read line 2: a feature is "999:1"/m);
    // A file is refused as a whole.
    await Deno.writeTextFile(`${folder}/asked.txt`, "dogs\n999:1\n");
    const { code: wrong, err: why } = await say(["xmc", "predict", run, `${folder}/asked.txt`]);
    assert.deepEqual([wrong, /^error: Cannot read line 2: /m.test(why)], [2, true], why);
  });
});

Deno.test("xmc predict answers features whose scores are not finite by an error, and goes on", async () => {
  await withData(async (folder) => {
    const run = await trained(folder, "features");
    const answers = `${folder}/answers.jsonl`;
    const { code, out, err } = await ask(run, "2:1\n2:3e38 4:3e38\n4:1\n", "--out", answers);
    assert.deepEqual([code, out], [1, []], err);
    const lines = (await Deno.readTextFile(answers)).trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(lines.map(({ known }) => known), [1, undefined, 1]);
    assert.match(lines[1].error, /example 1 has logits that are not finite; expected finite ones/);
    assert.match(err, /^error: Cannot answer 1 of 3 lines/m);
  });
});

Deno.test("xmc predict says how much of a line is known, and notes once what was hardly meant as a text", async () => {
  await withData(async (folder) => {
    const run = await trained(folder, "texts");
    const words = (await knownWords(run)).slice(0, 2);
    const known = async (text: string, ...flags: string[]): Promise<[number[], string]> => {
      const { code, out, err } = await ask(run, text, ...flags);
      assert.equal(code, 0, err);
      return [out.map((line) => JSON.parse(line).known), err];
    };
    const [first, second] = words;
    const usual = `${first} ${second} ${first}\n3:1 4:0.5\n`;
    assert.deepEqual(await known(usual), [[2, 2], ""]);
    for (
      const [line, note] of [
        ["3,7 4:0.5 9:1", /^note: line 3 looks like labels and features, and is read as a text/],
        ["4:NaN", /^note: line 3 looks like features, and is read as a text; expected a text, or/],
        [`{"text": "${first}"}`, /^note: line 3 looks like an object of JSON, and is read as a t/],
        ["", /^note: line 3 has no word that the model knows: its answer says nothing of it/],
      ] as const
    ) {
      const [counts, said] = await known(`${usual}${line}\n${line}\nqqqq\n`);
      assert.deepEqual([counts.slice(0, 2), counts[4]], [[2, 2], 0]);
      assert.match(said, note);
      assert.equal(said.trim().split("\n").length, 1, said);
    }
    assert.deepEqual(await known("qqqq\n", "--quiet"), [[0], ""]);
  });
});

/** Words that a run knows. */
async function knownWords(run: string): Promise<string[]> {
  const checkpoint = await readNewest(run);
  const preparation = rankingPreparationIn(checkpoint.path, preparationIn(checkpoint));
  return [...wordsIn(preparation)?.words ?? []];
}

/** Answers lines as `xmc predict` does, and ends at some. */
const STUB = `
let example = 0;
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const piece of lines) {
  const line = piece.trim();
  if (line === "end") Deno.exit(1);
  console.log(JSON.stringify(line === "bad" ? { example, error: "bad" } : { example, labels: [] }));
  example++;
}
`;

Deno.test("the server of docs/xmc.md answers on when its program has ended", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const page = await Deno.readTextFile(new URL("../docs/xmc.md", import.meta.url));
    const [server] = [...page.matchAll(/^```ts ignore\n(.*?)^```$/gms)].map(([, code]) => code)
      .filter((code) => code.includes("Deno.serve("));
    await Deno.writeTextFile(`${folder}/stub.ts`, STUB);
    const program = server.replace("/path/to/filigree/cli.ts", `${folder}/stub.ts`)
      .replace("port: 8000", `port: 0, hostname: "127.0.0.1", onListen`)
      .replace(
        "Deno.serve(",
        `const onListen = ({ port }: Deno.NetAddr) => console.log(port);\nDeno.serve(`,
      );
    assert.match(program, /stub\.ts.*port: 0/s);
    await Deno.writeTextFile(`${folder}/server.ts`, program);
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", "--check", `${folder}/server.ts`],
      env: { NO_COLOR: "1" },
      ...{ stdout: "piped", stderr: "null" },
    }).spawn();
    const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await said.read();
    const port = Number(value);
    assert.ok(port > 0, "the server does not listen");
    try {
      const answer = async (text: string): Promise<[number, Record<string, unknown>]> => {
        const response = await fetch(`http://127.0.0.1:${port}/?text=${text}`);
        return [response.status, await response.json()];
      };
      assert.deepEqual(await answer("one"), [200, { example: 0, labels: [] }]);
      assert.deepEqual(await answer("bad"), [400, { example: 1, error: "bad" }]);
      assert.deepEqual(await answer("two"), [200, { example: 2, labels: [] }]);
      const [status, { error }] = await answer("end");
      assert.deepEqual([status, error], [400, "Error: the program ended"]);
      assert.deepEqual(await answer("three"), [200, { example: 0, labels: [] }]);
    } finally {
      await said.cancel();
      child.kill();
      await child.status;
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
