/**
 * Patterns by what they are called, and what of a specification is refused.
 *
 * @module
 */
import assert from "node:assert/strict";
import { geometryOf } from "../src/sparse/geometry.ts";
import { fixedDensity, patternName, patternNamed, patternNames } from "../src/sparse/lookup.ts";
import { block, dense, fanIn, groupFanIn, nm } from "../src/sparse/patterns/mod.ts";

Deno.test("a specification that cannot be is refused by what is wrong with it", () => {
  const read = (text: string) => () => geometryOf(JSON.parse(text), 8, 8);
  const wrong: [string, RegExp][] = [
    ['{"kind":"dense"}', /Cannot use the pattern dense for lists of connections/],
    [
      '{"kind":"spiral"}',
      /a pattern of kind "spiral": it is not known; expected one of dense, fanIn/,
    ],
    ['{"kind":"fanIn"}', /Cannot use density NaN/],
    ['{"kind":"fanIn","size":{"k":1.5}}', /Cannot use fan-in 1.5/],
    ['{"kind":"groupFanIn","size":{"k":2},"group":5,"score":"mean"}', /group 5: expected one of 4/],
    ['{"kind":"block","size":{"density":2},"block":4,"score":"l1"}', /Cannot use density 2/],
    [
      '{"kind":"block","size":{"density":1},"block":4,"score":"l3"}',
      /score l3: expected one of l1/,
    ],
    ['{"kind":"nm","n":3,"m":2}', /Cannot use pattern 3:2/],
  ];
  for (const [text, message] of wrong) assert.throws(read(text), { message });
});

Deno.test("patternNamed() reads the names that patternName() gives", () => {
  const specs = [dense(), fanIn({ density: 0.3 }), groupFanIn({ density: 0.3 }, 16), nm(3, 7)];
  const drawn = { replacement: true };
  const repeating = [fanIn({ density: 0.3 }, drawn), groupFanIn({ density: 0.3 }, 16, drawn)];
  for (const spec of [...specs, ...repeating, block(8, { density: 0.3 })]) {
    assert.deepEqual(patternNamed(patternName(spec), 0.3), spec);
  }
  assert.deepEqual(patternNamed("fan-in:32-replacement", 0.3), fanIn(32, drawn));
  assert.deepEqual(patternNamed("group-4:32-replacement", 0.3), groupFanIn(32, 4, drawn));
  for (const name of ["fan-in:3-", "fan-in-replacement:3", "2:4-replacement"]) {
    assert.equal(patternNamed(name, 0.3), undefined, name);
  }
  for (const name of ["fan_in", "group-5", "block-2", "2:", ""]) {
    assert.equal(patternNamed(name, 0.3), undefined, name);
  }
  assert.deepEqual([dense(), nm(1, 4), fanIn(2)].map(fixedDensity), [1, 0.25, undefined]);
  assert.match(
    patternNames(),
    /^dense, fan-in, .*, group-4, .*, group-N-replacement, .*, N:M such as 2:4, or N:M-outputs$/,
  );
});
