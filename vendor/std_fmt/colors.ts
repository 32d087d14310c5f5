/**
 * Stand-in for `jsr:@std/fmt/colors`. Colours are off where `NO_COLOR` is set.
 *
 * @module
 */
import * as colors from "npm:deno-std@1.4.0/fmt/colors.js";

/** Switches colours on or off. */
export function setColorEnabled(enabled: boolean): void {
  colors.setColorEnabled(enabled);
}

/** Bold text. */
export function bold(text: string): string {
  return colors.bold(text);
}

/** Dim text. */
export function dim(text: string): string {
  return colors.dim(text);
}

/** Red text. */
export function red(text: string): string {
  return colors.red(text);
}
