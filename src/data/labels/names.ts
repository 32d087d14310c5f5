/**
 * Labels that files call by names: numbers for them, which do not depend on the order of the rows.
 *
 * @module
 */
import type { DataSource } from "../files.ts";
import { RowBuilder } from "./growing.ts";
import type { LabelledTextRows } from "./json_lines.ts";
import type { LabelRows } from "./rows.ts";
import { TextBuilder, TextRows } from "./texts.ts";

/** A part to train with, and perhaps one to test with. */
export interface NamedFiles {
  /** To train with. */
  readonly train: DataSource;
  /** To test with. */
  readonly test?: DataSource;
}

/** Parts whose labels have names. */
export interface Named<Part> {
  /** To train with. */
  readonly train: Part;
  /** To test with. */
  readonly test?: Part;
  /** What the labels are called: those to train with by their code units, and then those that only the part to test with has. */
  readonly names: TextRows;
}

/** Takes the rows of a part as they are read. */
export class NamedRows {
  readonly #numbers: Map<string, number>;
  readonly #labels: RowBuilder = new RowBuilder(false);
  readonly #texts: TextBuilder = new TextBuilder();

  /** @param numbers A number for each name that came before, in the order in which they came. */
  constructor(numbers: Map<string, number>) {
    this.#numbers = numbers;
  }

  /** Puts a label into the row. */
  label(name: string): void {
    let number = this.#numbers.get(name);
    if (number === undefined) this.#numbers.set(name, number = this.#numbers.size);
    this.#labels.add(number);
  }

  /** Ends the row, which may have a text. */
  end(text?: string): void {
    this.#labels.end();
    if (text !== undefined) this.#texts.add(text);
  }

  /** The rows; nothing is left here. */
  take(): LabelledTextRows {
    return { texts: this.#texts.take(), labels: this.#labels.takeLabels(this.#numbers.size) };
  }
}

/**
 * Reads parts whose labels have names, each file once.
 *
 * @param read Reads a file.
 */
export async function readNamedParts(
  files: NamedFiles,
  read: (source: DataSource, rows: NamedRows) => Promise<void>,
): Promise<Named<LabelledTextRows>> {
  const numbers = new Map<string, number>();
  const partOf = async (source: DataSource): Promise<LabelledTextRows> => {
    const rows = new NamedRows(numbers);
    await read(source, rows);
    return rows.take();
  };
  const train = await partOf(files.train);
  const test = files.test === undefined ? undefined : await partOf(files.test);
  const found = [...numbers.keys()], trained = train.labels.columns;
  const names = [...found.slice(0, trained).sort(), ...found.slice(trained).sort()];
  const places = new Uint32Array(names.length);
  names.forEach((name, i) => places[numbers.get(name) ?? 0] = i);
  const placed = ({ texts, labels }: LabelledTextRows) => ({
    texts,
    labels: moved(labels, places),
  });
  return {
    train: placed(train),
    ...(test === undefined ? {} : { test: placed(test) }),
    names: TextRows.of(names),
  };
}

/** The same rows, with other numbers for their labels. */
function moved({ rows, columns, offsets, labels }: LabelRows, places: Uint32Array): LabelRows {
  for (let i = 0; i < labels.length; i++) labels[i] = places[labels[i]];
  for (let row = 0; row < rows; row++) labels.subarray(offsets[row], offsets[row + 1]).sort();
  return { rows, columns, offsets, labels };
}
