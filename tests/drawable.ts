/**
 * What is asked of the pages and the pictures of reports.
 *
 * @module
 */
import assert from "node:assert/strict";
import { drawSvg } from "../src/cli/deps.ts";

/** A page without its scripts and comments. */
export function withoutPrograms(html: string): string {
  return html.replaceAll(/<script[\s\S]*?<\/script>|<!--[\s\S]*?-->/g, "");
}

/** Compiles and draws a specification: vega-lite warns of what it does not understand, vega throws. */
export async function requireDrawable(
  title: string,
  spec: Record<string, unknown>,
): Promise<string> {
  const { warn } = console;
  const warnings: unknown[] = [];
  console.warn = (...what: unknown[]): void => void warnings.push(what.join(" "));
  try {
    const svg = await drawSvg(spec);
    assert.deepEqual(warnings, [], title);
    return svg;
  } finally {
    console.warn = warn;
  }
}
