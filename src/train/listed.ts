/**
 * Whether a model lists what it uses: only that is saved, restored and rewired.
 *
 * @module
 */
import type { AnyModule } from "../nn/module.ts";
import type { TracedProgram } from "../program/program.ts";
import type { Moments } from "../optim/moments.ts";
import type { Category, Resource } from "../program/resource.ts";
import { writtenResources } from "../program/effects.ts";

/** What a run leaves for nobody: it may be written, and is not saved. */
const PASSING: ReadonlySet<Category> = new Set(["gradients", "outputs", "program"]);

/**
 * Refuses a program of a model that uses parameters, patterns or a state which the model does not list, so that they would
 * be trained and then lost.
 *
 * @throws {TypeError} if there is one; names it.
 */
export function requireListed(
  traced: TracedProgram,
  model: AnyModule,
  moments?: Moments,
): void {
  const { parameters } = model;
  const kept = parameters.flatMap((parameter) => moments?.kept(parameter) ?? []);
  const listed = new Set<Resource>([...parameters, ...kept]);
  const sparse = new Set(model.weights.filter((w) => w.sparse).map(({ values }) => values));
  for (const resource of traced.trace.resources) {
    const { label, owner, category, trainable } = resource;
    if (owner !== undefined && category === "indices") {
      if (!sparse.has(owner)) refuse(`the pattern of "${owner.label}"`, "weights");
    } else if ((category === "parameters" || trainable) && !listed.has(resource)) {
      refuse(`"${label}"`, "parameters");
    }
  }
  for (
    const { label, category, owner } of writtenResources(traced).filter((each) => !listed.has(each))
  ) {
    // A pattern of the model, which a method changes on the device.
    if (owner !== undefined && sparse.has(owner)) continue;
    if (!PASSING.has(category)) refuse(`"${label}", a state,`, "parameters");
  }
}

function refuse(what: string, list: "parameters" | "weights"): never {
  throw new TypeError(
    `Cannot use the model: it or its loss uses ${what} without listing it, so that it would not be saved; ` +
      `expected it among the ${list} of the layer that uses it` +
      (list === "parameters" ? ", or the moments of the optimizer" : ""),
  );
}
