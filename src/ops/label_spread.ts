/**
 * What the ranks of a head that is spread over them tell each other in the middle of a program: sums of losses and of the gradient of
 * features, what a softmax needs of all labels, and the labels that come first.
 *
 * @module
 */
import { gathered } from "../parallel/gather.ts";
import type { Parallel } from "../parallel/parallel.ts";
import { floatsIn, hostChange, type HostOperand, wordsIn } from "../program/host_calls.ts";
import type { Tensor } from "../program/trace.ts";
import type { LabelHead } from "./label_head.ts";

/** Records that the sum over all ranks takes the place of a tensor of f32. Nothing is done for a head that one process has. */
export function sumOverRanks({ spread }: LabelHead, tensor: Tensor): void {
  if (spread === undefined) return;
  const { parallel } = spread;
  hostChange(
    tensor.trace,
    "sum_over_ranks",
    [changed(tensor)],
    ([content]) => parallel.allReduce(floatsIn(content)),
  );
}

/**
 * Records that what a softmax needs of the labels of all ranks takes the place of what it needs of those of this one.
 *
 * @param logs `[4 columns]`: what `label_log_sums` leaves.
 */
export function joinLogs({ spread }: LabelHead, logs: Tensor): void {
  if (spread === undefined) return;
  const { parallel } = spread;
  hostChange(logs.trace, "join_logs", [changed(logs)], ([content]) => {
    const own = floatsIn(content);
    joinedLogs(gathered(parallel, own), own);
  });
}

/** The logarithms of sums of parts of all labels as those of all of them. */
export function joinedLogs(parts: readonly Float32Array[], all: Float32Array): void {
  const columns = all.length / 4;
  for (let column = 0; column < columns; column++) {
    let largest = -Infinity;
    for (const part of parts) largest = Math.max(largest, part[column]);
    let [sum, weight, count] = [0, 0, 0];
    for (const part of parts) {
      sum += part[columns + column] * Math.exp(part[column] - largest);
      weight += part[2 * columns + column];
      count += part[3 * columns + column];
    }
    all[column] = largest;
    all[columns + column] = sum;
    all[2 * columns + column] = weight;
    all[3 * columns + column] = count;
  }
}

/** Labels with their scores: `[top, columns]`. */
interface Top<A, B> {
  readonly scores: A;
  readonly labels: B;
}

/** Records that the first labels of all ranks take the place of those of this one. */
export function joinTop({ spread }: LabelHead, { scores, labels }: Top<Tensor, Tensor>): void {
  if (spread === undefined) return;
  const { parallel } = spread;
  const { columns } = scores;
  hostChange(scores.trace, "join_top", [scores, labels].map(changed), ([first, second]) => {
    const own = { scores: floatsIn(first), labels: wordsIn(second) };
    joinedTop(topOfAll(parallel, own), columns, own);
  });
}

function topOfAll(
  parallel: Parallel,
  own: Top<Float32Array, Uint32Array>,
): Top<Float32Array, Uint32Array>[] {
  const scores = gathered(parallel, own.scores);
  return gathered(parallel, own.labels).map((labels, rank) => ({ scores: scores[rank], labels }));
}

/** The first of sorted lists: by score, then the lower label. */
export function joinedTop(
  parts: readonly Top<Float32Array, Uint32Array>[],
  columns: number,
  all: Top<Float32Array, Uint32Array>,
): void {
  const places = all.scores.length / columns;
  const next = new Uint32Array(parts.length);
  for (let column = 0; column < columns; column++) {
    next.fill(0);
    for (let place = 0; place < places; place++) {
      let best = 0;
      for (let part = 1; part < parts.length; part++) {
        const [a, b] = [part, best].map((p) => next[p] * columns + column);
        const [score, other] = [parts[part].scores[a], parts[best].scores[b]];
        const lower = parts[part].labels[a] < parts[best].labels[b];
        if (score > other || score === other && lower) best = part;
      }
      const at = next[best]++ * columns + column;
      all.scores[place * columns + column] = parts[best].scores[at];
      all.labels[place * columns + column] = parts[best].labels[at];
    }
  }
}

function changed(tensor: Tensor): HostOperand {
  return { tensor, access: "readwrite" };
}
