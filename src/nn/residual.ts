/**
 * The residual block.
 *
 * @module
 */
import { add } from "../ops/add.ts";
import { type Layer, makeLayer, partsOf } from "./layer.ts";
import { operationsOf } from "./operation.ts";

/**
 * `body(x) + shortcut(x)` (He et al. 2016, equations 1 and 2). A relu behind the sum is a layer of its own.
 *
 * @param body What is learned besides the shortcut.
 * @param shortcut Gives x the shape of the body's result where that differs; x itself by default.
 * @example
 * ```ts
 * import { fanIn, nn } from "@filigree/filigree";
 *
 * const pattern = fanIn({ density: 0.1 });
 * const block = nn.residual(
 *   nn.sequential(
 *     nn.conv2d(16, 32, { stride: 2, padding: 1, pattern, name: "a" }),
 *     nn.relu(),
 *     nn.conv2d(32, 32, { padding: 1, pattern, name: "b" }),
 *   ),
 *   nn.conv2d(16, 32, { kernel: 1, stride: 2, name: "shortcut" }),
 * );
 * console.assert(block.weights.length === 3);
 * ```
 */
export function residual(body: Layer, shortcut?: Layer): Layer {
  return makeLayer((x) => {
    const learned = body(x);
    const passed = shortcut === undefined ? x : shortcut(x);
    if (String(learned.shape) !== String(passed.shape)) {
      throw new TypeError(
        `Cannot add the body's result [${learned.shape}] to the shortcut's [${passed.shape}]: expected the same shape; ` +
          "a second argument of nn.residual gives x another, such as nn.conv2d with a kernel of 1",
      );
    }
    return add(learned, passed);
  }, {
    kind: "residual",
    ...partsOf(shortcut === undefined ? [body] : [body, shortcut]),
    operations: [{
      operation: "residual",
      body: operationsOf(body),
      shortcut: shortcut === undefined ? [] : operationsOf(shortcut),
    }],
  });
}
