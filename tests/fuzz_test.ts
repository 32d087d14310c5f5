/**
 * Damaged files never crash a reader, hang it, or make it take absurd memory: the cases that CI runs.
 *
 * @module
 */
import assert from "node:assert/strict";

Deno.test("every reader takes what is right and names what is wrong, in 3,000 damaged files", async () => {
  // A process of its own: the meter of memory stands in for the constructors of arrays.
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", "--quiet"],
      new URL("fuzz/mod.ts", import.meta.url).href,
      ...["--cases", "3000", "--seed", "1"],
    ],
  }).output();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, said + new TextDecoder().decode(stderr));
  const [, read, refused] = /^3,000 cases: ([\d,]+) read, ([\d,]+) refused by name/m.exec(said) ??
    [];
  const count = (text: string): number => Number(text.replaceAll(",", ""));
  assert.equal(count(read) + count(refused), 3_000);
  assert.ok(count(read) > 400, `${read} read: damage that hits nothing shows that readers read`);
});

Deno.test("the fuzz run fails where a reader throws an error that says nothing", async () => {
  const { runOne } = await import("./fuzz/run.ts");
  const target = {
    name: "bad",
    files: [new TextEncoder().encode("a file")],
    errors: [SyntaxError],
    read: (bytes: Uint8Array) =>
      bytes.length % 2 === 0 ? Promise.reject(new TypeError("raw")) : Promise.resolve(),
  };
  const failures: string[] = [];
  for (let number = 0; number < 20; number++) {
    failures.push(...(await runOne(target, 3, number)).failures);
  }
  assert.ok(
    failures.length > 0 && failures.every((line) => /^bad, seed 3, case \d+: TypeError/.test(line)),
  );
});
