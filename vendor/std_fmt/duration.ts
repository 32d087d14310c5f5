/**
 * Stand-in for `jsr:@std/fmt/duration`.
 *
 * @module
 */
import { format as formatDuration } from "npm:deno-std@1.4.0/fmt/duration.js";

/** Options of {@linkcode format}. */
export interface FormatOptions {
  /** `1m 2s`, `1 minute, 2 seconds` or `00:00:01:02:000:000:000`. */
  style?: "narrow" | "full" | "digital";
  /** Whether units of which there are none are left out. */
  ignoreZero?: boolean;
}

/** Milliseconds for people. */
export function format(ms: number, options: FormatOptions = {}): string {
  return formatDuration(ms, options);
}
