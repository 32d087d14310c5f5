/**
 * From flags to the parts of a training.
 *
 * @module
 */
import type { Method } from "../methods/method.ts";
import { rigl } from "../methods/rigl.ts";
import { set } from "../methods/set.ts";
import { type Salience, srigl } from "../methods/srigl.ts";
import { staticPattern } from "../methods/static.ts";
import { mlp } from "../models/mlp.ts";
import type { Layer } from "../nn/layer.ts";
import { adamw } from "../optim/adamw.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { cosine, sparseRate } from "../optim/schedule.ts";
import { sgd } from "../optim/sgd.ts";
import type { Distribution } from "../sparse/density.ts";
import { ValidationError } from "./deps.ts";
import { parsePattern, parseRatio } from "./patterns.ts";

/** Names that `--method` takes. */
export const METHODS = ["srigl", "rigl", "set", "static", "dense"] as const;

/** A name that `--method` takes. */
export type MethodName = typeof METHODS[number];

/** Flags of `filigree train`, parsed. What is absent has the default of {@linkcode DEFAULTS} or of the method. */
export interface TrainFlags {
  /** `mnist`, `fashion` or a folder. */
  readonly data: string;
  /** How patterns change; `dense` trains without any. */
  readonly method: MethodName;
  /** Share of absent connections. */
  readonly sparsity?: number | undefined;
  /** Name of the pattern of sparse layers; a constant fan-in if absent. */
  readonly pattern?: string | undefined;
  /** How density is spread over the layers. */
  readonly distribution?: Distribution | undefined;
  /** Sizes of the hidden layers. */
  readonly hidden: readonly number[];
  /** Where to train. */
  readonly device: "auto" | "webgpu" | "wasm";
  /** Threads of WASM. */
  readonly threads?: number | undefined;
  /** Passes over the data. */
  readonly epochs: number;
  /** Examples in a step. */
  readonly batch: number;
  /** Highest learning rate. */
  readonly lr?: number | undefined;
  /** How weights change. */
  readonly optimizer: "adamw" | "sgd";
  /** Seed of everything random. */
  readonly seed: number;
  /** Steps between rewirings. */
  readonly every?: number | undefined;
  /** Share of the connections replaced at first. */
  readonly fraction?: number | undefined;
  /** Salient share below which SRigL ablates a neuron. */
  readonly gammaSal?: number | undefined;
  /** What SRigL calls salient. */
  readonly salience?: Salience | undefined;
  /** Whether SRigL may ablate neurons. */
  readonly ablation?: boolean | undefined;
  /** Whether to print JSON lines. */
  readonly json?: boolean | undefined;
  /** Whether to print the plan only. */
  readonly dryRun?: boolean | undefined;
}

/** Defaults that depend on other flags, so that a flag that has no effect can be told from a default. */
export const DEFAULTS = {
  sparsity: 0.95,
  /** Of a dense network; a sparse one takes more: see {@linkcode sparseRate}. */
  lr: { adamw: 1e-3, sgd: 0.05 },
  /** Steps over which the learning rate rises. */
  warmup: 100,
} as const;

/** Momentum of `--optimizer sgd`. */
const MOMENTUM = 0.9;

/** What is trained and how. */
export interface Settings {
  /** The network. */
  readonly model: Layer;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** How patterns change; absent for `dense`. */
  readonly method: Method | undefined;
  /** Features of the input, of each hidden layer, and classes. */
  readonly sizes: readonly number[];
}

/**
 * The model, the optimizer and the method that flags ask for.
 *
 * @param data Inputs and classes of the data set.
 * @throws {ValidationError} if flags contradict each other.
 */
export function settingsOf(
  flags: TrainFlags,
  data: { readonly inputs: number; readonly classes: number },
): Settings {
  const { method, hidden, optimizer, pattern = "fan-in" } = flags;
  requireApplicable(flags);
  const sizes = [data.inputs, ...hidden, data.classes];
  const ratio = parseRatio(pattern);
  // The density of an N:M pattern is in its name, and the same in every layer.
  const distribution = ratio === undefined ? flags.distribution : "uniform";
  const wanted = ratio === undefined ? flags.sparsity : 1 - ratio.n / ratio.m;
  const sparsity = method === "dense" ? 0 : wanted ?? DEFAULTS.sparsity;
  try {
    const peak = flags.lr ?? sparseRate(DEFAULTS.lr[optimizer], sparsity);
    const learningRate = cosine(peak, { warmup: DEFAULTS.warmup });
    return {
      sizes,
      model: mlp({
        sizes,
        sparsity,
        pattern: (density) => parsePattern(pattern, density),
        ...(distribution === undefined ? {} : { distribution }),
      }),
      optimizer: optimizer === "adamw"
        ? adamw({ learningRate })
        : sgd({ learningRate, momentum: MOMENTUM }),
      method: methodOf(flags),
    };
  } catch (cause) {
    // Sizes, shares and schedules come from flags alone, so what they cannot be is wrong use.
    if (cause instanceof RangeError) throw new ValidationError(cause.message, { cause });
    throw cause;
  }
}

function methodOf(flags: TrainFlags): Method | undefined {
  const schedule = defined({ every: flags.every, fraction: flags.fraction });
  switch (flags.method) {
    case "dense":
      return undefined;
    case "static":
      return staticPattern();
    case "set":
      return set(schedule);
    case "rigl":
      return rigl(schedule);
    case "srigl": {
      const { gammaSal, salience, ablation } = flags;
      return srigl({ ...schedule, ...defined({ gammaSal, salience, ablation }) });
    }
  }
}

/** Refuses flags that the others leave without effect. */
function requireApplicable(flags: TrainFlags): void {
  const { method, device } = flags;
  const sparse = METHODS.filter((name) => name !== "dense");
  const dynamic = sparse.filter((name) => name !== "static");
  const rules: readonly [flag: string, given: boolean, methods: readonly MethodName[]][] = [
    ["--sparsity", flags.sparsity !== undefined, sparse],
    ["--pattern", flags.pattern !== undefined, sparse],
    ["--distribution", flags.distribution !== undefined, sparse],
    ["--every", flags.every !== undefined, dynamic],
    ["--fraction", flags.fraction !== undefined, dynamic],
    ["--gamma-sal", flags.gammaSal !== undefined, ["srigl"]],
    ["--salience", flags.salience !== undefined, ["srigl"]],
    ["--no-ablation", flags.ablation === false, ["srigl"]],
  ];
  for (const [flag, given, methods] of rules) {
    if (!given || methods.includes(method)) continue;
    throw new ValidationError(
      `Option "${flag}" applies to --method ${
        methods.join(", ")
      } only, but the method is "${method}".`,
    );
  }
  const ratio = parseRatio(flags.pattern ?? "");
  const fixed = { "--sparsity": flags.sparsity, "--distribution": flags.distribution };
  for (const [flag, value] of Object.entries(fixed)) {
    if (ratio === undefined || value === undefined) continue;
    throw new ValidationError(
      `Option "${flag}" does not apply to --pattern ${flags.pattern}: ` +
        `${ratio.n} of every ${ratio.m} inputs of every layer exist.`,
    );
  }
  if (flags.threads !== undefined && device === "webgpu") {
    throw new ValidationError(
      `Option "--threads" applies to --device wasm, but the device is "${device}".`,
    );
  }
}

/** The fields that are not undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
