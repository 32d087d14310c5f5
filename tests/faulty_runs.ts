/**
 * Runs of the command line that tests of faults treat badly.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { writeIdxFolder } from "./idx_files.ts";

/** The command line, as a module. */
export const CLI: string = new URL("../cli.ts", import.meta.url).href;

/** Which names the packages for scripts elsewhere. */
const CONFIG = fileURLToPath(new URL("../deno.json", import.meta.url));

/** How a process ended. */
export interface Ended {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly out: string;
  /** Standard error. */
  readonly err: string;
}

/** The arguments that have Deno run the command line, or another script. */
export function denoArgs(args: readonly string[], script: string = CLI): string[] {
  return [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-code-cache",
    "--config",
    CONFIG,
    "--allow-all",
    script,
    ...args,
  ];
}

/** Runs `filigree` with arguments, perhaps by way of a program that takes the rest of its arguments as a command. */
export async function filigree(
  args: readonly string[],
  by: readonly string[] = [],
  script?: string,
): Promise<Ended> {
  const [program, ...rest] = [...by, Deno.execPath(), ...denoArgs(args, script)];
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: rest,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Sends a signal to a process that may have come to its end; whether there was one to take it. */
export function sendSignal(child: Deno.ChildProcess, name: Deno.Signal): boolean {
  try {
    child.kill(name);
    return true;
  } catch (error) {
    if (error instanceof TypeError && error.message.includes("already terminated")) return false;
    throw error;
  }
}

/** Runs under a limit of bytes on every file, which fails as a full disk does: writes stop in the middle. */
export function fileLimit(kibibytes: number): string[] {
  return ["bash", "-c", `trap '' XFSZ; ulimit -f ${kibibytes}; exec "$@"`, "limited"];
}

/** Runs without the right of root to write where the mode of a folder forbids it. */
export function boundByModes(): string[] {
  return Deno.uid() === 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : [];
}

/** Calls `body` with an empty folder and the arguments of a small training. */
export async function withTraining(
  body: (folder: string, args: string[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 500, test: 100, size: 6, classes: 4 });
    const device = ["--data", `${folder}/data`, "--device", "wasm", "--threads", "1"];
    const model = ["--hidden", "64,64", "--batch", "32", "--sparsity", "0.5", "--every", "5"];
    // 400 examples are left to train with.
    await body(folder, [...device, ...model, "--validation", "0.2"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Trains two epochs, then takes the end away: there is one checkpoint, of the middle. */
export async function halfTrained(args: readonly string[], run: string): Promise<Ended> {
  const ended = await filigree(
    ["train", ...args, "--epochs", "2", "--checkpoint-every", "13", "--out", run],
  );
  for (const name of ["step-000000026", "best"]) {
    await Deno.remove(`${run}/checkpoints/${name}.safetensors`);
  }
  await Deno.remove(`${run}/result.json`);
  return ended;
}

/** Names of everything in a folder and below, without files of TensorBoard. */
export function namesIn(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (name.startsWith("events.out")) return [];
    return isDirectory ? namesIn(`${folder}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`];
  }).sort();
}
