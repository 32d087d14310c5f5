/**
 * Reports: what the page of a run, of a sweep and of a folder of runs shows, and that its pictures can be drawn.
 *
 * @module
 */
import assert from "node:assert/strict";
import { readMetrics } from "../src/train/metrics_files.ts";
import { requireDrawable, withoutPrograms } from "./drawable.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { refused, say, succeed } from "./in_process.ts";
import { withFlags } from "./flags.ts";

/** A run of eight steps with rewirings at every second one. */
const SMALL = [
  ...["--method", "srigl", "--hidden", "24,16", "--sparsity", "0.6", "--every", "2"],
  ...["--batch", "32", "--epochs", "2", "--validation", "0.2", "--device", "wasm"],
  ...["--threads", "1", "--quiet"],
];

/** Calls `body` with a folder that has a small data set in `data`. */
async function withData(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 160, test: 40, size: 6, classes: 4 });
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Trains a small run. */
async function train(folder: string, name: string, ...more: string[]): Promise<string> {
  const out = `${folder}/runs/${name}`;
  await succeed("train", "--data", `${folder}/data`, "--out", out, ...withFlags(SMALL, ...more));
  return out;
}

/** What a page says. */
interface Page {
  /** Headings, with their levels. */
  readonly headings: readonly (readonly [level: number, text: string])[];
  /** Pictures by their titles. */
  readonly pictures: ReadonlyMap<string, Record<string, unknown>>;
  /** Why something is not shown, by its title. */
  readonly missing: ReadonlyMap<string, string>;
  /** All of it but for programs. */
  readonly text: string;
}

/** Reads a page, and checks what every page keeps. */
async function pageIn(path: string): Promise<Page> {
  const html = await Deno.readTextFile(path);
  const body = withoutPrograms(html);
  // Nothing is fetched: neither does the page ask for anything, nor would it be allowed to.
  assert.match(body, /<meta http-equiv="Content-Security-Policy" content="default-src 'none';/);
  assert.doesNotMatch(body, /\b(src|href)="(?!#)|<(link|img|iframe)\b|@import|url\(/);
  const [, json] = /<script type="application\/json" id="pictures">([^<]*)<\/script>/.exec(html) ??
    [];
  const specs: Record<string, Record<string, unknown>> = JSON.parse(json);
  const headings = [...body.matchAll(/<h(\d)[^>]*>([^<]*)<\/h\1>/g)]
    .map(([, level, text]) => [Number(level), text] as const);
  headings.forEach(([level], i) => {
    if (i > 0) assert.ok(level <= headings[i - 1][0] + 1, `a level is left out: ${headings[i]}`);
  });
  const pictures = new Map<string, Record<string, unknown>>();
  for (const [figure] of body.matchAll(/<figure>[\s\S]*?<\/figure>/g)) {
    const [, title] = /<h\d>([^<]*)</.exec(figure) ?? [];
    const [, id, label] = /id="([^"]+)" role="img" aria-label="([^"]+)"/.exec(figure) ?? [];
    assert.ok(label.startsWith(`${title}. `), `${title} has the label ${label}`);
    assert.match(
      figure,
      /<table><caption>[^<]+<\/caption>[\s\S]*<tbody><tr>/,
      `${title} has no table`,
    );
    pictures.set(title, specs[id]);
  }
  assert.equal([...body.matchAll(/class="picture"/g)].length, Object.keys(specs).length);
  const missing = [...body.matchAll(/<div class="missing"><h\d>([^<]*)<\/h\d><p>([^<]*)<\/p>/g)]
    .map(([, title, why]) => [title, why] as const);
  return { headings, pictures, missing: new Map(missing), text: body };
}

/** The values that a picture is drawn of. */
function valuesOf(page: Page, title: string): Record<string, unknown>[] {
  const spec = page.pictures.get(title) as
    | { data: { values: Record<string, unknown>[] } }
    | undefined;
  assert.ok(
    spec !== undefined,
    `there is no picture "${title}" among ${[...page.pictures.keys()]}`,
  );
  return spec.data.values;
}

Deno.test("report shows all that a run recorded, and every picture can be drawn", () =>
  withData(async (folder) => {
    const run = await train(folder, "one", "--report");
    const page = await pageIn(`${run}/report.html`);
    assert.deepEqual(
      page.headings.filter(([level]) => level <= 2).map(([, text]) => text),
      ["one", "Summary", "Training", "Connections", "Device", "Configuration"],
    );
    const fans = ["layer0.weight", "layer1.weight"]
      .flatMap((label) => [`Fan-in of ${label}`, `Fan-out of ${label}`]);
    const drawn = ["Loss", "Accuracy", "Norm of the gradient", "Density of each layer"]
      .concat("Dropped and grown", "Explored share", "Ablated neurons", fans, "Device memory");
    for (const title of drawn) assert.ok(page.pictures.has(title), title);
    for (const [title, spec] of page.pictures) {
      assert.match(await requireDrawable(title, spec), /<path/, title);
    }
    assert.deepEqual([...page.missing.keys()], ["Time of each kernel"]);
    assert.match(page.missing.get("Time of each kernel") ?? "", /filigree profile RUN --json/);
    assert.match(page.text, /<th scope="row">pattern.sparsity<\/th><td class="number">0.6<\/td>/);
  }));

Deno.test("report draws the numbers of the metrics", () =>
  withData(async (folder) => {
    const run = await train(folder, "one");
    assert.deepEqual(await succeed("report", run), {
      out: `${run}/report.html`,
      runs: 1,
      bytes: (await Deno.stat(`${run}/report.html`)).size,
    });
    const page = await pageIn(`${run}/report.html`);
    const metrics = await readMetrics(run);
    const losses = metrics.flatMap(({ step, epochLoss }) =>
      epochLoss === undefined ? [] : [[step, Number(Number(epochLoss).toPrecision(6))]]
    );
    assert.equal(losses.length, 2);
    const shown = valuesOf(page, "Loss").filter(({ series }) =>
      series === "training, mean of an epoch"
    );
    assert.deepEqual(shown.map(({ step, value }) => [step, value]), losses);
    const dropped = metrics.flatMap(({ rewired }) =>
      Object.values((rewired ?? {}) as Record<string, { dropped: number }>).map((each) =>
        each.dropped
      )
    );
    const bars = valuesOf(page, "Dropped and grown").filter(({ change }) => change === "dropped");
    const sum = (numbers: unknown[]): number =>
      numbers.reduce<number>((all, n) => all + Number(n), 0);
    assert.ok(sum(dropped) > 0);
    assert.equal(sum(bars.map(({ count }) => count)), sum(dropped));
    const plan = JSON.parse(await Deno.readTextFile(`${run}/plan.json`)).plan;
    assert.equal(sum(valuesOf(page, "Device memory").map(({ value }) => value)), plan.bytes.total);
    // Every row of 36 inputs keeps its fan-in, and all connections lead out of some input.
    const fanIn = valuesOf(page, "Fan-in of layer0.weight"),
      fanOut = valuesOf(page, "Fan-out of layer0.weight");
    for (const [i, { value }] of fanIn.entries()) {
      const ways = [value, fanOut[i].value].map((list) => sum(list as number[]));
      assert.equal(ways[0], ways[1]);
    }
  }));

Deno.test("metrics say where connections lie at some of many rewirings, and TensorBoard gets no lists", () =>
  withData(async (folder) => {
    const run = await train(folder, "long", "--every", "1", "--epochs", "40");
    const lines = (await readMetrics(run)).flatMap(({ rewired, layers }) => {
      const said = Object.values((rewired ?? layers ?? {}) as Record<string, object>);
      return said.map((layer) => ({ rewired: rewired !== undefined, layer }));
    });
    const rewirings = lines.filter(({ rewired }) => rewired);
    // Of two layers; the schedule rewires in the first three quarters of 160 steps.
    assert.ok(rewirings.length > 2 * 100, `${rewirings.length}`);
    for (const { layer } of rewirings) assert.ok("ablated" in layer && "revived" in layer);
    const sampled = lines.filter(({ layer }) => "fanInBins" in layer && "fanOutBins" in layer);
    assert.ok(sampled.length >= 2 * 40 && sampled.length <= 2 * 2 * 64, `${sampled.length}`);
    const events = [...Deno.readDirSync(run)].find(({ name }) => name.startsWith("events."));
    const text = await Deno.readTextFile(`${run}/${events?.name}`);
    assert.match(text, /rewired\/layer0\.weight\/ablated/);
    assert.doesNotMatch(text, /Bins/);
  }));

Deno.test("report says of what an earlier version recorded less of that it was not recorded", () =>
  withData(async (folder) => {
    const run = await train(folder, "old");
    await Deno.remove(`${run}/plan.json`);
    const metrics = (await readMetrics(run)).map((line) =>
      JSON.stringify(line, (key, value) => /Bins$|ablated|revived/.test(key) ? undefined : value)
    );
    // It is still being written.
    await Deno.writeTextFile(`${run}/metrics.jsonl`, `${metrics.join("\n")}\n{"step":12,"lo`);
    await Deno.remove(`${run}/result.json`);
    await succeed("report", run, "--out", `${folder}/old.html`);
    // An earlier report is replaced, and nothing else.
    await succeed("report", run, "--out", `${folder}/old.html`);
    for (const [name, text] of [["some.csv", "a,b\n1,2\n"], ["page.html", "<!DOCTYPE html>\n"]]) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      assert.match(
        await refused("report", run, "--out", `${folder}/${name}`),
        /it is there and is no report that Filigree wrote, which alone is replaced; expected another/,
      );
      assert.equal(await Deno.readTextFile(`${folder}/${name}`), text);
    }
    const page = await pageIn(`${folder}/old.html`);
    assert.deepEqual([...page.missing.keys()], [
      "Fan-in and fan-out",
      "Device memory",
      "Time of each kernel",
      "Kernel calls of a step",
    ]);
    for (const title of ["Fan-in and fan-out", "Device memory", "Kernel calls of a step"]) {
      assert.match(page.missing.get(title) ?? "", /not recorded/i, title);
    }
    assert.match(page.text, /old, not finished: 8 steps so far/);
    assert.match(page.text, /<td>not recorded<\/td>/);
  }));

Deno.test("report draws the profile that lies in the folder of a run, and tells of a damaged one", () =>
  withData(async (folder) => {
    const run = await train(folder, "one");
    const calls = [["spmm", "forward", 3e-4], ["spmm", "update", 1e-4], ["adamw", "update", 2e-4]]
      .map(([kernel, part, seconds]) => ({ kernel, part, seconds, of: "layer0.weight" }));
    const profile = { calls, stepSeconds: 7e-4, description: "a device" };
    await Deno.writeTextFile(`${run}/profile.json`, JSON.stringify(profile));
    await succeed("report", run);
    const page = await pageIn(`${run}/report.html`);
    const shown = valuesOf(page, "Time of each kernel");
    assert.deepEqual(shown.map(({ name, series, value }) => [name, series, value]), [
      ["spmm", "forward", 300],
      ["spmm", "update", 100],
      ["adamw", "update", 200],
    ]);
    const spec = page.pictures.get("Time of each kernel") ?? {};
    await requireDrawable("Time of each kernel", spec);
    await Deno.writeTextFile(`${run}/profile.json`, "{");
    const { code, err } = await say(["report", run]);
    assert.equal(code, 0);
    assert.match(err, /profile\.json" is damaged: /);
  }));

Deno.test("report of a folder puts its runs side by side, finished or not, by what varies", () =>
  withData(async (folder) => {
    await train(folder, "a", "--seed", "1");
    await train(folder, "b", "--seed", "2");
    await train(folder, "c", "--seed", "1", "--pattern", "group-8");
    await Deno.remove(`${folder}/runs/c/result.json`);
    await Deno.mkdir(`${folder}/runs/empty`);
    assert.equal((await succeed("report", `${folder}/runs`)).runs, 3);
    const page = await pageIn(`${folder}/runs/report.html`);
    assert.match(page.text, /<th scope="col">pattern.name<\/th>/);
    assert.doesNotMatch(page.text, /<th scope="col">run\./);
    assert.match(page.text, /<th scope="row">c<\/th>.*not finished: 8 steps so far/);
    const losses = valuesOf(page, "Training loss of each run");
    assert.deepEqual([...new Set(losses.map(({ series, group }) => `${series} ${group}`))], [
      "a pattern fan-in",
      "b pattern fan-in",
      "c pattern group-8",
    ]);
    assert.deepEqual(
      page.headings.filter(([level, text]) => level === 3 && text.length === 1).map(([, text]) =>
        text
      ),
      ["a", "b", "c"],
    );
    for (const [title, spec] of page.pictures) await requireDrawable(title, spec);
  }));

Deno.test("report of a sweep draws the measure over what varies", () =>
  withData(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/sweep.toml`,
      `seeds = [1, 2]
      [base]
      data.name = '${folder}/data'
      model.hidden = [16]
      train = { epochs = 1, batch = 32 }
      device = { name = "wasm", threads = 1 }
      [[grid]]
      "pattern.sparsity" = [0.5, 0.7]
      "method.name" = ["static"]`,
    );
    await succeed(
      "sweep",
      `${folder}/sweep.toml`,
      "--out",
      `${folder}/sweep`,
      "--quiet",
      "--report",
    );
    const page = await pageIn(`${folder}/sweep/report.html`);
    const points = valuesOf(page, "Test accuracy of each setting");
    assert.deepEqual(points.map(({ x }) => x), [0.5, 0.7]);
    for (const [title, spec] of page.pictures) await requireDrawable(title, spec);
  }));

Deno.test("report refuses what holds no run, and --report what leaves no folder", () =>
  withData(async (folder) => {
    const expected = /expected the folder of a run, of a sweep or of runs\.$/;
    for (
      const [path, what] of [
        [`${folder}/nothing`, /there is no such file or folder/],
        [`${folder}/data`, /neither it nor a folder in it holds a run/],
        [`${folder}/data/train-labels-idx1-ubyte`, /it is a file/],
      ] as const
    ) {
      const said = (await refused("report", path)).trim();
      assert.match(said, what);
      assert.match(said, expected);
    }
    for (const flag of ["--no-save", "--dry-run"]) {
      const said = await refused("train", "--data", `${folder}/data`, ...SMALL, "--report", flag);
      assert.match(said, new RegExp(`"--report" does not apply to ${flag}`));
    }
  }));
