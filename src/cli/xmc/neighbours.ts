/**
 * Nearest rows that vote beside the head of a model of very many labels, as its configuration asks for them.
 *
 * @module
 */
import {
  addVotes,
  type LabelVotes,
  NearestRows,
  type ScoredLabels,
} from "../../data/labels/neighbours.ts";
import type { FeatureRows } from "../../data/labels/rows.ts";
import { readSet, writeSet } from "../../data/labels/set_file.ts";
import type { LabelledRows } from "../../data/labels/sparse_text.ts";
import type { Config } from "../config/schema.ts";
import { ValidationError } from "../deps.ts";

/** The file of a run that holds the rows that vote. */
export const NEIGHBOURS_FILE = "neighbours.bin";

/** What the file is of. */
const KEY = "rows that vote";

/** Labels of the head that votes are added to, at least. */
const POOL = 64;

/** Rows that vote, and what that counts. */
export class Neighbours {
  readonly #rows: LabelledRows;
  readonly #nearest: number;
  readonly #weight: number;
  #index: NearestRows | undefined;
  /** Examples that are looked at after every epoch have the same votes each time. */
  readonly #votes = new WeakMap<FeatureRows, LabelVotes>();

  /** Lists nothing before it is asked. */
  constructor(rows: LabelledRows, { nearest, weight }: NeighbourOptions) {
    this.#rows = rows;
    this.#nearest = nearest;
    this.#weight = weight;
  }

  /** Labels that the head has to tell where so many are wanted. */
  poolOf(top: number): number {
    return Math.min(this.#rows.labels.columns, Math.max(top, POOL));
  }

  /** The first labels of examples with votes, of {@linkcode poolOf} that the head puts first. */
  add(
    ranked: ScoredLabels,
    asked: FeatureRows,
    { first, top }: { readonly first: number; readonly top: number },
  ): ScoredLabels {
    let votes = this.#votes.get(asked);
    if (votes === undefined) {
      this.#index ??= new NearestRows(this.#rows);
      votes = this.#index.votes(asked, { nearest: this.#nearest });
      this.#votes.set(asked, votes);
    }
    return addVotes(ranked, votes, { first, top, weight: this.#weight });
  }
}

/** How many rows vote, and what a vote of 1 adds to the score of a label. */
export interface NeighbourOptions {
  readonly nearest: number;
  readonly weight: number;
}

/** What a configuration asks for; nothing if no rows vote. */
export function neighboursIn(
  { model: { neighbours, neighbourWeight = 1 } }: Pick<Config, "model">,
): NeighbourOptions | undefined {
  if (neighbours === undefined) return undefined;
  return { nearest: Number(neighbours), weight: Number(neighbourWeight) };
}

/** What writes the rows that vote into a file of a run. */
export function neighbourWriter(rows: LabelledRows): (path: string) => Promise<void> {
  return (path) => writeSet(path, KEY, { train: rows });
}

/**
 * Reads the rows that vote from the folder of a run.
 *
 * @throws {ValidationError} if they are not there, or damaged.
 */
export async function readNeighbours(
  folder: string,
  options: NeighbourOptions,
): Promise<Neighbours> {
  const path = `${folder}/${NEIGHBOURS_FILE}`;
  const problem = (is: string, cause?: unknown) =>
    new ValidationError(
      `Cannot let nearest rows vote: "${path}" ${is}; expected the file that the training wrote, beside the checkpoints of its run.`,
      { cause },
    );
  try {
    const train = (await readSet(path, KEY))?.train;
    if (train?.features === undefined) throw problem("is damaged, or another file");
    return new Neighbours({ features: train.features, labels: train.labels }, options);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw problem("is not there", cause);
  }
}
