/**
 * Configurations and sweep files, in each of their formats.
 *
 * @module
 */
import {
  configToml,
  parseLayer,
  readStructured,
  resolveConfig,
} from "../../src/cli/config/load.ts";
import { ValidationError } from "../../src/cli/deps.ts";
import { planSweep } from "../../src/cli/sweep/plan.ts";
import type { Target } from "./target.ts";

const EXTENSIONS = [".toml", ".json", ".yaml"] as const;

/** The same values in every format. */
const CONFIGS: readonly string[] = [
  `[run]\nname = "first"\nseed = 3\n\n[model]\nhidden = [64, 32]\n\n[optimizer]\nlearningRate = 0.01\nwarmup = 5\n`,
  `{"run": {"name": "first", "seed": 3}, "model": {"hidden": [64, 32]}, "optimizer": {"learningRate": 0.01}}`,
  `run:\n  name: first\n  seed: 3\nmodel:\n  hidden: [64, 32]\noptimizer:\n  learningRate: 0.01\n  warmup: 5\n`,
];

const SWEEPS: readonly string[] = [
  `name = "s"\nseeds = [1, 2]\njobs = 2\n[base]\ntrain.epochs = 1\n[[grid]]\n"pattern.sparsity" = [0.9, 0.5]\n` +
  `[random]\nsamples = 3\n"optimizer.learningRate" = { min = 1e-4, max = 1e-2, scale = "log" }\n`,
  `{"name": "s", "seeds": [1, 2], "grid": [{"pattern.sparsity": [0.9, 0.5]}]}`,
  `name: s\nseeds: [1, 2]\ngrid:\n  - pattern.sparsity: [0.9, 0.5]\n`,
];

/** Configurations. */
export function configTarget(): Promise<Target> {
  return Promise.resolve({
    name: "config",
    files: CONFIGS.map((text) => new TextEncoder().encode(text)),
    errors: [ValidationError],
    read(bytes, file) {
      const layer = parseLayer(new TextDecoder().decode(bytes), EXTENSIONS[file], "case");
      const config = resolveConfig([layer]);
      // What is read can be written and is the same again.
      const again = resolveConfig([parseLayer(configToml(config), ".toml", "again")]);
      if (JSON.stringify(again) !== JSON.stringify(config)) {
        throw new Error("it changes when it is kept");
      }
      return Promise.resolve();
    },
  });
}

/** Sweep files. */
export async function sweepTarget(): Promise<Target> {
  const folder = await Deno.makeTempDir();
  return {
    name: "sweep",
    files: SWEEPS.map((text) => new TextEncoder().encode(text)),
    errors: [ValidationError],
    async read(bytes, file) {
      const path = `${folder}/sweep${EXTENSIONS[file]}`;
      await Deno.writeFile(path, bytes);
      const { runs } = planSweep(await readStructured(path), path);
      const names = new Set(runs.map(({ name }) => name));
      if (names.size !== runs.length) throw new Error("two of its runs have one folder");
    },
  };
}
