/**
 * `deno run -A benches/peers/ddp.ts [--json]`: a training by ranks of ours beside one by PyTorch's DistributedDataParallel over
 * gloo, dense and with masks: the same network, first weights, batch and optimizer, a thread a rank. Losses are compared first: with
 * masks they must be ours, without the first one. Then each trains in turn, and medians of the rounds are compared.
 *
 * ```sh
 * deno run -A benches/peers/ddp.ts --width 1024 --layers 3 --batch 128 --steps 12 --rounds 5
 * ```
 *
 * @module
 */
import { parseArgs } from "node:util";
import { median } from "../measure.ts";
import type { RankedSteps } from "../ranks.ts";
import { checkLosses } from "./check.ts";

/** What both say of their steps. */
type Steps = Pick<RankedSteps, "engine" | "stepMs" | "cpuMs" | "bytes" | "losses">;

const { values: flags } = parseArgs({
  options: {
    ranks: { type: "string", default: "2" },
    sparsity: { type: "string", default: "0.95" },
    width: { type: "string", default: "1024" },
    layers: { type: "string", default: "3" },
    batch: { type: "string", default: "128" },
    steps: { type: "string", default: "12" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const { ranks, sparsity, width, layers, batch, steps } = flags;

const pathOf = (name: string): string => new URL(name, import.meta.url).pathname;

/** A thread a rank, which waits without spinning. */
const ENV = { OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1", OMP_WAIT_POLICY: "PASSIVE" };

async function say(program: string, args: readonly string[]): Promise<Steps> {
  const command = new Deno.Command(program, { args: [...args], env: ENV });
  const { success, stdout, stderr } = await command.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const line = out.split("\n").find((each) => each.startsWith("{"));
  if (success && line !== undefined) return JSON.parse(line);
  throw new Error(`Cannot compare: ${program} failed: ${err.trim().split("\n").at(-1)}`);
}

/** Our ranks; the first time they say what they train. */
function ours(folder?: string): Promise<Steps> {
  const launcher = ["-n", ranks, "--oversubscribe", "--allow-run-as-root", "--bind-to", "none"];
  const network = ["--sparsity", sparsity, "--width", width, "--layers", layers, "--batch", batch];
  const give = folder === undefined ? [] : ["--give", folder];
  const script = [Deno.execPath(), "run", "-A", pathOf("../ranks.ts")];
  return say("mpirun", [...launcher, ...script, ...network, "--steps", steps, ...give]);
}

/** Those of PyTorch. */
function theirs(folder: string, variant: Variant): Promise<Steps> {
  const launcher = ["--standalone", "--nproc-per-node", ranks];
  return say(pathOf(".venv/bin/torchrun"), [
    ...[...launcher, pathOf("python/torch_ddp.py"), folder, variant, steps],
  ]);
}

const VARIANTS = ["dense", "masked"] as const;
type Variant = typeof VARIANTS[number];

/** Share of a loss within which two are the same: both add in orders of their own. */
const TOLERANCE = 1e-3;

/** The middle of what rounds have said. */
function middle(rounds: readonly Steps[]): Steps {
  const of = (key: "stepMs" | "cpuMs" | "bytes"): number => median(rounds.map((each) => each[key]));
  const [{ engine, losses }] = rounds;
  return { engine, stepMs: of("stepMs"), cpuMs: of("cpuMs"), bytes: of("bytes"), losses };
}

const folder = await Deno.makeTempDir({ prefix: "filigree_ddp_" });
try {
  const own: Steps[] = [];
  const other: Record<Variant, Steps[]> = { dense: [], masked: [] };
  for (let round = 0; round < Number(flags.rounds); round++) {
    own.push(await ours(round === 0 ? folder : undefined));
    for (const variant of VARIANTS) {
      other[variant].push(await theirs(folder, variant));
      if (round > 0) continue;
      const same = variant === "masked" ? Number(steps) : 1;
      checkLosses(own[0].losses, other[variant][0].losses, same, TOLERANCE);
    }
  }
  for (const variant of VARIANTS) print(variant, middle(own), middle(other[variant]));
} finally {
  await Deno.remove(folder, { recursive: true });
}

function print(variant: Variant, our: Steps, their: Steps): void {
  const round = (x: number): number => Number(x.toPrecision(4));
  const over = (key: "stepMs" | "cpuMs" | "bytes"): number => round(their[key] / our[key]);
  const name = `ddp/${ranks}-ranks/${width}x${layers}/${sparsity}/b${batch}/torch-${variant}`;
  const details = {
    ...{ ourMs: round(our.stepMs), theirMs: round(their.stepMs) },
    ...{ ourCpuMs: round(our.cpuMs), theirCpuMs: round(their.cpuMs) },
    ...{ ourBytes: our.bytes, theirBytes: their.bytes, ours: our.engine, theirs: their.engine },
  };
  const ratios = { ratio: over("stepMs"), cpuRatio: over("cpuMs"), bytesRatio: over("bytes") };
  if (flags.json) return console.log(JSON.stringify({ name, ...ratios, details }));
  console.log(`${name}  ${JSON.stringify(ratios)}\n    ${JSON.stringify(details)}`);
}
