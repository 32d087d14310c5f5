/**
 * `filigree tune`: measures the variants of the WebGPU kernels once and remembers the fastest ones of this adapter.
 *
 * @module
 */
import type { WebgpuBackend } from "../device/webgpu/backend.ts";
import { openWebgpu } from "../device/webgpu/open.ts";
import {
  type Choices,
  parseTuning,
  type Tuning,
  tuningPath,
  withChoices,
} from "../device/webgpu/tuning.ts";
import { measureVariants, type VariantLadder } from "../profile/variants.ts";
import { writeAtomically } from "../runtime/atomic_files.ts";
import type { Flags } from "./config/flags.ts";
import { bold, Command, ValidationError } from "./deps.ts";
import { Output } from "./output.ts";
import type { Verb } from "./verb.ts";

/** The verb `tune`. */
export const verb: Verb = { name: "tune", rank: 15, command: tuneCommand };

/** The command `tune`. */
function tuneCommand(): Command {
  const command: Command = new Command();
  command
    .description(
      "Measure the variants of the WebGPU kernels on this adapter; what is fastest is taken from then on.",
    )
    .option("--cache <file:string>", "Write to this file instead of the user's cache folder.")
    .option("--dry-run", "Write nothing.")
    .action(async (flags: Flags) => {
      const { cache, dryRun } = flags;
      if (dryRun === true && cache !== undefined) {
        throw new ValidationError(
          'Option "--cache" does not apply to --dry-run, which writes nothing.',
        );
      }
      const kept = typeof cache === "string" ? cache : undefined;
      await tune(dryRun === true ? undefined : kept ?? defaultPath(), new Output(flags));
    });
  return command;
}

function defaultPath(): string {
  const path = tuningPath(Deno.build.os, (name) => Deno.env.get(name));
  if (path !== undefined) return path;
  throw new ValidationError(
    'The environment names no cache folder; expected one, or a file in "--cache".',
  );
}

async function tune(path: string | undefined, output: Output): Promise<void> {
  const backend = await openBackend();
  try {
    await keepFastest(backend.info.description, measureVariants(backend), path, output);
  } finally {
    backend.close();
  }
}

/**
 * Reports the variants of an adapter as they are measured and keeps the fastest ones.
 *
 * @param path Where to keep them; nowhere if undefined.
 */
export async function keepFastest(
  adapter: string,
  ladders: AsyncIterable<VariantLadder>,
  path: string | undefined,
  output: Output,
): Promise<void> {
  const choices: Record<string, string> = {};
  const kept = path === undefined ? {} : { path };
  output.part({ event: "start", adapter, ...kept }, () => [`${bold(adapter)}\n`]);
  for await (const ladder of ladders) {
    const { key, best, preferred } = ladder;
    choices[key] = best;
    output.part({ event: "variants", adapter, ...ladder }, () => [lineOf(ladder)]);
    output.detail(
      `${key}: ${best}, ${best === preferred ? "as" : `not ${preferred} as`} traits say`,
    );
  }
  if (path !== undefined) await save(path, adapter, choices);
  output.result({ event: "done", adapter, choices, ...kept }, () => {
    if (path !== undefined) return output.quiet ? [] : [`\nKept in ${path}.`];
    return output.quiet ? Object.entries(choices).map(([key, best]) => `${key}: ${best}`) : [];
  });
}

async function openBackend(): Promise<WebgpuBackend> {
  try {
    return await openWebgpu({ tuned: false });
  } catch (error) {
    throw new ValidationError(error instanceof Error ? `${error.message}.` : String(error));
  }
}

/** A kernel on one class of shapes: GFLOP/s of each variant, fastest first; the one that is taken stands out. */
function lineOf({ kernel, shapeClass, flops, timings, best, preferred }: VariantLadder): string {
  const parts = timings.map(({ variant, seconds }) => {
    const rate = seconds === undefined ? "refused" : (flops / seconds / 1e9).toPrecision(3);
    const text = `${variant} ${rate}`;
    return variant === best ? bold(`[${text}]`) : text;
  });
  const note = best === preferred ? "" : `  (instead of ${preferred})`;
  return `${kernel.padEnd(6)} ${shapeClass.padEnd(13)} GFLOP/s: ${parts.join(", ")}${note}`;
}

/** Keeps the choices beside those of other adapters. */
async function save(path: string, adapter: string, choices: Choices): Promise<void> {
  const tuning = withChoices(await earlier(path), adapter, choices);
  const folder = path.replace(/[^/\\]*$/, "");
  if (folder !== "") await Deno.mkdir(folder, { recursive: true });
  const text = `${JSON.stringify(tuning, null, 2)}\n`;
  await writeAtomically(path, new TextEncoder().encode(text), "tuning");
}

async function earlier(path: string): Promise<Tuning | undefined> {
  try {
    return parseTuning(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
