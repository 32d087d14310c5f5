/**
 * What hands the runs of a sweep over to a cluster, without one: scripts, manifests, and the tasks that a cluster would start.
 * `slurm.ts` has a cluster.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type IJob, Job } from "kubernetes-models/batch/v1/Job";
import { parseToml, parseYaml } from "../src/cli/deps.ts";
import { readResult } from "../src/cli/result.ts";
import { arraysIn, writeArray } from "../src/cli/sweep/executors/array.ts";
import { batchScript } from "../src/cli/sweep/executors/slurm.ts";
import { planSweep } from "../src/cli/sweep/plan.ts";
import { writeIdxFolder } from "./idx_files.ts";
import { refused, say, succeed, withVariables } from "./in_process.ts";

const TASK = new URL("../src/cli/sweep/executors/task.ts", import.meta.url).href;

Deno.test("batchScript() makes way for the program, keeps its log, and takes any name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const script = batchScript({
      ...{ name: "rates", stem: "out/50% a/slurm/1", list: "it's a list.json", tasks: 3, jobs: 2 },
      settings: { partition: "gpu", "cpus-per-task": 4, exclusive: true, comment: 'a "b" \\ c' },
    });
    const options = script.split("\n").flatMap((line) => /^#SBATCH --(.*)$/.exec(line)?.[1] ?? []);
    assert.deepEqual(options, [
      'job-name="rates"',
      'array="0-2%2"',
      'output="out/50%% a/slurm/1-%a.log"',
      'open-mode="append"',
      "requeue",
      'signal="B:TERM@120"',
      'partition="gpu"',
      'cpus-per-task="4"',
      "exclusive",
      'comment="a \\"b\\" \\\\ c"',
    ]);
    // What a shell makes of the last line, with another program in the place of Deno.
    const path = `${folder}/a.sh`;
    const last = script.trim().split("\n").at(-1) ?? "";
    assert.ok(last.startsWith(`exec '${Deno.execPath()}' `), last);
    const shown = last.replace(`exec '${Deno.execPath()}'`, "printf '%s\\n'");
    await Deno.writeTextFile(path, shown);
    const { stdout } = await new Deno.Command("bash", { args: [path] }).output();
    assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"],
      ...["--allow-env=SLURM_ARRAY_TASK_ID", TASK, "it's a list.json", "SLURM_ARRAY_TASK_ID"],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("planSweep() refuses what executors do not take", () => {
  const cases: [string, RegExp][] = [
    ["[local]\ncores = 2", /local has the key "cores"; expected none/],
    ["[slurm]\narray = '0-3'", /it has the key "slurm.array"; expected long options of sbatch/],
    ["[slurm]\n'--time' = 3", /it has the key "slurm.--time"/],
    ['[slurm]\ntime = "1\\n#SBATCH --uid=0"', /slurm.time is .*; expected a text of one line/],
    ["[slurm]\nexclusive = false", /slurm.exclusive is false; expected a text of one line, a n/],
    [
      "[kubernetes]\nimages = 'x'",
      /key "kubernetes.images"; expected image, claim, mount, program/,
    ],
    ["[kubernetes]\nmount = 'work'", /kubernetes.mount is "work"; expected an absolute path/],
    [
      "[kubernetes.resources]\nmemory = '1 GB'",
      /memory is "1 GB"; expected an amount such as 4, 50/,
    ],
    ["slurm = 3", /slurm is 3; expected a table of keys and values/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => planSweep(parseToml(text), "sweep.toml"), { message });
  }
});

/** Calls `body` in a folder with the file of a sweep of two runs, which ends with `text`. */
async function inSweep(text: string, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const before = Deno.cwd();
  try {
    await Deno.mkdir(`${folder}/data`);
    await writeIdxFolder(`${folder}/data`, { train: 64, test: 32, size: 6, classes: 4 });
    await Deno.writeTextFile(
      `${folder}/sweep.toml`,
      `name = "Two.of_them"
      [base]
      data = { name = "data", validation = 0.25 }
      model.hidden = [16]
      train = { epochs = 1, batch = 32 }
      device = { name = "wasm", threads = 1 }
      [[grid]]
      "pattern.sparsity" = [0.5, 0.6]
      "method.name" = ["static"]
      ${text}`,
    );
    Deno.chdir(folder);
    await body(folder);
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

const NAMES = [0.5, 0.6].map((sparsity) => `sparsity-${sparsity},method-static,seed-0`);

Deno.test("sweep --executor kubernetes writes an Indexed Job that its schema takes, and pods carry it out", () =>
  inSweep(
    `[kubernetes]
    image = "registry.example/filigree:1"
    claim = "sweeps"
    namespace = "lab"
    resources = { cpu = 2, memory = "4Gi" }`,
    async () => {
      const { out } = await say(["sweep", "sweep.toml", "--executor", "kubernetes", "--json"]);
      const [submitted, first, , done] = out.trim().split("\n").map((line) => JSON.parse(line));
      const { job, manifest } = submitted;
      assert.match(job, /^two-of-them-[0-9a-f]{8}$/);
      assert.equal(manifest, "sweeps/Two.of_them/kubernetes/1.yaml");
      assert.deepEqual([first.waits, done.waiting, done.failed], [`index 0 of ${job}`, 2, 0]);
      const list = "sweeps/Two.of_them/kubernetes/1.json";
      const resources = { cpu: "2", memory: "4Gi" };
      const command = ["deno", "run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"]
        .concat(["--allow-env=JOB_COMPLETION_INDEX", TASK, list, "JOB_COMPLETION_INDEX"]);
      // Its type knows every field by name, which the schema does not insist on.
      const expected: IJob = {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: job, namespace: "lab" },
        spec: {
          completionMode: "Indexed",
          completions: 2,
          parallelism: 2,
          backoffLimitPerIndex: 3,
          podFailurePolicy: {
            rules: [
              {
                action: "Ignore",
                onPodConditions: [{ type: "DisruptionTarget", status: "True" }],
              },
              {
                action: "Ignore",
                onExitCodes: { containerName: "run", operator: "In", values: [143] },
              },
              {
                action: "FailIndex",
                onExitCodes: { containerName: "run", operator: "In", values: [2] },
              },
            ],
          },
          template: {
            spec: {
              restartPolicy: "Never",
              terminationGracePeriodSeconds: 120,
              containers: [{
                name: "run",
                image: "registry.example/filigree:1",
                command,
                workingDir: "/work",
                resources: { requests: resources, limits: resources },
                volumeMounts: [{ name: "sweep", mountPath: "/work" }],
              }],
              volumes: [{ name: "sweep", persistentVolumeClaim: { claimName: "sweeps" } }],
            },
          },
        },
      };
      const written = parseYaml(await Deno.readTextFile(manifest));
      assert.deepEqual(written, expected);
      new Job(written as IJob).validate();
      // The schema is one that refuses.
      const wrong = structuredClone(expected) as { spec: { completions: unknown } };
      wrong.spec.completions = "2";
      assert.throws(() => new Job(wrong as IJob).validate(), /completions must be integer/);
      // What the pod with index 1 does here, and then what one does whose index there is not.
      const pod = async (index: string) => {
        const [, ...args] = command;
        const env = { JOB_COMPLETION_INDEX: index };
        const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, env }).output();
        return { code, err: new TextDecoder().decode(stderr) };
      };
      assert.equal((await pod("1")).code, 0);
      const result = await readResult(`sweeps/Two.of_them/${NAMES[1]}`);
      assert.ok(result !== undefined);
      // Once more, as after a pod whose end nobody heard of: nothing is done twice.
      assert.match((await pod("1")).err, /is finished/);
      const beyond = await pod("2");
      assert.deepEqual([beyond.code, beyond.err], [
        2,
        `error: Cannot carry out a run of "${list}": JOB_COMPLETION_INDEX is 2; expected 0 to 1\n`,
      ]);
      const gathered = await say(["sweep", "sweep.toml", "--gather", "--json"]);
      const [one, two] = gathered.out.trim().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual([one.waits, two.result.hash], ["not begun", result.hash]);
      // The next Job has what is left, under a name of its own.
      const again = await say(["sweep", "sweep.toml", "--executor", "kubernetes", "--json"]);
      const lines = again.out.trim().split("\n").map((line) => JSON.parse(line));
      const next = lines.find(({ event }) => event === "submitted");
      assert.equal(next.runs, 1);
      assert.notEqual(next.job, job);
      assert.deepEqual((await arraysIn("sweeps/Two.of_them/kubernetes")).map(({ runs }) => runs), [
        NAMES.map((name) => `sweeps/Two.of_them/${name}`),
        [`sweeps/Two.of_them/${NAMES[0]}`],
      ]);
    },
  ));

Deno.test("sweep --gather takes no result of another configuration", () =>
  inSweep("", async (folder) => {
    await succeed("sweep", "sweep.toml", "--out", "out");
    const text = await Deno.readTextFile(`${folder}/sweep.toml`);
    await Deno.writeTextFile(`${folder}/sweep.toml`, text.replace("batch = 32", "batch = 16"));
    const { waiting, rows } = await succeed("sweep", "sweep.toml", "--out", "out", "--gather");
    assert.deepEqual([waiting, rows], [2, []]);
    // And it has moved nothing.
    await Deno.writeTextFile(`${folder}/sweep.toml`, text);
    assert.equal(
      (await succeed("sweep", "sweep.toml", "--out", "out", "--gather")).waiting,
      undefined,
    );
  }));

Deno.test("sweep refuses executors that cannot do what is asked for", () =>
  inSweep("[asha]\nreduction = 2", async (folder) => {
    const sweep = ["sweep", "sweep.toml", "--executor"];
    assert.match(
      await refused(...sweep, "kubernetes"),
      /"--executor" is kubernetes, which takes all runs at once, but asha .*; expected local or slurm, or a/,
    );
    assert.match(await refused(...sweep, "ray"), /"--executor" must be of type "executor"/);
    const text = await Deno.readTextFile(`${folder}/sweep.toml`);
    await Deno.writeTextFile(`${folder}/sweep.toml`, text.replace(/\[asha\][^]*/, ""));
    assert.match(
      await refused(...sweep, "kubernetes"),
      /needs kubernetes.image and kubernetes.cla/,
    );
    await withVariables({ PATH: folder }, async () => {
      const { code, err } = await say([...sweep, "slurm"]);
      assert.equal(code, 1);
      assert.match(
        err,
        /Cannot call Slurm: there is no program "sbatch"; expected a machine of the/,
      );
    });
  }));

Deno.test("arraysIn() reads lists in the order of their numbers, and refuses what is none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    assert.deepEqual(await arraysIn(`${folder}/none`), []);
    for (const number of [2, 10, 1]) await writeArray(folder, { number, runs: [`run-${number}`] });
    await writeArray(folder, { number: 3, runs: ["a", "b"], job: "12" });
    await Deno.writeTextFile(`${folder}/1-0.log`, "");
    const found = await arraysIn(folder);
    assert.deepEqual(found.map(({ number }) => number), [1, 2, 3, 10]);
    assert.deepEqual(found[2], { number: 3, runs: ["a", "b"], job: "12" });
    await Deno.writeTextFile(`${folder}/4.json`, `{"runs": 3}`);
    await assert.rejects(
      arraysIn(folder),
      /Cannot read the list of runs ".*4.json": it has none; ex/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
