/**
 * The residual block.
 *
 * @module
 */
import { add } from "../ops/add.ts";
import type { Tensor } from "../program/trace.ts";
import {
  defineLayer,
  type LayerDefinition,
  recordOf,
  requireShape,
  shapeAfter,
} from "./definition.ts";
import { makeModule, type Module } from "./module.ts";
import { numbered } from "./tree.ts";

/**
 * `body(x) + shortcut(x)` (He et al. 2016, equations 1 and 2). A relu behind the sum is a layer of its own.
 *
 * The parameters of the body lie where the block lies, unless the body has a name; those of the shortcut under `shortcut`.
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
  if (shortcut === undefined) return blockOf([[body.name, body]]);
  const wanted = shortcut.name === "" ? "shortcut" : shortcut.name;
  const name = numbered(wanted, new Set([body.name]));
  return blockOf([[body.name, body], [name, shortcut]]);
}

/** The block of a body and perhaps a shortcut, with their names in it. */
function blockOf(children: readonly (readonly [string, Module])[]): Module {
  const [[, body], [, shortcut] = []] = children;
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
  }, { ...recordOf(residualLayer, {}), children: Object.fromEntries(children) });
}

/** The residual block as checkpoints and exports know it. */
export const residualLayer: LayerDefinition = defineLayer({
  kind: "residual",
  settings: {},
  make({ children }) {
    const parts = Object.entries(children);
    if (parts.length === 1 || parts.length === 2) return blockOf(parts);
    throw new TypeError(
      `Cannot make a residual block of ${parts.length} modules: expected a body, and perhaps a shortcut`,
    );
  },
  exported: {
    shape(layer, input) {
      const [body, shortcut = []] = layer.branches;
      const learned = shapeAfter(body, input);
      requireShape(layer, shapeAfter(shortcut, input), learned);
      return learned;
    },
    describe({ branches: [body, shortcut = []] }, writer, input) {
      return { body: writer.describe(body, input), shortcut: writer.describe(shortcut, input) };
    },
    onnx({ branches: [body, shortcut = []] }, graph, x) {
      return graph.node("Add", [graph.layers(body, x).name, graph.layers(shortcut, x).name]);
    },
  },
});
