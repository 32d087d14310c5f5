/**
 * Tables on the terminal, with cliffy's own or its stand-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { linesOfTable } from "../src/cli/table.ts";

Deno.test("linesOfTable() keeps blanks at the beginning, aligns numbers at the right, and ends lines with text", () => {
  const rows = [
    ["layers", "", "connections", "limit"],
    ["  layer0", "24 x 36", "1,234", "bytes"],
    ["  all  products, and room", "", "9", ""],
    ["", "", "", "arithmetic"],
  ];
  assert.deepEqual(linesOfTable(rows, (column) => column === 2), [
    "layers                              connections  limit",
    "  layer0                   24 x 36        1,234  bytes",
    "  all  products, and room                     9",
    "                                                 arithmetic",
  ]);
});

Deno.test("linesOfTable() has no line but those of its rows", () => {
  assert.deepEqual(linesOfTable([["a"]], () => false), ["a"]);
  assert.deepEqual(linesOfTable([["", "1"], ["", "20"]], (column) => column === 1), [
    "   1",
    "  20",
  ]);
});
