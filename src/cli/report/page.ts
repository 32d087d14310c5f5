/**
 * The HTML file of a report: one page with all that it needs in it, forbidden to fetch anything.
 *
 * @module
 */
import type { PageScript } from "../deps.ts";
import { comment, embedJson, embedScript, escapeHtml, tableHtml } from "./html.ts";
import script from "./page.js" with { type: "text" };
import style from "./page.css" with { type: "text" };
import type { Part, Picture, Section, Specification } from "./parts.ts";

/** What a page shows. */
export interface PageOptions {
  /** What it is about. */
  readonly title: string;
  /** What draws the pictures. */
  readonly scripts: readonly PageScript[];
  /** What is open from the start. */
  readonly sections: readonly Section[];
  /** Details, each closed until it is asked for. */
  readonly runs: readonly { readonly name: string; readonly sections: readonly Section[] }[];
  /** What is to be said of the details. */
  readonly note?: string;
}

/** The page. */
export function pageOf({ title, scripts, sections, runs, note }: PageOptions): string {
  const writer = new Writer();
  const body = sections.map((section) => writer.section(section, 2));
  const details = runs.map(({ name, sections }) =>
    `<details class="run"><summary><h3>${escapeHtml(name)}</h3></summary>\n${
      sections.map((section) => writer.section(section, 4)).join("\n")
    }\n</details>`
  );
  if (runs.length > 0) {
    const said = note === undefined ? "" : `<p>${escapeHtml(note)}</p>`;
    body.push(writer.wrap("Each run", 2, said + details.join("\n")));
  }
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(title)} - Filigree</title>
<style>
${style}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<h1>${escapeHtml(title)}</h1>
<nav aria-label="Sections"><ul>${
    writer.contents.map(({ id, title }) => `<li><a href="#${id}">${escapeHtml(title)}</a></li>`)
      .join("")
  }</ul></nav>
</header>
<main id="content">
<noscript><p>Pictures are drawn by a script, which this browser does not run; the tables say the same.</p></noscript>
${body.join("\n")}
</main>
<script type="application/json" id="pictures">${embedJson(writer.pictures)}</script>
${
    scripts.map(({ name, text, license }) =>
      `${comment(`${name}\n\n${license}`)}\n<script>${embedScript(text)}</script>`
    ).join("\n")
  }
<script>
${embedScript(script)}</script>
</body>
</html>
`;
}

/** Vega makes functions of its expressions; nothing else is allowed beyond what is in the page. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; " +
  "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";

/** Writes sections, and keeps what the script draws. */
class Writer {
  /** Specifications by the ids of their places. */
  readonly pictures: Record<string, Specification> = {};
  /** Sections of the first level. */
  readonly contents: { readonly id: string; readonly title: string }[] = [];
  #count = 0;

  /** A section whose title is a heading of a level. */
  section({ title, parts }: Section, level: number): string {
    return this.wrap(title, level, parts.map((part) => this.#part(part, level + 1)).join("\n"));
  }

  /** A section of HTML. */
  wrap(title: string, level: number, html: string): string {
    const id = this.#next("section");
    if (level === 2) this.contents.push({ id, title });
    const heading = `<h${level} id="${id}">${escapeHtml(title)}</h${level}>`;
    // Landmarks are of the whole page alone.
    return level === 2
      ? `<section class="section" aria-labelledby="${id}">\n${heading}\n${html}\n</section>`
      : `<div class="section">\n${heading}\n${html}\n</div>`;
  }

  #part(part: Part, level: number): string {
    const heading = `<h${level}>${escapeHtml(part.title)}</h${level}>`;
    switch (part.kind) {
      case "picture":
        return this.#picture(part, heading);
      case "missing":
        return `<div class="missing">${heading}<p>${escapeHtml(part.why)}</p></div>`;
      case "facts":
        return `<div class="facts">${heading}${tableHtml(part.title, part.table)}</div>`;
      case "verbatim":
        return `<details class="verbatim"><summary>${
          escapeHtml(part.title)
        }</summary><pre tabindex="0">${escapeHtml(part.text)}</pre></details>`;
    }
  }

  #picture({ title, summary, spec, table, dense = false }: Picture, heading: string): string {
    const id = this.#next("picture");
    this.pictures[id] = spec;
    const label = escapeHtml(`${title}. ${summary} A table with the numbers follows.`);
    return `<figure>${heading}
<figcaption>${escapeHtml(summary)}</figcaption>
<div class="picture" id="${id}" role="img" aria-label="${label}"${dense ? " data-dense" : ""}></div>
<details class="numbers"><summary>Table: ${escapeHtml(title)}</summary>${
      tableHtml(title, table)
    }</details>
</figure>`;
  }

  #next(kind: string): string {
    return `${kind}-${++this.#count}`;
  }
}
