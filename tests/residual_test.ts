import assert from "node:assert/strict";
import fc from "fast-check";
import { image, linear, maxPool, type Module, relu } from "../src/nn/mod.ts";
import { flatten, residual, sequential } from "../src/nn/mod.ts";
import { Trace } from "../src/program/trace.ts";
import { fanIn } from "../src/sparse/patterns/mod.ts";
import { checkGradients, CLASSES, INPUTS } from "./gradients.ts";

const WIDTH = 8;

function hidden(name: string): Module {
  return linear(WIDTH, WIDTH, { name, pattern: fanIn(3) });
}

/** A network around a block: what lies below has parameters, so that the block's input has a gradient. */
function around(block: Module, { below = true, above = true } = {}): Module {
  return sequential(
    linear(INPUTS, WIDTH, { name: "first" }),
    ...(below ? [relu()] : []),
    block,
    ...(above ? [relu()] : []),
    linear(WIDTH, CLASSES, { name: "last" }),
  );
}

const MODELS: Readonly<Record<string, () => Module>> = {
  "an identity beside an identity": () => around(residual(sequential())),
  "a linear body between relus": () => around(residual(hidden("a"))),
  "a linear body without relus around": () =>
    around(residual(hidden("a")), { below: false, above: false }),
  "a body that is a relu": () => around(residual(relu()), { below: false }),
  "a body that ends with a relu": () => around(residual(sequential(hidden("a"), relu()))),
  "a body that ends with a relu, below a product": () =>
    around(residual(sequential(hidden("a"), relu())), { above: false }),
  "a body that begins with a relu": () =>
    around(residual(sequential(relu(), hidden("a"))), { below: false }),
  "a body with relus at both ends": () =>
    around(residual(sequential(relu(), hidden("a"), relu())), { below: false, above: false }),
  "a shortcut that ends with a relu": () =>
    around(residual(hidden("a"), sequential(hidden("b"), relu())), { above: false }),
  "relus on both sides": () =>
    around(residual(sequential(hidden("a"), relu()), sequential(hidden("b"), relu())), {
      above: false,
    }),
  "two blocks in a row": () =>
    around(
      sequential(
        residual(sequential(hidden("a"), relu())),
        residual(sequential(hidden("b"), relu(), hidden("c"))),
      ),
      { above: false },
    ),
  "a block inside a block": () =>
    around(residual(sequential(residual(sequential(hidden("a"), relu())), hidden("b"), relu())), {
      above: false,
    }),
  "a body that sees other shapes of the same memory": () =>
    around(
      residual(
        sequential(
          image({ channels: 2, height: 2, width: 2 }),
          maxPool({ size: 3, stride: 1, padding: 1 }),
          relu(),
          flatten(),
        ),
      ),
      { above: false },
    ),
};

for (const [name, model] of Object.entries(MODELS)) {
  Deno.test(`residual() has the gradient of central differences with ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), (seed) => checkGradients(model(), seed)),
      { numRuns: 4 },
    );
  });
}

Deno.test("residual() knows the parameters and weights of body and shortcut", () => {
  const [body, shortcut] = [hidden("a"), hidden("b")];
  const block = residual(body, shortcut);
  assert.deepEqual(block.parameters, [...body.parameters, ...shortcut.parameters]);
  assert.deepEqual(block.weights.map((w) => w.label), ["a.weight", "b.weight"]);
  assert.deepEqual(residual(body).parameters, body.parameters);
});

Deno.test("residual() refuses shapes that differ and says what helps", () => {
  const x = new Trace().input([WIDTH, 4], "f32");
  assert.throws(
    () => residual(linear(WIDTH, 5))(x),
    (error) =>
      error instanceof TypeError && /\[5,4\].*\[8,4\]/.test(error.message) &&
      /second argument of nn\.residual/.test(error.message),
  );
  assert.deepEqual(residual(linear(WIDTH, 5), linear(WIDTH, 5))(x).shape, [5, 4]);
});
