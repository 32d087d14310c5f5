/**
 * The sizes of the packed panels of the dense product on WASM: the twin of `wasm/src/kernels/panel.rs`.
 *
 * @module
 */
import { roundUp } from "../../device/kernel.ts";

/** Rows and columns of the register tile. */
const TILE = { rows: 4, columns: 8 } as const;

/** Most rows, columns and steps of the sum that are packed at a time. */
const PANEL = { rows: 128, columns: 512, depth: 256 } as const;

/** Bytes of scratch memory for a product of at most `rows` x `columns` with sums of `depth` products. */
export function panelBytes(rows: number, columns: number, depth: number): number {
  const lines = roundUp(Math.min(rows, PANEL.rows), TILE.rows) +
    roundUp(Math.min(columns, PANEL.columns), TILE.columns);
  return 4 * lines * roundUp(Math.min(depth, PANEL.depth), 4);
}
