/**
 * Learners of label trees on data with very many labels: omikuji, napkinxc and PECOS read the same two files, and what they rank is
 * measured by our metrics. They are no contenders of `mod.ts`: each is trained once, for minutes.
 *
 * ```sh
 * deno task prepare wordnet
 * deno run -A benches/peers/xmc.ts                         # all of them
 * deno run -A benches/peers/xmc.ts --data corpora/wordnet omikuji pecos > results.jsonl
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import {
  addVotes,
  inversePropensities,
  type LabelledRows,
  type ManyLabelPart,
  NearestRows,
  rankingFigures,
  RankingMetrics,
  readManyLabels,
  writeSparseText,
} from "../../files.ts";

/** Nearest rows, and those that `python/xmc_peer.py` knows. */
const PEERS = ["knn", "omikuji", "napkinxc", "napkinxc-3", "pecos"] as const;

/** Labels of an example that are ranked. */
const K = 5;

/** What a peer says. */
interface Answer {
  readonly version: string;
  readonly settings: string;
  /** Processor time. */
  readonly trainSeconds: number;
  readonly rankSeconds: number;
  /** The most memory that the process held until it was trained, what it read included. */
  readonly peakBytes: number;
}

/** How peers are run. */
interface PeerOptions {
  readonly python: string;
  /** Processor seconds that one may take. */
  readonly limit: number;
  readonly folder: string;
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: "string", default: "corpora/wordnet" },
      limit: { type: "string", default: "1200" },
      python: {
        type: "string",
        default: new URL("./.venv-xmc/bin/python", import.meta.url).pathname,
      },
    },
  });
  const wrong = positionals.find((name) => !PEERS.some((peer) => peer === name));
  if (wrong !== undefined) {
    throw new RangeError(`Cannot compare with "${wrong}": expected some of ${PEERS.join(", ")}`);
  }
  const folder = await Deno.makeTempDir({ prefix: "filigree_xmc_" });
  try {
    const options = { python: values.python, limit: Number(values.limit), folder };
    await compare(values.data, positionals.length > 0 ? positionals : PEERS, options);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Trains one after the other, and prints a line of JSON for each. */
async function compare(
  data: string,
  names: readonly string[],
  options: PeerOptions,
): Promise<void> {
  const { train, test } = await readManyLabels(data, { layout: "one-file" });
  if (test === undefined) throw new RangeError(`Cannot compare on "${data}": it has no test.txt`);
  const files = await Promise.all([
    exported(`${options.folder}/train.txt`, train),
    exported(`${options.folder}/test.txt`, test),
  ]);
  const propensities = inversePropensities(train.labels);
  for (const name of names) {
    const measured = (top: Uint32Array): Readonly<Record<string, unknown>> => {
      const metrics = new RankingMetrics({ truth: test.labels, propensities });
      metrics.add(top, test.labels.rows);
      const { a, b } = propensities;
      return { ...rankingFigures(metrics.scores()), propensity: { a, b } };
    };
    if (name === "knn") {
      console.log(JSON.stringify({ name, data, ...measured(votedFirst(train, test)) }));
      continue;
    }
    const answer = await answerOf(name, files, options);
    if (answer === undefined) {
      console.log(
        JSON.stringify({ name, data, cut: `more than ${options.limit} s of processor time` }),
      );
      continue;
    }
    const bytes = await Deno.readFile(`${options.folder}/top`);
    const top = new Uint32Array(bytes.buffer, 0, test.labels.rows * K);
    console.log(JSON.stringify({ name, data, ...answer, ...measured(top) }));
  }
}

/** `[rows, K]`: the labels that the twenty nearest rows vote for, which whoever learns has to beat. */
function votedFirst(train: ManyLabelPart, test: ManyLabelPart): Uint32Array {
  const { features } = labelled(test);
  const votes = new NearestRows(labelled(train)).votes(features, { nearest: 20 });
  const nothing = { labels: new Uint32Array(0), scores: new Float32Array(0) };
  return addVotes({ ...nothing, examples: features.rows }, votes, { top: K }).labels;
}

/** Writes a part as one file. */
async function exported(path: string, part: ManyLabelPart): Promise<string> {
  await writeSparseText(path, labelled(part));
  return path;
}

function labelled({ features, labels }: ManyLabelPart): LabelledRows {
  if (features === undefined) throw new RangeError("Cannot compare: there are no features");
  return { features, labels };
}

/** What a peer says, or nothing if it took more than it may. */
async function answerOf(
  name: string,
  files: readonly string[],
  { python, limit, folder }: PeerOptions,
): Promise<Answer | undefined> {
  const script = new URL("./python/xmc_peer.py", import.meta.url).pathname;
  // What it reports of its progress is no part of the answer.
  const { code, signal, stdout, stderr } = await new Deno.Command(python, {
    args: [script, name, ...files, `${folder}/top`, String(limit)],
    env: { OMP_NUM_THREADS: "1", RUST_LOG: "warn" },
  }).output();
  if (signal === "SIGXCPU" || signal === "SIGKILL") return undefined;
  if (code !== 0) throw new Error(`Cannot train ${name}: ${new TextDecoder().decode(stderr)}`);
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return JSON.parse(lines[lines.length - 1]);
}
