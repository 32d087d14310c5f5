/**
 * Stand-in for `jsr:@cliffy/table`: the part of its API that this project uses.
 *
 * @module
 */

/** How a column looks. */
interface ColumnOptions {
  /** Where its cells are. */
  readonly align: "left" | "right";
}

/** Cells under each other. */
export class Table {
  readonly #rows: readonly (readonly string[])[];
  #columns: readonly ColumnOptions[] = [];
  #padding = 1;

  /** Makes a table of rows. */
  constructor(...rows: readonly (readonly string[])[]) {
    this.#rows = rows;
  }

  /** Makes a table of rows. */
  static from(rows: readonly (readonly string[])[]): Table {
    return new Table(...rows);
  }

  /** Sets how columns look. */
  columns(columns: readonly ColumnOptions[]): this {
    this.#columns = columns;
    return this;
  }

  /** Sets the blanks between columns. */
  padding(padding: number): this {
    this.#padding = padding;
    return this;
  }

  /** The lines. */
  toString(): string {
    const widths = this.#columns.map((_, i) => Math.max(...this.#rows.map((row) => row[i].length)));
    const cell = (text: string, i: number): string =>
      this.#columns[i].align === "right" ? text.padStart(widths[i]) : text.padEnd(widths[i]);
    return this.#rows.map((row) => row.map(cell).join(" ".repeat(this.#padding))).join("\n");
  }
}
