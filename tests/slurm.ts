/**
 * Sweeps and ranks on a real Slurm: `deno task slurm`, a step of its own in CI. Without the programs of a cluster the tests are not run,
 * and fail with `CI=true`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { checkpointsIn } from "../src/train/checkpoints.ts";
import { readMetrics } from "../src/train/metrics_files.ts";
import { denoArgs } from "./faulty_runs.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { type Said, say, withVariables } from "./in_process.ts";
import { ENGINES, launcherWords } from "./ranks.ts";
import { MISSING, SlurmCluster, until } from "./slurm_cluster.ts";

/** Registers a test on a cluster, of what is in a folder whose name a careless script would read otherwise. */
function testOnSlurm(
  name: string,
  body: (cluster: SlurmCluster, at: Folder) => Promise<void>,
): void {
  const lack = MISSING.length > 0;
  Deno.test({
    name: lack ? `${name} (not run: there is no ${MISSING.join(", ")})` : name,
    ignore: lack && Deno.env.get("CI") !== "true",
    fn: async () => {
      if (lack) throw new Error(`Cannot start a cluster: there is no ${MISSING.join(", ")}`);
      const outer = await Deno.makeTempDir();
      const folder = `${outer}/50% "a" b'c`;
      await using after = new AsyncDisposableStack();
      after.defer(() => Deno.remove(outer, { recursive: true }));
      const cluster = after.use(await SlurmCluster.start());
      await Deno.mkdir(`${folder}/data`, { recursive: true });
      await writeIdxFolder(`${folder}/data`, { train: 160, test: 40, size: 6, classes: 4 });
      const file = `${folder}/sweep.toml`;
      const write = (text: string, epochs = 2): Promise<void> =>
        Deno.writeTextFile(
          file,
          `[base]
          data.name = ${JSON.stringify(`${folder}/data`)}
          model.hidden = [16]
          train = { epochs = ${epochs}, batch = 32 }
          device = { name = "wasm", threads = 1 }
          ${text}`,
        );
      const sweep = (...args: string[]): Promise<Said> => say(["sweep", file, ...args, "--json"]);
      await withVariables(cluster.variables, () => body(cluster, { folder, write, sweep }));
    },
  });
}

/** What a test has. */
interface Folder {
  readonly folder: string;
  /** Writes the sweep file. */
  write(text: string, epochs?: number): Promise<void>;
  /** Calls the verb. */
  sweep(...args: string[]): Promise<Said>;
}

/** The objects of a call. */
// deno-lint-ignore no-explicit-any
function objectsIn({ out }: Said): any[] {
  return out.trim().split("\n").map((line) => JSON.parse(line));
}

const THREE = `[[grid]]\n"pattern.sparsity" = [0.5, 0.6, 0.7]\n"method.name" = ["static"]`;

testOnSlurm(
  "sweep submits what is not finished, once, and gathers what ended",
  async (cluster, at) => {
    await at.write(THREE);
    const out = `${at.folder}/out`;
    const slurm = ["--out", out, "--executor", "slurm"];
    // One is finished before: by this machine, under the name that it has in the other sweep.
    const [, , , done] = objectsIn(await at.sweep("--out", `${at.folder}/local`));
    const name = "sparsity-0.6,method-static,seed-0";
    await Deno.mkdir(out);
    for (const path of [name, `${name}.toml`]) {
      await Deno.rename(`${at.folder}/local/${path}`, `${out}/${path}`);
    }
    // Nobody else is served: tasks wait.
    await cluster.call("scontrol", "update", "PartitionName=main", "State=DOWN");
    const first = await at.sweep(...slurm, "--jobs", "1");
    assert.equal(first.code, 0, first.err);
    const [skipped, submitted, ...others] = objectsIn(first);
    assert.deepEqual([skipped.name, skipped.skipped], [name, true]);
    const { job, runs, script } = submitted;
    assert.deepEqual([submitted.event, runs, script], ["submitted", 2, `${out}/slurm/1.sh`]);
    assert.deepEqual(others.slice(0, 2).map(({ waits }) => waits), [
      `submitted as ${job}_0`,
      `submitted as ${job}_1`,
    ]);
    assert.equal(others.at(-1).waiting, 2);
    // Once more: they are in the queue, the last task under the plain number of the job.
    const again = objectsIn(await at.sweep(...slurm));
    assert.deepEqual(again.slice(0, -1).map(({ waits }) => waits ?? "finished"), [
      `in the queue as ${job}_0`,
      "finished",
      `in the queue as ${job}_1`,
    ]);
    await cluster.call("scontrol", "update", "PartitionName=main", "State=UP");
    await cluster.ended(job);
    const gathered = await at.sweep("--out", out, "--gather");
    assert.equal(gathered.code, 0, gathered.err);
    const rows = (
      row: Record<string, unknown>,
    ) => [row["pattern.sparsity"], row.accuracy, row.loss];
    assert.deepEqual(objectsIn(gathered).at(-1).rows.map(rows), done.rows.map(rows));
    assert.match(await Deno.readTextFile(`${out}/table.md`), /^\| 0\.7 \|/m);
    // Nothing is left to submit; and Slurm is not asked for what it has forgotten.
    const last = objectsIn(await at.sweep(...slurm));
    assert.ok(last.slice(0, -1).every(({ skipped, result }) => skipped && result !== undefined));
  },
);

testOnSlurm("a task that is ended or requeued goes on from where it was", async (cluster, at) => {
  const one = `[[grid]]\n"pattern.sparsity" = [0.5]\n"method.name" = ["static"]`;
  await at.write(one, 1_000_000);
  const out = `${at.folder}/out`, run = `${out}/sparsity-0.5,method-static,seed-0`;
  const slurm = ["--out", out, "--executor", "slurm"];
  const log = async (number: number): Promise<string[]> =>
    (await Deno.readTextFile(`${out}/slurm/${number}-0.log`)).split("\n");
  const [{ job }] = objectsIn(await at.sweep(...slurm));
  const steps = async (): Promise<number> =>
    (await readMetrics(run).catch(() => [])).at(-1)?.step ?? 0;
  await until("a step", async () => (await steps()) > 0);
  await cluster.call("scontrol", "requeue", `${job}_0`);
  await until("a task in the queue", async () => (await cluster.queue(job)).get(0) === "PENDING");
  await until("the end of the process", async () => (await cluster.running()) === 0);
  const stopped = await steps();
  // Slurm would wait for two minutes; but in the second in which it took back what let the task start, the same task fails.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await cluster.call("scontrol", "update", `JobId=${job}_0`, "StartTime=now");
  await until("more steps", async () => (await steps()) > stopped);
  const words = (await log(1)).filter((line) => line.startsWith("filigree "));
  assert.deepEqual(words, [`filigree train --config ${run}.toml`, `filigree resume ${run}`]);
  // A warning, as it comes before the limit of time: to the process of the script alone, which the program is.
  await cluster.call("scancel", "--batch", "--signal=TERM", `${job}_0`);
  await cluster.ended(job);
  assert.ok((await log(1)).some((line) => line.startsWith("Interrupted by SIGTERM")));
  const newest = (await checkpointsIn(run)).at(-1)?.step ?? 0;
  const last = await steps();
  assert.ok(newest >= last && newest > stopped, `${newest}, ${last}, ${stopped}`);
  const [{ waits, error }] = objectsIn(await at.sweep(...slurm, "--gather"));
  assert.deepEqual([waits, error], ["begun, not finished", undefined]);
  // The next list goes on with it, and is warned by itself: its limit comes nearer than the warning is before it.
  const [second] = objectsIn(await at.sweep(...slurm));
  assert.equal(second.script, `${out}/slurm/2.sh`);
  await until("steps of the next list", async () => (await steps()) > last);
  await cluster.call("scontrol", "update", `JobId=${second.job}_0`, "TimeLimit=1");
  await cluster.ended(second.job);
  const [first, ...lines] = await log(2);
  assert.equal(first, `filigree resume ${run}`);
  assert.ok(lines.some((line) => line.startsWith("Interrupted by SIGTERM")), lines.join("\n"));
});

testOnSlurm("sweep says why tasks failed, and why sbatch refused", async (cluster, at) => {
  const grid = `[[grid]]\n"optimizer.learningRate" = [1e38]\n"optimizer.warmup" = [0]`;
  await at.write(`${grid}\n[slurm]\npartition = "nowhere"`);
  const slurm = ["--out", `${at.folder}/out`, "--executor", "slurm"];
  const refused = await at.sweep(...slurm);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /Cannot submit ".*1\.sh": .*nvalid partition name specified; expected/);
  await at.write(`${grid}\n[slurm]\npartition = "main"\ncomment = 'a "b" \\ c'`);
  const [{ job, script }] = objectsIn(await at.sweep(...slurm));
  assert.equal(script, `${at.folder}/out/slurm/2.sh`);
  const shown = await cluster.call("scontrol", "show", "job", `${job}_0`);
  assert.match(shown.stdout, /Comment=a "b" \\ c/);
  await cluster.ended(job);
  const gathered = await at.sweep(...slurm, "--gather");
  assert.equal(gathered.code, 1);
  assert.match(objectsIn(gathered)[0].error, /not finite|NaN|Infinity/);
});

testOnSlurm("a halved sweep climbs a rung with each call", async (cluster, at) => {
  const rates = [1e-7, 0.05, 1e-6, 0.02];
  // Inputs enough to learn something of in an epoch.
  await at.write(`data.validation = "0.2"
    pattern.sparsity = 0.5
    [[grid]]\n"optimizer.learningRate" = [${rates}]
    [asha]\nepochs = 1\nreduction = 2`);
  const slurm = ["--out", `${at.folder}/out`, "--executor", "slurm"];
  const told = async () => objectsIn(await at.sweep(...slurm));
  const [first] = await told();
  assert.deepEqual([first.event, first.runs], ["submitted", 4]);
  await cluster.ended(first.job);
  // All have paused; the better half goes on, and is told of twice.
  const second = await told();
  const { job, runs } = second.find(({ event }) => event === "submitted");
  assert.equal(runs, 2);
  assert.deepEqual(second.flatMap(({ epochs }) => epochs ?? []), [1, 1, 1, 1]);
  await cluster.ended(job);
  const last = await told();
  assert.ok(last.every(({ event }) => event !== "submitted"));
  const { rungs, rows } = last[last.length - 1];
  const ended = rows.map((row: Record<string, unknown>) => row["optimizer.learningRate"]);
  assert.deepEqual([rungs, ended.sort()], [[1, 2], ["0.02", "0.05"]]);
});

/** The words of a rank of a small training. */
function rankWords({ folder }: Folder, ...args: string[]): string[] {
  const data = ["--data", `${folder}/data`, "--hidden", "16", "--batch", "32"];
  const device = ["--device", "wasm", "--threads", "1", "--json"];
  return [Deno.execPath(), ...denoArgs(["train", ...data, ...device, ...args])];
}

/** What starts two ranks inside a job that know of each other. */
const TWO: readonly (readonly [program: string, ...words: string[]])[] = [
  ["srun", "--ntasks=2", "--mpi=pmi2"],
  ["salloc", "--ntasks=2", ...launcherWords(ENGINES[0], 2)],
];

testOnSlurm(
  "train runs on ranks that know of each other, and on no others",
  async (cluster, at) => {
    // Under srun by itself Open MPI ends, and MPICH has every process be rank 0 of 1.
    const said = [
      ["libmpi.so.40", /direct launched using "srun"/],
      [
        "libmpich.so.12",
        /Cannot join the ranks: SLURM_STEP_NUM_TASKS is 2, and MPICH .* knows of 1 pro/,
      ],
    ] as const;
    for (const [library, error] of said) {
      const rank = [
        "env",
        `FILIGREE_MPI=${library}`,
        ...rankWords(at, "--out", `${at.folder}/none`),
      ];
      const refused = await cluster.call("srun", "--ntasks=2", "--mpi=none", ...rank);
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, error);
    }
    assert.deepEqual([...Deno.readDirSync(at.folder)].map(({ name }) => name), ["data"]);
    for (const [i, [program, ...words]] of TWO.entries()) {
      const rank = rankWords(at, "--epochs", "1", "--out", `${at.folder}/run${i}`);
      const trained = await cluster.call(program, ...words, ...rank);
      assert.equal(trained.code, 0, trained.stderr);
      const done = objectsIn({ ...trained, out: trained.stdout, err: trained.stderr })
        .filter(({ event }) => event === "done");
      assert.deepEqual(done.map(({ ranks }) => ranks), [2], program);
    }
  },
);

testOnSlurm("a signal of Slurm stops all ranks, and the run is saved", async (cluster, at) => {
  const run = `${at.folder}/run`;
  const rank = rankWords(at, "--epochs", "1000000", "--out", run);
  const [[program, ...words]] = TWO;
  const ended = cluster.call(program, "--job-name=ranks", ...words, ...rank);
  await until("a step", async () => (await readMetrics(run).catch(() => [])).length > 0);
  const { stdout } = await cluster.call("squeue", "--noheader", "--name=ranks", "--format=%A");
  await cluster.call("scancel", "--signal=TERM", stdout.trim());
  const { stderr } = await ended;
  assert.match(stderr, /^Interrupted by SIGTERM$/m);
  assert.ok((await checkpointsIn(run)).length > 0);
});
