/**
 * A cluster of Slurm with one node, this machine, started by hand: no service manager, no accounting, a folder for all of it.
 *
 * It needs the Debian packages `slurmctld slurmd slurm-client munge`, and no rights: its jobs are those of whoever starts it.
 *
 * @module
 */

/** Programs of the packages; the daemons lie where not everybody looks. */
const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel"]
  .concat(
    ["srun", "salloc"],
  );
const PATH = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`;

/** Programs of a cluster that are not here. */
export const MISSING: readonly string[] = (await Promise.all(PROGRAMS.map(async (program) => {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    env: { PATH },
  }).output();
  return success ? [] : [program];
}))).flat();

/** What a program of Slurm ended with. */
export interface Called {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/** A cluster that runs until it is disposed of. */
export class SlurmCluster implements AsyncDisposable {
  /** The environment in which programs of Slurm find it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #daemons: Deno.ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.variables = { SLURM_CONF: `${folder}/slurm.conf`, PATH };
  }

  /** Starts a cluster of two processors. */
  static async start(): Promise<SlurmCluster> {
    const folder = await Deno.makeTempDir({ prefix: "slurm-" });
    const cluster = new SlurmCluster(folder);
    try {
      for (const name of ["state", "spool"]) await Deno.mkdir(`${folder}/${name}`);
      await Deno.writeFile(`${folder}/key`, crypto.getRandomValues(new Uint8Array(128)), {
        mode: 0o400,
      });
      await Deno.writeTextFile(`${folder}/slurm.conf`, configuration(folder));
      const at = (name: string) => `${folder}/${name}`;
      // The folder is nobody else's, which munge takes for a mistake.
      cluster.#daemon(
        "munged",
        ["--foreground", "--force", `--socket=${at("munge")}`].concat(
          [`--key-file=${at("key")}`, `--pid-file=${at("munge.pid")}`],
          [`--seed-file=${at("seed")}`, `--log-file=${at("munge.log")}`],
        ),
      );
      await until("munge's socket", () => Deno.lstat(at("munge")).then(() => true, () => false));
      cluster.#daemon("slurmctld", ["-D"]);
      cluster.#daemon("slurmd", ["-D"]);
      await until("an idle node", async () => {
        const { stdout } = await cluster.call("sinfo", "--noheader", "--format=%T");
        return stdout.trim() === "idle";
      });
      return cluster;
    } catch (error) {
      for (const daemon of ["slurmctld", "slurmd"]) {
        const log = await Deno.readTextFile(`${folder}/${daemon}.log`).catch(String);
        console.error(`${daemon}: ${log.trim().split("\n").slice(-5).join("\n")}`);
      }
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  #daemon(program: string, args: string[]): void {
    const options = { args, env: { ...this.variables }, stdout: "null", stderr: "null" } as const;
    this.#daemons.push(new Deno.Command(program, options).spawn());
  }

  /** Calls a program of Slurm. */
  async call(program: string, ...args: string[]): Promise<Called> {
    const command = new Deno.Command(program, { args, env: { ...this.variables } });
    const { code, ...said } = await command.output();
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    return { code, stdout: text(said.stdout), stderr: text(said.stderr) };
  }

  /** States of the tasks of a job, by task, of those that Slurm still has in its queue. */
  async queue(job: string): Promise<Map<number, string>> {
    const asked = ["--noheader", "--array", "--format=%K %T", `--jobs=${job}`];
    const { stdout } = await this.call("squeue", ...asked);
    return new Map(
      stdout.trim().split("\n").filter((line) => line !== "").map((line) => {
        const [task, state] = line.trim().split(" ");
        return [Number(task), state];
      }),
    );
  }

  /** How many processes of tasks run: a task that is to begin again is in the queue before its process has ended. */
  async running(): Promise<number> {
    const { stdout } = await this.call("scontrol", "listpids");
    return stdout.trim().split("\n").slice(1).length;
  }

  /** Waits until no task of a job is in the queue. */
  async ended(job: string): Promise<void> {
    await until(`the end of job ${job}`, async () => (await this.queue(job)).size === 0);
  }

  /** Ends all jobs and the daemons, the last ones first. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await this.call("squeue", "--noheader", "--format=%A");
    const jobs = stdout.trim().split("\n").filter((job) => job !== "");
    if (jobs.length > 0) {
      await this.call("scancel", ...jobs);
      await until("the end of all jobs", async () => {
        const { stdout } = await this.call("squeue", "--noheader");
        return stdout.trim() === "";
      });
    }
    for (const daemon of this.#daemons.reverse()) {
      try {
        daemon.kill("SIGTERM");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
      await daemon.status;
    }
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Waits for something that will be. */
export async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1500; i++) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Cannot go on: there is not ${what} after 150 s`);
}

function configuration(folder: string): string {
  const [user, host] = [userName(), Deno.hostname().split(".")[0]];
  const [controller, node] = freePorts(2);
  return Object.entries({
    ClusterName: "test",
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: controller,
    SlurmdPort: node,
    AuthType: "auth/munge",
    AuthInfo: `socket=${folder}/munge`,
    CredType: "cred/munge",
    SlurmUser: user,
    SlurmdUser: user,
    StateSaveLocation: `${folder}/state`,
    SlurmdSpoolDir: `${folder}/spool`,
    SlurmctldPidFile: `${folder}/slurmctld.pid`,
    SlurmdPidFile: `${folder}/slurmd.pid`,
    SlurmctldLogFile: `${folder}/slurmctld.log`,
    SlurmdLogFile: `${folder}/slurmd.log`,
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    SwitchType: "switch/none",
    MpiDefault: "none",
    SelectType: "select/cons_tres",
    SelectTypeParameters: "CR_CPU",
    SchedulerType: "sched/backfill",
    SchedulerParameters: "bf_interval=1,sched_interval=1",
    JobAcctGatherType: "jobacct_gather/none",
    ReturnToService: 2,
  }).map(([key, value]) => `${key}=${value}`).concat([
    // Two processors, however many there are: Slurm lets a node have more than it finds with this.
    "SlurmdParameters=config_overrides",
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
    "PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
    "",
  ]).join("\n");
}

function userName(): string {
  return new TextDecoder().decode(new Deno.Command("id", { args: ["-un"] }).outputSync().stdout)
    .trim();
}

function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ port: 0 }));
  return listeners.map((listener) => {
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    return port;
  });
}
