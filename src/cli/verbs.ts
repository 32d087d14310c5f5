/**
 * The verbs of the program, a line each.
 *
 * @module
 */
export { verb as bench } from "./bench.ts";
export { verb as completions } from "./completions.ts";
export { verb as data } from "./datasets.ts";
export { verb as devices } from "./devices.ts";
export { verb as eval } from "./eval.ts";
export { verb as export } from "./export.ts";
export { verb as finetune } from "./finetune.ts";
export { verb as generate } from "./generate.ts";
export { verb as inspect } from "./inspect.ts";
export { verb as predict } from "./predict.ts";
export { verb as pretrain } from "./pretrain.ts";
export { verb as profile } from "./profile.ts";
export { resumeVerb as resume } from "./train.ts";
export { verb as sweep } from "./sweep/mod.ts";
export { trainVerb as train } from "./train.ts";
export { verb as tune } from "./tune.ts";
export { verb as xmc } from "./xmc/mod.ts";
export { verb as report } from "./report/mod.ts";
