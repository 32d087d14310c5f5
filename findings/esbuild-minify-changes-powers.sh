#!/usr/bin/env bash
# npm esbuild 0.28.2 (and `deno bundle --minify` of Deno 2.9.6): `minify` computes powers of constants when it builds, by another
# algorithm than engines have. Many end in other bits than the same source without `minify`, and further from the exact
# power: 0.999 ** 1000 is off by some 58 units of the last place, where Node and Deno are exact. `1 ** NaN` and `1 ** Infinity`
# are 1, where ECMAScript says NaN. Constants that are inlined are met too, and enums of TypeScript also without `minify`. There
# is no warning. Squares and powers of two are right, and `Math.pow` is left alone. So a constant that has to be the same in
# source and build is written as `Math.pow`, or as a number.
#
# Expected, last lines (N depends on the processor):
#   0.9 ** 100: source within 1 unit of exact, minified off by N, N above 5
#   0.999 ** 1000: source within 1 unit of exact, minified off by N, N above 5
#   0.95 ** 1000: source within 1 unit of exact, minified off by N, N above 5
#   two constants, 0.999 and 1000: source within 1 unit of exact, minified off by N, N above 5
#   an enum, 0.999 ** 1000, without minify: off by N, N above 5
#   Math.pow(0.999, 1000): source within 1 unit of exact, minified within 1 unit of exact
#   2 ** -24, 0.1 ** 2: the same
#   1 ** NaN, 1 ** Infinity, (-1) ** Infinity: source NaN NaN NaN, minified 1 1 1
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit esbuild@0.28.2
cat >powers.mjs <<'JS'
import { transform } from "esbuild";

const run = async (text, options) => {
  const { code } = await transform(text, { format: "esm", ...options });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).value;
};
const both = (text) => Promise.all([run(text, {}), run(text, { minify: true })]);

/** How far a number is from a power of a double, computed in whole numbers, in units of its last place. */
function off(value, base, power) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, base);
  const bits = view.getBigUint64(0);
  const fraction = (bits & (1n << 52n) - 1n) | 1n << 52n;
  const exponent = Number(bits >> 52n) - 1075;
  const product = fraction ** BigInt(power);
  const rest = product.toString(2).length - 64;
  const exact = Number(product >> BigInt(rest)) * 2 ** (exponent * power + rest);
  return Math.round(Math.abs(value - exact) / 2 ** (Math.floor(Math.log2(exact)) - 52));
}

let changed = false;
const show = (name, units, expected) => {
  const words = units.map((n) => n <= 1 ? "within 1 unit of exact" : `off by ${n}`);
  console.log(`${name}: ${words.length > 1 ? `source ${words[0]}, minified ${words[1]}` : words[0]}`);
  changed ||= units.some((n, i) => expected[i] ? n > 1 : n <= 5);
};
for (const [base, power] of [[0.9, 100], [0.999, 1000], [0.95, 1000]]) {
  const found = await both(`export const value = ${base} ** ${power};`);
  show(`${base} ** ${power}`, found.map((value) => off(value, base, power)), [true, false]);
}
const distance = (value) => off(value, 0.999, 1000);
const inlined = await both("const base = 0.999; const power = 1000; export const value = base ** power;");
show("two constants, 0.999 and 1000", inlined.map(distance), [true, false]);
const member = await run("enum Rates { Decay = 0.999 ** 1000 } export const value: number = Rates.Decay;", { loader: "ts" });
show("an enum, 0.999 ** 1000, without minify", [distance(member)], [false]);
const called = await both("export const value = Math.pow(0.999, 1000);");
show("Math.pow(0.999, 1000)", called.map(distance), [true, true]);
const right = await both("export const value = [2 ** -24, 0.1 ** 2].join();");
console.log("2 ** -24, 0.1 ** 2:", right[0] === right[1] ? "the same" : "differ");
const ones = await both("export const value = [1 ** NaN, 1 ** Infinity, (-1) ** Infinity].join(' ');");
console.log(`1 ** NaN, 1 ** Infinity, (-1) ** Infinity: source ${ones[0]}, minified ${ones[1]}`);
if (changed || right[0] !== right[1] || ones.join() !== "NaN NaN NaN,1 1 1") {
  console.error("This has changed.");
  process.exit(1);
}
JS
node powers.mjs
