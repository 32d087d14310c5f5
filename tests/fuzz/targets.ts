/**
 * The readers that are fuzzed. Files lie in memory or in one temporary folder, each target's in its own.
 *
 * @module
 */
import { bertTarget } from "./bert.ts";
import { checkpointTarget } from "./checkpoints.ts";
import { cifarTarget, idxTarget } from "./pictures.ts";
import { corpusTarget } from "./corpora.ts";
import { configTarget, sweepTarget } from "./configurations.ts";
import { labelCacheTarget, labelFolderTarget, labelTarget } from "./many_labels.ts";
import { csvTarget, npyTarget } from "./tables.ts";
import type { Target } from "./target.ts";

/** Makes each target, by name. */
export const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  checkpoint: checkpointTarget,
  bert: bertTarget,
  idx: idxTarget,
  cifar: cifarTarget,
  npy: npyTarget,
  csv: csvTarget,
  config: configTarget,
  sweep: sweepTarget,
  corpus: corpusTarget,
  labels: labelTarget,
  "label-folder": labelFolderTarget,
  "label-cache": labelCacheTarget,
};
