/**
 * Parts of reports by themselves: pages take nothing for markup, pictures can be drawn and say the same as their tables.
 *
 * @module
 */
import assert from "node:assert/strict";
import { vegaRuntime } from "../src/cli/deps.ts";
import { heatMap } from "../src/cli/report/charts.ts";
import { connectionParts } from "../src/cli/report/connections.ts";
import { embedJson, embedScript, escapeHtml } from "../src/cli/report/html.ts";
import { pageOf } from "../src/cli/report/page.ts";
import type { Section } from "../src/cli/report/parts.ts";
import { thinned } from "../src/cli/report/series.ts";
import { requireDrawable, withoutPrograms } from "./drawable.ts";

Deno.test("pageOf() takes no name, text or value for markup", async () => {
  const evil = `</script><script>alert("1")</script><!--<img src=x onerror='alert(2)'>&\u2028`;
  const table = { columns: [evil, evil], rows: [[evil, evil]] };
  const spec = { data: { values: [{ [evil]: evil }] }, mark: "point" };
  const section: Section = {
    title: evil,
    parts: [
      { kind: "picture", title: evil, summary: evil, spec, table },
      { kind: "missing", title: evil, why: evil },
      { kind: "facts", title: evil, table },
      { kind: "verbatim", title: evil, text: evil },
    ],
  };
  const scripts = [{ name: evil, text: `"${evil.replaceAll('"', "'")}"`, license: `-->${evil}` }];
  const runs = [{ name: evil, sections: [section] }];
  const html = pageOf({ title: evil, scripts, sections: [section], runs, note: evil });
  // The programs of the page and its data, and none besides.
  assert.equal([...html.matchAll(/<script/gi)].length, 3);
  assert.equal([...html.matchAll(/<\/script/gi)].length, 3);
  assert.equal([...html.matchAll(/<!--/g)].length, 1);
  assert.doesNotMatch(withoutPrograms(html), /<img/);
  const [, json] = /id="pictures">([^<]*)<\/script>/.exec(html) ?? [];
  assert.deepEqual(Object.values(JSON.parse(json)), [spec, spec]);
  assert.equal(
    new Function(`return ${embedScript(scripts[0].text)}`)(),
    scripts[0].text.slice(1, -1),
  );
  assert.equal(JSON.parse(embedJson(evil)), evil);
  assert.doesNotMatch(escapeHtml(evil), /[<>"']/);
  // What is drawn with keeps its meaning.
  for (const { name, text, license } of await vegaRuntime()) {
    assert.match(name, /^vega(-lite)?@\d+\.\d+\.\d+$/);
    assert.equal(embedScript(text), text);
    assert.match(license, /Redistribution and use/);
  }
});

Deno.test("thinned() keeps the order and the last step of a line of any length, and short ones as they are", () => {
  for (const length of [1, 600, 601, 5000]) {
    const points = Array.from({ length }, (_, i) => ({ x: i + 1, y: i }));
    const thin = thinned(points);
    assert.ok(thin.length <= 600);
    assert.equal(thin.at(-1)?.x, length);
    assert.ok(thin.every(({ x }, i) => i === 0 || x > thin[i - 1].x));
    if (length <= 600) assert.deepEqual(thin, points);
  }
});

Deno.test("heatMap() draws rows under their names, whatever these are, and says how far they go", async () => {
  const rows = [`"] + alert(1) //`, "</script>", "c"];
  const columns = [
    { step: 10, values: [0.25, null, 1] },
    { step: 20, values: [0.5, 0.75, 1] },
  ];
  const caption = { title: "Shares", summary: "Of rows." };
  const given = { label: "row", rows, columns, end: 30 };
  const { spec, table } = heatMap(caption, { label: "share", share: true }, given);
  const svg = await requireDrawable("Shares", spec);
  assert.match(svg, />"\] \+ alert\(1\) \/\/</);
  // What is not known is not drawn.
  assert.equal(
    [...svg.matchAll(/class="mark-rect role-mark[\s\S]*?<\/g>/g)].join("").split("<path").length,
    1 + 5,
  );
  assert.deepEqual(table.rows, [
    [rows[0], "25 % at 10", "50 % at 20", "25 % at 10", "50 % at 20"],
    [rows[1], "75 % at 20", "75 % at 20", "75 % at 20", "75 % at 20"],
    [rows[2], "100 % at 10", "100 % at 20", "100 % at 10", "100 % at 20"],
  ]);
});

Deno.test("connectionParts() shows many layers as rows, what was dropped and what was grown apart", async () => {
  const labels = Array.from({ length: 12 }, (_, i) => `layer${i}.weight`);
  const rewired = (dropped: number) =>
    Object.fromEntries(
      labels.map((label, i) => [label, { dropped: dropped + i, grown: i, explored: 0.5 }]),
    );
  const metrics = [10, 20, 30].map((step) => ({ step, seconds: step, rewired: rewired(step) }));
  const run = { name: "many", config: new Map(), environment: {}, plan: {}, profile: {}, metrics };
  const pictures = connectionParts(run).filter((part) => part.kind === "picture");
  assert.deepEqual(pictures.map(({ title }) => title), ["Dropped", "Grown", "Explored share"]);
  for (const { title, spec } of pictures) {
    const svg = await requireDrawable(title, spec);
    for (const label of labels) assert.ok(svg.includes(`>${label}<`), `${title}: ${label}`);
  }
  const { data } = pictures[0].spec as { data: { values: { value: number[] }[] } };
  assert.deepEqual(data.values[2].value, labels.map((_, i) => 30 + i));
});
