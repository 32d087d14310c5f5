/**
 * Programs on several ranks, by each MPI that CI installs. Without one its tests are ignored with the reason in their names; with
 * `CI=true` they fail.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A launcher of an MPI. */
export interface Engine {
  /** The MPI. */
  readonly name: "Open MPI" | "MPICH";
  /** Its program. */
  readonly launcher: string;
  /** What it is told beside the number of ranks. */
  readonly flags: readonly string[];
}

/** Both of them, by the names that Debian gives them. */
export const ENGINES: readonly Engine[] = [
  // More ranks than cores, and containers whose only user is root.
  {
    ...{ name: "Open MPI", launcher: "mpirun.openmpi" },
    flags: ["--oversubscribe", "--allow-run-as-root", "--bind-to", "none"],
  },
  { name: "MPICH", launcher: "mpiexec.mpich", flags: [] },
];

/** What a program on several ranks ended with. */
export interface Ended {
  /** Exit code of the launcher. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Arguments of `deno` for a script of `tests/`, or of the root. */
export function scriptArgs(script: string, ...args: string[]): string[] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return ["run", "--quiet", "--no-prompt", "-A", path, ...args];
}

/** Words before a command that have it run on so many ranks. */
export function launcherWords({ launcher, flags }: Engine, ranks: number): string[] {
  return [launcher, "-n", String(ranks), ...flags];
}

/** The launcher's command for so many ranks of a script. */
export function rankCommand(
  engine: Engine,
  ranks: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  const [launcher, ...words] = launcherWords(engine, ranks);
  return new Deno.Command(launcher, {
    args: [...words, Deno.execPath(), ...args],
    env: { NO_COLOR: "1", ...env },
    ...{ stdin: "null", stdout: "piped", stderr: "piped" },
  });
}

/** Runs a script on so many ranks to its end. */
export async function onRanks(
  engine: Engine,
  ranks: number,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return ended(await rankCommand(engine, ranks, args, env).output());
}

/** Runs a script in one process that no launcher has started. */
export async function alone(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return ended(
    await new Deno.Command(Deno.execPath(), { args: [...args], env: { NO_COLOR: "1", ...env } })
      .output(),
  );
}

function ended({ code, stdout, stderr }: Deno.CommandOutput): Ended {
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** Registers a test for each MPI, or for those that are named. */
export function testOnEngines(
  name: string,
  body: (engine: Engine) => Promise<void>,
  names: readonly Engine["name"][] = ENGINES.map((engine) => engine.name),
): void {
  for (const engine of ENGINES.filter((each) => names.includes(each.name))) {
    const missing = MISSING.get(engine.name);
    Deno.test({
      name: missing === undefined
        ? `${name} (${engine.name})`
        : `${name} (not run: ${engine.name} is missing: ${missing})`,
      ignore: missing !== undefined && Deno.env.get("CI") !== "true",
      fn: () => body(engine),
    });
  }
}

const MISSING = new Map(
  await Promise.all(
    ENGINES.map(async ({ name, launcher }) => [name, await why(launcher)] as const),
  ),
);

/** Why a program cannot be started; nothing if it can. */
async function why(launcher: string): Promise<string | undefined> {
  try {
    await new Deno.Command(launcher, { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
