/**
 * Layers that pool images.
 *
 * @module
 */
import {
  averagePool as averagePoolOperation,
  globalAveragePool as globalAveragePoolOperation,
  maxPool as maxPoolOperation,
  pair,
  type PoolingWindows,
  requireWindows,
} from "../ops/pool.ts";
import type { Tensor } from "../program/trace.ts";
import { makeModule, type Module } from "./module.ts";
import type { Operation, OperationWindows } from "./operation.ts";

/** Options of {@linkcode maxPool} and {@linkcode averagePool}. */
export type PoolOptions = PoolingWindows;

/**
 * The largest pixel of every window of images `[channels, height, width, examples]`; padding is never the largest. A NaN in a
 * window makes its result NaN.
 *
 * @throws {RangeError} if a size or stride is not a whole number above 0, or the padding none below the size.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const halves = nn.maxPool({ size: 2 });
 * const overlaps = nn.maxPool({ size: 3, stride: 2, padding: 1 });
 * console.assert(halves.parameters.length === 0 && overlaps.kind === "maxPool");
 * ```
 */
export function maxPool(options: PoolOptions): Module {
  requireWindows("Cannot make max pooling", options);
  return free({ operation: "maxPool", ...windowsOf(options) }, (x) => maxPoolOperation(x, options));
}

/**
 * The mean of the pixels of every window of images `[channels, height, width, examples]`. Only pixels inside the image count
 * (PyTorch's `count_include_pad=False`).
 *
 * @throws {RangeError} if a size or stride is not a whole number above 0, or the padding none below the size.
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const layer = nn.averagePool({ size: [2, 4], stride: 2 });
 * console.assert(layer.parameters.length === 0);
 * ```
 */
export function averagePool(options: PoolOptions): Module {
  requireWindows("Cannot make average pooling", options);
  const record = { operation: "averagePool", ...windowsOf(options) } as const;
  return free(record, (x) => averagePoolOperation(x, options));
}

/**
 * The mean of all pixels of every channel: `[channels, height, width, examples]` becomes `[channels, examples]`.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential(
 *   nn.image({ channels: 3, height: 32, width: 32 }),
 *   nn.conv2d(3, 16, { padding: 1 }),
 *   nn.relu(),
 *   nn.globalAveragePool(),
 *   nn.linear(16, 10),
 * );
 * console.assert(model.weights.length === 2);
 * ```
 */
export function globalAveragePool(): Module {
  return free({ operation: "globalAveragePool" }, globalAveragePoolOperation);
}

function free(record: Operation, forward: (x: Tensor) => Tensor): Module {
  const { operation: kind } = record;
  return makeModule(forward, { kind, operations: [record] });
}

/** The windows with all that options may leave out. */
function windowsOf({ size, stride = size, padding = 0 }: PoolOptions): OperationWindows {
  return { size: pair(size), stride: pair(stride), padding };
}
