/**
 * Texts as HTML. Names of runs, layers and data come from anywhere; none of them is markup.
 *
 * @module
 */
import type { Table } from "./parts.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text as HTML, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter]);
}

/** A value as JSON that is safe within a `script` element. */
export function embedJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

/** A program that is safe within a `script` element: nothing in its texts ends that. */
export function embedScript(text: string): string {
  return text.replaceAll(/<(?=\/script|script|!--)/gi, "\\x3c");
}

/** A comment of HTML; nothing in it ends it. */
export function comment(text: string): string {
  return `<!--\n${escapeHtml(text.trim()).replaceAll("--", "- -")}\n-->`;
}

/** A table. Cells that are numbers are aligned at the right; the first cell of a row is its title. */
export function tableHtml(caption: string, { columns, rows }: Table): string {
  const head = columns.every((column) => column === "")
    ? ""
    : `<thead><tr>${
      columns.map((column) => `<th scope="col">${escapeHtml(column)}</th>`).join("")
    }</tr></thead>`;
  const body = rows.map(([first = "", ...rest]) => {
    const cells = rest.map((cell) =>
      /^[-+]?[\d.,]+( |$)/.test(cell)
        ? `<td class="number">${escapeHtml(cell)}</td>`
        : `<td>${escapeHtml(cell)}</td>`
    );
    return `<tr><th scope="row">${escapeHtml(first)}</th>${cells.join("")}</tr>`;
  });
  return `<div class="scroll" role="group" aria-label="${
    escapeHtml(caption)
  }" tabindex="0"><table>` +
    `<caption>${escapeHtml(caption)}</caption>${head}<tbody>${
      body.join("\n")
    }</tbody></table></div>`;
}
