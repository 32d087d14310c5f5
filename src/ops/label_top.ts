/**
 * The labels of a head with the largest logits, a chunk of labels at a time.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import type { Tensor } from "../program/trace.ts";
import { labelTop as labelTopKernel } from "./kernels/label_top.ts";
import {
  batchOf,
  chunkLogits,
  LABEL_CHUNK,
  labelChunks,
  type LabelFeatures,
  type LabelHead,
  labelsOf,
  requireFeatures,
} from "./label_head.ts";
import { joinTop } from "./label_spread.ts";

/** Options of {@linkcode labelTop}. */
export interface LabelTopOptions {
  /** Labels whose logits exist at a time, a multiple of 64; 1024 by default. */
  readonly chunk?: number;
  /**
   * The label that each row of the head stands for, each once: `u32[labels]`, of the category `inputs`; that of its number by
   * default.
   */
  readonly numbers?: Resource;
}

/** The labels of each example with the largest logits. */
export interface TopLabels {
  /** `[top, examples]`: their logits, the largest first. */
  readonly scores: Tensor;
  /**
   * `[top, examples]`, u32: their numbers; of equal logits the lower number is first. Where fewer logits are numbers than are
   * asked for, as of a model that has diverged, places behind them have 2^32 - 1.
   */
  readonly labels: Tensor;
}

/**
 * The labels with the largest logits of each example, of a head of any number of labels. The logits of a chunk of labels exist at a
 * time. Of a head that is spread over ranks each rank ranks what it has, and all get the first ones of all.
 *
 * @param x `[features, examples]`, or sparse features that `listFeatures` lists.
 * @param top How many, at most as many as there are labels.
 * @throws {TypeError} if a shape does not fit, or there is not a number for each label.
 * @throws {RangeError} if there are fewer labels, or the chunk is no multiple of 64.
 * @example
 * ```ts
 * import { createDevice, fanIn, labelTop, matrix, nn } from "@filigree/filigree";
 *
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * const head = nn.labelHead(8, 1000, { pattern: fanIn(4, { full: true }) });
 * using program = await device.compile([matrix(8, 32)], (x) => {
 *   const { labels, scores } = labelTop(x, head(x).head, 5);
 *   return [labels, scores];
 * });
 * // Features of zeros: all logits are 0, and the lowest labels come first.
 * program.run([new Float32Array(8 * 32)]);
 * const labels = await program.words(0);
 * console.assert(labels[0] === 0 && labels[32] === 1 && labels[4 * 32] === 4);
 * ```
 */
export function labelTop(
  x: LabelFeatures,
  head: LabelHead,
  top: number,
  { chunk = LABEL_CHUNK, numbers }: LabelTopOptions = {},
): TopLabels {
  const { trace, columns, examples } = batchOf(x);
  requireFeatures("labelTop", x, head);
  const all = labelsOf(head);
  if (!(Number.isInteger(top) && top >= 1 && top <= all)) {
    throw new RangeError(
      `Cannot take the largest ${top} of ${all} labels: expected a whole number from 1 to ${all}`,
    );
  }
  if (numbers !== undefined && (numbers.length !== all || numbers.type !== "u32")) {
    throw new TypeError(
      `Cannot tell the labels of a head of ${all} by ${numbers.length} ${numbers.type} numbers: expected u32, one for each`,
    );
  }
  const shape = [top, ...examples];
  const [scores, labels] = [trace.activation(shape), trace.activation(shape, "u32")];
  const chunks = labelChunks(head, chunk);
  for (const each of chunks) {
    const { first, count } = each;
    const own = numbers === undefined ? trace.step : trace.resource(numbers.part(first, count));
    trace.emit(labelTopKernel, [chunkLogits(each, x), own, scores, labels], {
      ...{ rows: count, columns, first, top, fresh: Number(each === chunks[0]) },
      numbered: Number(numbers !== undefined),
    });
  }
  joinTop(head, { scores, labels });
  return { scores, labels };
}
