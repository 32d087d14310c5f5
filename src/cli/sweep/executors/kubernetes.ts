/**
 * Writes the runs of a sweep as an Indexed Job of Kubernetes: a manifest for `kubectl apply`, and the list that its pods share.
 * Nothing is sent to a cluster.
 *
 * A pod says by its exit code what becomes of it: 143 is a run that was told to stop and has saved, which is started again at no
 * cost; 2 is wrong use, which no second time would mend; anything else counts, and is tried again a few times.
 *
 * @module
 */
import type { Options, Values } from "../../../definitions/option.ts";
import { writeAtomically } from "../../../runtime/atomic_files.ts";
import { crc32c } from "../../../train/tensorboard.ts";
import { shown } from "../../config/load.ts";
import { stringifyYaml, ValidationError } from "../../deps.ts";
import { type Fail, requireFields, tableAt } from "../fields.ts";
import { arraysIn, stemOf, taskWords, writeArray } from "./array.ts";
import type { Ended, Executor, Work } from "./executor.ts";

/** An Indexed Job of Kubernetes. */
export const kubernetes: Executor = {
  name: "kubernetes",
  description: "an Indexed Job, whose manifest is written",
  canHalve: false,
  requireSettings: (settings, fail) => void settingsIn(settings, fail),
  carryOut,
};

/** A label of DNS, as Kubernetes has it in names. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** An absolute path, also of a system that is not this one. */
const ABSOLUTE = /^\/[^\0]*$/;

const SETTINGS = {
  image: { type: "text", matches: /^\S+$/, description: "Image with Deno" },
  claim: {
    type: "text",
    matches: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    accepts: "the name of a PersistentVolumeClaim",
    description: "What holds the folder that the sweep is called in",
  },
  mount: {
    type: "text",
    matches: ABSOLUTE,
    accepts: "an absolute path",
    description: "Where pods see that folder; /work by default",
  },
  program: {
    type: "text",
    matches: /^\S+$/,
    description:
      "Path or URL of src/cli/sweep/executors/task.ts for pods; that of this installation by default",
  },
  namespace: {
    type: "text",
    matches: LABEL,
    accepts: "letters a to z, digits and -, at most 63",
    description: "Namespace of the Job; that of kubectl by default",
  },
} as const satisfies Options;

/**
 * Amounts of a resource: `4`, `500m`, `8Gi`. Kubernetes takes exponents too; a unit after a space is none, though schemas that are
 * passed around let it by.
 */
const QUANTITY = /^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** What a sweep file says of the Job. */
interface Settings {
  readonly image?: string;
  readonly claim?: string;
  readonly mount?: string;
  readonly program?: string;
  readonly namespace?: string;
  /** Amounts by the names of resources. */
  readonly resources: Readonly<Record<string, string>>;
}

function settingsIn({ resources = {}, ...fields }: Values, fail: Fail): Settings {
  requireFields("kubernetes.", SETTINGS, fields, fail);
  const amounts = Object.entries(tableAt("kubernetes.resources", resources, fail));
  for (const [name, amount] of amounts) {
    const isAmount = (typeof amount === "string" || typeof amount === "number") &&
      QUANTITY.test(String(amount));
    if (!isAmount) {
      fail(
        `kubernetes.resources.${name} is ${
          shown(amount)
        }; expected an amount such as 4, 500m or 8Gi`,
      );
    }
  }
  return {
    ...fields,
    resources: Object.fromEntries(amounts.map(([name, amount]) => [name, String(amount)])),
  };
}

/** Says what is finished, and writes a manifest of the rest. */
async function* carryOut({ sweep, folder, places, jobs, submitted }: Work): AsyncGenerator<Ended> {
  const fail = (what: string): never => {
    throw new ValidationError(`Cannot write a Job of the sweep: ${what}.`);
  };
  const settings = settingsIn(sweep.executors.kubernetes ?? {}, fail);
  const { image, claim } = settings;
  if (image === undefined || claim === undefined) {
    return fail("it needs kubernetes.image and kubernetes.claim; expected both in the sweep file");
  }
  if (folder.startsWith("/") || folder.split("/").includes("..")) {
    return fail(
      `its folder is "${folder}"; expected --out below the folder that the command is called in, which pods see as ` +
        "kubernetes.mount",
    );
  }
  const left = places.filter(({ result, error }) => result === undefined && error === undefined);
  for (const { run, result, error } of places) {
    if (result !== undefined) yield { run, result, skipped: true };
    else if (error !== undefined) yield { run, error, skipped: false };
  }
  if (left.length === 0) return;
  const own = `${folder}/kubernetes`;
  const number = ((await arraysIn(own)).at(-1)?.number ?? 0) + 1;
  const array = { number, runs: left.map(({ out }) => out) };
  const list = await writeArray(own, array);
  const job = jobName(sweep.name, list);
  const parts = { ...settings, image, claim, job, list, tasks: left.length, jobs };
  const manifest = `${stemOf(own, array)}.yaml`;
  await writeAtomically(manifest, stringifyYaml(manifestOf(parts)), "manifest");
  submitted(
    { executor: "kubernetes", job, runs: left.length, manifest },
    `wrote ${manifest}; kubectl apply --filename ${manifest} starts it`,
  );
  for (const [task, { run }] of left.entries()) {
    yield { run, waits: `index ${task} of ${job}`, skipped: false };
  }
}

/** A name of a Job, of which each list has its own: pods are called by it, their index and some letters more. */
function jobName(sweep: string, list: string): string {
  const words = sweep.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replace(/^-/, "").slice(0, 32);
  const id = crc32c(new TextEncoder().encode(list)).toString(16).padStart(8, "0");
  return `${words.replace(/-$/, "") || "sweep"}-${id}`;
}

/** What a manifest is made of. */
export interface ManifestParts extends Omit<Settings, "image" | "claim"> {
  /** Image with Deno. */
  readonly image: string;
  /** The claim of the volume with the sweep. */
  readonly claim: string;
  /** Name of the Job. */
  readonly job: string;
  /** Path of the list of runs, from where the sweep is called. */
  readonly list: string;
  /** Number of runs. */
  readonly tasks: number;
  /** Runs at a time; all where absent. */
  readonly jobs: number | undefined;
}

/** How often a run that failed is begun again; what is told to stop does not count. */
const RETRIES = 3;

/** Seconds in which a run that is told to stop saves. */
const GRACE = 120;

/** An Indexed Job (batch/v1). Retries by index and FailIndex are there from Kubernetes 1.29 on. */
export function manifestOf(parts: ManifestParts): object {
  const { job, namespace, tasks, jobs = tasks } = parts;
  const codes = (action: string, values: readonly number[]) => ({
    action,
    onExitCodes: { containerName: "run", operator: "In", values },
  });
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: job, ...(namespace === undefined ? {} : { namespace }) },
    spec: {
      completionMode: "Indexed",
      completions: tasks,
      parallelism: Math.min(jobs, tasks),
      backoffLimitPerIndex: RETRIES,
      podFailurePolicy: {
        rules: [
          // A pod that made room for others, or whose node went away.
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          codes("Ignore", [143]),
          codes("FailIndex", [2]),
        ],
      },
      template: { spec: podOf(parts) },
    },
  };
}

/** The pod of each run. The policy of failures asks for one that is never restarted in place. */
function podOf({ image, claim, mount = "/work", program, list, resources }: ManifestParts): object {
  const variable = "JOB_COMPLETION_INDEX";
  const own = program === undefined ? {} : { program };
  const some = Object.keys(resources).length > 0;
  return {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: GRACE,
    containers: [{
      name: "run",
      image,
      command: taskWords({ deno: "deno", ...own, list, variable }),
      workingDir: mount,
      ...(some ? { resources: { requests: resources, limits: resources } } : {}),
      volumeMounts: [{ name: "sweep", mountPath: mount }],
    }],
    volumes: [{ name: "sweep", persistentVolumeClaim: { claimName: claim } }],
  };
}
