/**
 * Families of cases: plain records, and one function that turns a record into data.
 *
 * @module
 */
import type fc from "fast-check";
import type { Source } from "../arbitraries.ts";
import type { Case } from "./harness.ts";

/** A case whose data is yet to be drawn. */
export interface Draft {
  /** What is special about it. */
  readonly note: string;
  /** Draws the data. */
  build(source: Source): Case;
}

/** The cases of one kernel. */
export interface Family {
  /** Always tried. */
  readonly edges: readonly Draft[];
  /** Tried at random. */
  readonly arbitrary: fc.Arbitrary<Draft>;
}

/** Makes a family from plain records and one function that turns a record into data. */
export function family<Options>(
  edges: readonly Options[],
  arbitrary: fc.Arbitrary<Options>,
  build: (source: Source, options: Options) => Omit<Case, "note">,
): Family {
  const draft = (options: Options): Draft => {
    const note = JSON.stringify(options);
    return { note, build: (source) => ({ note, ...build(source, options) }) };
  };
  return { edges: edges.map(draft), arbitrary: arbitrary.map(draft) };
}
