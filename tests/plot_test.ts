/**
 * Plots are files that a browser accepts and that show what they were given.
 *
 * @module
 */
import assert from "node:assert/strict";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { plot, type PlotOptions } from "../src/cli/plot.ts";

const OPTIONS: PlotOptions = {
  title: 'Less < more & "so on"',
  subtitle: "under it",
  x: { label: "density", log: true },
  y: { label: "speed" },
  series: [
    { name: "roof", points: [{ x: 0.01, y: 1 }, { x: 1, y: 1 }], line: "only" },
    { name: "fan-in <1>", points: [{ x: 0.1, y: 4, label: "here & there" }, { x: 0.5, y: 2 }] },
    { name: "alone", points: [{ x: 0.2, y: 3 }], line: false },
  ],
};

Deno.test("plot() gives well-formed XML when names hold its special characters", async () => {
  const svg = await plot(OPTIONS);
  assert.equal(XMLValidator.validate(svg), true);
  const { svg: root } = new XMLParser({ ignoreAttributes: false }).parse(svg);
  assert.equal(root["@_xmlns"], "http://www.w3.org/2000/svg");
});

Deno.test("plot() shows title, axes, series and labels", async () => {
  const texts = textsOf(await plot(OPTIONS));
  const { title, subtitle, x, y, series } = OPTIONS;
  const names = series.map(({ name }) => name);
  for (const text of [title, subtitle ?? "", x.label, y.label, "here & there", ...names]) {
    assert.ok(texts.includes(text), `"${text}" is not among ${JSON.stringify(texts)}`);
  }
});

Deno.test("plot() draws a mark for every point and a line for every series that has one", async () => {
  const svg = await plot(OPTIONS);
  const groups = [...svg.matchAll(/<g class="mark-(line|symbol) role-mark[^>]*>(.*?)<\/g>/gs)];
  const paths = (kind: string): number =>
    groups.filter(([, of]) => of === kind)
      .reduce((sum, [, , content]) => sum + (content.match(/<path/g) ?? []).length, 0);
  assert.equal(paths("symbol"), 3);
  assert.equal(paths("line"), 2);
});

Deno.test("plot() says the names of all series, and large numbers in short", async () => {
  const series = Array.from({ length: 40 }, (_, i) => ({
    name: `series ${i}`,
    points: [{ x: (i + 1) * 1e10, y: i }],
  }));
  const texts = textsOf(await plot({ ...OPTIONS, series }));
  for (const { name } of series) assert.ok(texts.includes(name), name);
  assert.ok(texts.includes("100G"), `${texts}`);
});

Deno.test("plot() gives the same text twice", async () => {
  assert.equal(await plot(OPTIONS), await plot(OPTIONS));
});

Deno.test("plot() refuses what an axis cannot show", async () => {
  const series = [{ name: "a", points: [{ x: 0, y: 1 }] }];
  await assert.rejects(plot({ ...OPTIONS, series }), /"density" is 0; expected .* above 0/);
  const y = { label: "speed", log: true };
  const missing = [{ name: "a", points: [{ x: 1, y: NaN }] }];
  await assert.rejects(plot({ ...OPTIONS, y, series: missing }), /"speed" is NaN/);
});

/** The texts in an SVG, entities decoded. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) =>
    text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&")
  );
}
