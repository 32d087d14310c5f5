/**
 * Texts with labels as lines of JSON, as the data sets with label texts of the extreme classification repository come:
 * `trn.json`, `tst.json` and `lbl.json`.
 *
 * @module
 */
import type { DataSource } from "../files.ts";
import { RowBuilder } from "./growing.ts";
import { ByteLines } from "./lines.ts";
import type { LabelRows } from "./rows.ts";
import { TextBuilder, type TextRows } from "./texts.ts";

/** Texts, and which labels apply to each. */
export interface LabelledTextRows {
  /** The texts. */
  readonly texts: TextRows;
  /** Their labels. */
  readonly labels: LabelRows;
}

/** What is read of a line. */
interface Line {
  readonly text: string;
  readonly targets: readonly unknown[];
  readonly relevances: readonly unknown[];
}

/**
 * Reads examples: an object a line, with `title`, perhaps `content`, which is put behind it, and `target_ind`, the numbers of the
 * labels. A label whose `target_rel` is 0 does not apply. An empty line is left out.
 *
 * @param columns Number of labels; by default what the highest number says.
 * @throws {DataFormatError} if a line is no such object, or a label is not below the number of labels.
 * @example
 * ```ts
 * import { bytesSource, readJsonExamples } from "@filigree/filigree/files";
 *
 * const line = '{"uid": "a", "title": "A cat", "content": "sleeps", "target_ind": [3, 0]}';
 * const source = bytesSource(new TextEncoder().encode(line), "trn.json");
 * const { texts, labels } = await readJsonExamples(source, 5);
 * console.assert(texts.text(0) === "A cat sleeps" && labels.labels.join() === "0,3");
 * ```
 */
export async function readJsonExamples(
  source: DataSource,
  columns?: number,
): Promise<LabelledTextRows> {
  const texts = new TextBuilder(), labels = new RowBuilder(false);
  await eachLine(source, (lines) => {
    const { text, targets, relevances } = lineOf(lines, true);
    texts.add(text);
    for (const [i, target] of targets.entries()) {
      const isLabel = typeof target === "number" && Number.isInteger(target) && target >= 0 &&
        target < (columns ?? 2 ** 32 - 1);
      if (!isLabel || labels.isFull) {
        throw lines.fault(
          `a label of "target_ind" is ${JSON.stringify(target)}; expected a whole number from 0` +
            (columns === undefined ? "" : `, below ${columns}`),
        );
      }
      if (relevances[i] !== 0) labels.add(target);
    }
    labels.end();
  });
  return { texts: texts.take(), labels: labels.takeLabels(columns ?? labels.columns) };
}

/**
 * Reads what labels are called: an object a line, with `title`, and perhaps `content`.
 *
 * @throws {DataFormatError} if a line is no such object.
 * @example
 * ```ts
 * import { bytesSource, readJsonTexts } from "@filigree/filigree/files";
 *
 * const lines = '{"uid": "0", "title": "cat"}\n{"uid": "1", "title": "dog"}\n';
 * const texts = await readJsonTexts(bytesSource(new TextEncoder().encode(lines), "lbl.json"));
 * console.assert(texts.rows === 2 && texts.text(1) === "dog");
 * ```
 */
export async function readJsonTexts(source: DataSource): Promise<TextRows> {
  const texts = new TextBuilder();
  await eachLine(source, (lines) => texts.add(lineOf(lines, false).text));
  return texts.take();
}

async function eachLine(source: DataSource, body: (lines: ByteLines) => void): Promise<void> {
  using lines = await ByteLines.open(source);
  while (await lines.more()) {
    while (lines.next()) if (lines.end > lines.begin) body(lines);
  }
}

function lineOf(lines: ByteLines, labelled: boolean): Line {
  const line = lines.text();
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw lines.fault(`the line is no JSON (${cause.message}); expected an object a line`, cause);
  }
  const fields = new Map(
    typeof object === "object" && object !== null ? Object.entries(object) : [],
  );
  const [title, content] = [fields.get("title"), fields.get("content") ?? ""];
  if (typeof title !== "string" || typeof content !== "string") {
    throw lines.fault(
      'the line lacks a text; expected an object with "title", and perhaps "content"',
    );
  }
  const targets: unknown = fields.get("target_ind") ?? [];
  const relevances: unknown = fields.get("target_rel") ?? [];
  if (labelled && !(fields.has("target_ind") && Array.isArray(targets))) {
    throw lines.fault('the line has no list "target_ind"; expected the numbers of its labels');
  }
  const [labels, numbers] = [targets, relevances].map((list): unknown[] =>
    Array.isArray(list) ? list : []
  );
  const relates = (fields.get("target_rel") ?? null) !== null;
  if (labelled && relates && !(Array.isArray(relevances) && numbers.length === labels.length)) {
    throw lines.fault(
      `"target_rel" has ${numbers.length} numbers and "target_ind" ${labels.length}; expected as many`,
    );
  }
  return {
    text: content === "" ? title : `${title} ${content}`,
    targets: labels,
    relevances: numbers,
  };
}
