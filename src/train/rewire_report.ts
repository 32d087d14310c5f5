/**
 * What a rewiring says.
 *
 * @module
 */
import type { RewireResult } from "../methods/method.ts";
import type { PatternStatistics } from "../sparse/statistics.ts";
import type { History } from "./history.ts";

/** Statistics of one layer. */
export type LayerStatistics = PatternStatistics & {
  /** Share of the positions of units that were ever active (ITOP); of the present pattern before any training. */
  readonly explored: number;
  /**
   * Of the units that the last rewiring dropped, the share that the rewiring before had grown; absent before the second
   * rewiring.
   */
  readonly replacedYoung?: number;
  /** The way to the layer's weight from the model. */
  readonly label: string;
  /** `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
};

/** What a rewiring did to one layer. */
export interface LayerReport {
  /** The way to the layer's weight from the model. */
  readonly label: string;
  /** Units dropped: connections, group slots or blocks. */
  readonly dropped: number;
  /** Units grown. */
  readonly grown: number;
  /** Lists that became empty: rows, groups of rows, or rows of blocks. */
  readonly ablated: number;
  /** Empty lists that came back. */
  readonly revived: number;
  /** Hash of the new pattern. */
  readonly hash: string;
  /** Share of the positions of units that were ever active. */
  readonly explored?: number;
  /** Of the units dropped, the share that the rewiring before had grown; absent at the first one. */
  readonly replacedYoung?: number;
}

/** What a rewiring did. */
export interface RewireReport {
  /** Share of the units that the schedule let go, the most where a threshold decides. */
  readonly fraction: number;
  /** Score below which units were dropped, of a method that has such a threshold. */
  readonly threshold?: number;
  /** Whether the batch went into growth scores, so that no update was made with it. */
  readonly spentBatch: boolean;
  /** Its loss then, before the rewiring; absent where no batch was spent. */
  readonly loss?: number;
  /** By layer. */
  readonly layers: readonly LayerReport[];
  /** Seconds that it took, scores and transfers included. */
  readonly seconds: number;
}

/** What a rewiring did to a layer, and what of its history counts. */
export function layerReport(
  label: string,
  { dropped, grown, ablated, revived, hash }: RewireResult,
  { explored, replacedYoung }: Partial<Pick<History, "explored" | "replacedYoung">> = {},
): LayerReport {
  return {
    ...{ label, dropped, grown, ablated, revived, hash },
    ...(explored === undefined ? {} : { explored }),
    ...(replacedYoung === undefined ? {} : { replacedYoung }),
  };
}
