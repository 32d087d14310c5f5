/**
 * The residual block.
 *
 * @module
 */
import { add } from "../ops/add.ts";
import type { Tensor } from "../program/trace.ts";
import { makeModule, type Module } from "./module.ts";
import { operationsOf } from "./operation.ts";
import { numbered } from "./tree.ts";

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
export function residual(body: Module, shortcut?: Module): Module {
  return makeModule((x: Tensor, context) => {
    const learned = body(x, context);
    const passed = shortcut === undefined ? x : shortcut(x, context);
    if (String(learned.shape) !== String(passed.shape)) {
      throw new TypeError(
        `Cannot add the body's result [${learned.shape}] to the shortcut's [${passed.shape}]: expected the same shape; ` +
          "a second argument of nn.residual gives x another, such as nn.conv2d with a kernel of 1",
      );
    }
    return add(learned, passed);
  }, {
    kind: "residual",
    children: keysOf(body, shortcut),
    operations: [{
      operation: "residual",
      body: operationsOf(body),
      shortcut: shortcut === undefined ? [] : operationsOf(shortcut),
    }],
  });
}

/** The body is where the block is, unless it has a name. */
function keysOf(body: Module, shortcut: Module | undefined): Record<string, Module> {
  if (shortcut === undefined) return { [body.name]: body };
  const wanted = shortcut.name === "" ? "shortcut" : shortcut.name;
  return { [body.name]: body, [numbered(wanted, new Set([body.name]))]: shortcut };
}
