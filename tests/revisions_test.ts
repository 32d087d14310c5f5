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
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("../benches/mod.ts", import.meta.url).pathname, ...args],
    });
    const { code, stderr } = await command.output();
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stderr), says);
  }
});
