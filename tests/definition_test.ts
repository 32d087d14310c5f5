/**
 * Definitions: what people choose by name, with options that are data.
 *
 * @module
 */
import assert from "node:assert/strict";
import { define, listed, valuesFor } from "../src/definitions/definition.ts";
import { accepts, acceptsOf, type Option } from "../src/definitions/option.ts";

const OPTIONS = {
  every: { type: "integer", least: 1, description: "Steps" },
  share: { type: "number", least: 0, below: 1, description: "A share" },
  kind: { type: "choice", choices: ["a", "b"], description: "Which" },
  loud: { type: "boolean", description: "Whether" },
  name: { type: "text", matches: /^[a-z]+$/, accepts: "letters", description: "A name" },
  sizes: { type: "list", of: { type: "integer", least: 1, most: 9 }, least: 1, description: "All" },
} as const satisfies Readonly<Record<string, Option>>;

const THING = define({
  name: "thing",
  description: "Anything",
  options: OPTIONS,
  make: ({ every = 3, kind = "a", sizes = [1] }, factor: number) => {
    const chosen: "a" | "b" = kind;
    return `${chosen}${factor * every}${sizes.join()}`;
  },
});

Deno.test("define() gives the factory the values and what is given besides", () => {
  assert.equal(THING.make({}, 1), "a31");
  assert.equal(THING.make({ every: 2, kind: "b", sizes: [4, 5] }, 10), "b204,5");
});

Deno.test("define() refuses values that its options do not take, and names of no option", () => {
  const refused: readonly [Readonly<Record<string, unknown>>, RegExp][] = [
    [{ every: 0 }, /^Cannot make thing: every is 0; expected integer >= 1$/],
    [{ every: 1.5 }, /every is 1.5;/],
    [{ every: "2" }, /every is "2";/],
    [{ share: 1 }, /share is 1; expected number >= 0 and < 1$/],
    [{ share: NaN }, /share is NaN;/],
    [{ kind: "c" }, /kind is "c"; expected a, b$/],
    [{ loud: "yes" }, /loud is "yes"; expected true or false$/],
    [{ name: "A1" }, /name is "A1"; expected letters$/],
    [{ sizes: [] }, /sizes is \[\]; expected a list of integer >= 1 and <= 9$/],
    [{ sizes: [10] }, /sizes is \[10\];/],
    [{ every: undefined }, /every is undefined;/],
    [{ toString: 1 }, /it has no option "toString"; its options are every, share, kind,/],
  ];
  for (const [values, message] of refused) {
    assert.throws(() => THING.make(values, 1), { name: "RangeError", message });
  }
});

Deno.test("accepts() and acceptsOf() agree about the bounds of numbers", () => {
  const option = { type: "number", above: 0, most: 2, description: "" } as const;
  assert.equal(acceptsOf(option), "number > 0 and <= 2");
  assert.deepEqual([-1, 0, 1e-9, 2, 2.1].map((value) => accepts(option, value)), [
    ...[false, false, true, true, false],
  ]);
});

Deno.test("listed() sorts by rank, then by name, and refuses two of one name", () => {
  const all = {
    c: { name: "c" },
    b: { name: "b", rank: 2 },
    a: { name: "a" },
    z: { name: "z", rank: 1 },
  };
  assert.deepEqual(listed(all).map(({ name }) => name), ["z", "b", "a", "c"]);
  assert.throws(() => listed({ one: { name: "a" }, other: { name: "a" } }), {
    name: "RangeError",
    message: /Cannot list "a": two definitions have that name/,
  });
});

Deno.test("valuesFor() takes the values of a definition's options, of those that there are", () => {
  const given = { every: 4, kind: undefined, name: "x", other: 3, toString: 1 };
  assert.deepEqual(valuesFor(THING, given), { every: 4, name: "x" });
});
