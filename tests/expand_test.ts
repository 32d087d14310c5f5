/**
 * The notation of `wgsl/README.md`.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluate } from "../src/device/webgpu/arithmetic.ts";
import { expand } from "../src/device/webgpu/expand.ts";
import "./arbitraries.ts";

const SNIPPETS = { pair: "const A = 1;\nconst B = 2;", nested: "//! use pair" };

Deno.test("expand() leaves plain text as it is", () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: "grapheme-ascii" })), (lines) => {
    const source = lines.join("\n").replaceAll("//!", "").replaceAll("${", "");
    const { code, origins } = expand("plain", source, {});
    assert.equal(code, source);
    assert.deepEqual(
      origins,
      source.split("\n").map((_, i) => ({ file: "plain", line: i + 1 })),
    );
  }));
});

Deno.test("expand() writes nested blocks out and knows where every line comes from", () => {
  const source = [
    "start",
    "  //! repeat r 1 3",
    "  row ${r};",
    "//! repeat c r 2*r",
    "cell ${r} ${c+1} ${ (c - r) * 10 / 4 % 3 };",
    "//! end",
    "  //! end",
    "stop",
  ].join("\n");
  const { code, origins } = expand("blocks", source, {});
  assert.deepEqual(code.split("\n"), [
    "start",
    "  row 1;",
    "cell 1 2 0;",
    "  row 2;",
    "cell 2 3 0;",
    "cell 2 4 2;",
    "stop",
  ]);
  assert.deepEqual(origins.map(({ line }) => line), [1, 3, 5, 3, 5, 5, 8]);
});

Deno.test("expand() writes nothing for a block without turns, and still finds its end", () => {
  const source = "//! repeat i 3 3\n//! repeat j 0 i\n${j}\n//! end\n//! end\nafter";
  assert.equal(expand("none", source, {}).code, "after");
});

Deno.test("expand() puts a snippet in and knows its lines", () => {
  const { code, origins } = expand("user", "// head\n//! use pair\nlet x = A;", SNIPPETS);
  assert.equal(code, "// head\nconst A = 1;\nconst B = 2;\nlet x = A;");
  assert.deepEqual(origins, [
    { file: "user", line: 1 },
    { file: "shared/pair", line: 1 },
    { file: "shared/pair", line: 2 },
    { file: "user", line: 3 },
  ]);
});

Deno.test("expand() names kernel, line and reason of what it refuses", () => {
  const wrong: readonly [string, RegExp][] = [
    ["a\n//! repeat i 0 2\nb", /wgsl\/k\.wgsl, line 2: the block has no end/],
    ["a\n//! end", /line 2: no block is open/],
    ["//! repeat i 0 2\n//! repeat i 0 2\n//! end\n//! end", /line 2: index "i" is taken/],
    ["\n\nlet a = ${i};", /line 3: there is no index "i" here; the blocks around have none/],
    ["//! repeat i 0 2\n${j}\n//! end", /line 2: there is no index "j" here.* have i/],
    ["//! repeat i 0 2\n${i/0}\n//! end", /line 2: "i\/0" divides by zero/],
    ["//! repeat i 0 n\n//! end", /line 1: there is no index "n"/],
    ["//! repeat i 2\n//! end", /line 1: "repeat i 2" is no directive; expected "use NAME"/],
    ["//! repeat i 0 2\n//! use pair\n//! end", /line 2: .*inside a block/],
    ["//! use absent", /line 1: there is no snippet "absent"; expected one of pair, nested/],
    ["//! use pair\n//! use pair", /line 2: snippet "pair" is used twice/],
    ["//! use nested", /wgsl\/shared\/nested\.wgsl, line 1: a snippet uses a snippet/],
    ["//! repeat i 0 9999999\nx\n//! end", /grows beyond/],
  ];
  for (const [source, message] of wrong) {
    assert.throws(() => expand("k", source, SNIPPETS), { name: "SyntaxError", message });
  }
});

/** An expression as text, with the value that JavaScript gives it. */
type Expression = readonly [text: string, value: number];

const expressions = fc.letrec<{ any: Expression }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.nat(99).map((n): Expression => [`${n}`, n]),
    fc.constant<Expression>(["i", 7]),
    tie("any").map(([text, value]): Expression => [`-(${text})`, -value]),
    fc.tuple(tie("any"), fc.constantFrom("+", "-", "*", "/", "%"), tie("any")).map(
      ([[a, x], operator, [b, y]]): Expression => [
        `(${a}) ${operator} (${b})`,
        { "+": x + y, "-": x - y, "*": x * y, "/": Math.trunc(x / y), "%": x % y }[operator] ?? NaN,
      ],
    ),
  ),
})).any;

Deno.test("evaluate() agrees with JavaScript on integers", () => {
  fc.assert(fc.property(expressions, ([text, value]) => {
    fc.pre(Number.isSafeInteger(value));
    let found: number;
    try {
      found = evaluate(text, new Map([["i", 7]]));
    } catch (error) {
      // A division by zero whose result JavaScript then lost, as in 1 % (1 / 0).
      assert.match(String(error), /divides by zero/);
      return;
    }
    assert.equal(found + 0, value + 0, text);
  }));
});

Deno.test("evaluate() multiplies before it adds, from left to right", () => {
  const indices = new Map([["i", 5], ["tile", 3]]);
  assert.equal(evaluate("1+2*i", indices), 11);
  assert.equal(evaluate("20-i-tile", indices), 12);
  assert.equal(evaluate("100/i/tile", indices), 6);
  assert.equal(evaluate(" ( 1 + 2 ) * i % 4 ", indices), 3);
  assert.equal(evaluate("-i + 1", indices), -4);
});

Deno.test("evaluate() refuses what is no expression", () => {
  for (const text of ["", "1 +", "(1", "1)", "1 2", "i j", "a.b", "1.5", "2**3", "alert()"]) {
    assert.throws(() => evaluate(text, new Map([["i", 1], ["a", 1], ["j", 2]])), SyntaxError, text);
  }
});
