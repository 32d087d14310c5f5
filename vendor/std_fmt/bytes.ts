/**
 * Stand-in for `jsr:@std/fmt/bytes`.
 *
 * @module
 */
import { format as formatBytes } from "npm:deno-std@1.4.0/fmt/bytes.js";

/** Options of {@linkcode format}. */
export interface FormatOptions {
  /** Whether multiples are of 1024. */
  binary?: boolean;
  /** Fewest digits behind the point. */
  minimumFractionDigits?: number;
  /** Most digits behind the point. */
  maximumFractionDigits?: number;
}

/** A number of bytes for people, such as `1.34 kB`. */
export function format(bytes: number, options: FormatOptions = {}): string {
  return formatBytes(bytes, options);
}
