/**
 * Benches of two builds: what counts as slower, and that both are run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { compareTimes } from "../benches/revisions.ts";

Deno.test("compareTimes() finds a build slower by more than 3 % with interquartile ranges apart", () => {
  const theirs = [100, 101, 99, 100, 102];
  const slower = compareTimes([105, 106, 104, 105, 130], theirs);
  assert.equal(slower.ratio, 1.05);
  assert.deepEqual([slower.ours, slower.theirs], [[105, 106], [100, 101]]);
  assert.equal(slower.slower, true);
  assert.equal(compareTimes([102, 103, 102, 103, 104], theirs).slower, false, "by 3 %");
  assert.equal(compareTimes([90, 120, 104, 130, 95], theirs).slower, false, "ranges meet");
  assert.equal(compareTimes([80, 81, 79], theirs).slower, false, "faster");
  assert.equal(compareTimes([200, 210], theirs).slower, false, "two rounds are not judged");
  assert.throws(() => compareTimes([], theirs), /0 and 5 times; expected some of both/);
});

Deno.test("deno task bench --against refuses a revision that is none, and rounds that are none", async () => {
  for (
    const [args, says] of [
      [
        ["--against", "no-such-revision", "memory"],
        /"no-such-revision": Git knows no such revision/,
      ],
      [
        ["--against", "HEAD", "--rounds", "0", "memory"],
        /--rounds 0: expected a whole number above/,
      ],
    ] as const
  ) {
    const { code, stderr } = await bench(args);
    assert.equal(code, 1);
    assert.match(stderr, says);
  }
});

/** Rows that take a second or two, on WASM alone, in the order of the benches. */
const FAST = [
  "threads/2-vs-1/group-16",
  "threads/2-vs-1/block-16",
  "host/dispatch/wasm",
  "host/tiny-step/wasm",
  "batches/none/wasm/small",
] as const;

Deno.test("deno task bench --against HEAD compares the fastest rows of both builds, and judges no single round", async () => {
  const { code, stdout, stderr } = await bench([
    ...["--against", "HEAD", "--rounds", "1", "--json"],
    ...FAST,
  ]);
  assert.equal(code, 0, stderr);
  const lines = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const [simd, relaxed] = ["SIMD", "relaxed SIMD"].map((kind) => `wasm: WASM ${kind}, 1 thread`);
  // Those of the host run on both builds.
  const builds = (name: string) => name.startsWith("host/") ? [simd, relaxed] : [relaxed];
  assert.deepEqual(
    lines.map(({ name }) => name),
    FAST.flatMap((name) => builds(name).map((device) => `${name} on ${device}`)),
  );
  for (const { name, against, ratio, ours, theirs, slower } of lines) {
    assert.equal(against, "HEAD", name);
    for (const range of [ours, theirs]) {
      assert.ok(range.length === 2 && range[0] > 0 && range[0] === range[1], `${name}: ${range}`);
    }
    assert.equal(ratio, ours[0] / theirs[0], name);
    assert.equal(slower, false, name);
  }
});

/** What a run of the benches says. */
async function bench(args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../benches/mod.ts", import.meta.url).pathname, ...args],
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
