/**
 * Several heads of labels as one, such as a dense one for frequent labels and a sparse one for the rest.
 *
 * @module
 */
import { LABEL_TILE, type LabelFeatures, type LabelHead, labelsOf } from "../ops/label_head.ts";
import type { Context } from "./context.ts";
import { childOf, defineLayer, type LayerDefinition, recordOf } from "./definition.ts";
import { labelHeadLayer, type LabelOutput } from "./label_head.ts";
import { makeModule, type Module } from "./module.ts";

/** Heads by the names that they shall have. */
export type NamedLabelHeads = Readonly<Record<string, Module<LabelFeatures, LabelOutput>>>;

/**
 * Heads of the same features as one: the labels of each come behind those of the one before. A loss goes over all of them, and a
 * ranking too. With a dense head for the labels that come most often and a sparse one for the others (`labelOrder` puts them so) it
 * is the head of HASTE.
 *
 * @param heads In the order of their labels. Each but the last has a multiple of 64.
 * @throws {RangeError} if there are none, they take different numbers of features, or one but the last has another number of labels.
 * @example
 * ```ts
 * import { groupFanIn, nn } from "@filigree/filigree";
 *
 * const pattern = groupFanIn(32, 16, { full: true });
 * const head = nn.labelHeads({
 *   dense: nn.labelHead(768, 4096),
 *   sparse: nn.labelHead(768, 131_073 - 4096, { pattern }),
 * });
 * console.assert(head.weights.map(({ shape }) => shape[0]).join() === "4096,126977");
 * ```
 */
export function labelHeads(heads: NamedLabelHeads): Module<LabelFeatures, LabelOutput> {
  const all = Object.entries(heads);
  requireHeads(all);
  const forward = (features: LabelFeatures, context: Context): LabelOutput => ({
    features,
    head: joined(all.map(([, head]) => head(features, context).head)),
  });
  return makeModule(forward, { ...recordOf(labelHeadsLayer, {}), children: heads });
}

/** Heads behind each other as one. */
function joined(heads: readonly LabelHead[]): LabelHead {
  let labels = 0;
  const shards = heads.flatMap((head) => {
    const before = labels;
    labels += labelsOf(head);
    let next = 0;
    return head.shards.map(({ weight, bias, first = next }) => {
      next = first + weight.rows;
      return { weight, bias, first: before + first };
    });
  });
  const [{ spread }] = heads;
  return { shards, ...(spread === undefined ? {} : { spread: { ...spread, labels } }) };
}

/** Refuses heads that are none together. */
function requireHeads(heads: readonly (readonly [string, NamedLabelHeads[string]])[]): void {
  const sizes = heads.map(([, { weights }]) => ({
    inputs: weights[0].shape[1],
    labels: weights.reduce((sum, { shape }) => sum + shape[0], 0),
  }));
  const fit = sizes.length > 0 &&
    sizes.every(({ inputs, labels }, i) =>
      inputs === sizes[0].inputs && (i === sizes.length - 1 || labels % LABEL_TILE === 0)
    );
  if (fit) return;
  const are = sizes.map(({ inputs, labels }, i) =>
    `"${heads[i][0]}" has ${labels} labels of ${inputs} features`
  );
  throw new RangeError(
    `Cannot make one of heads of labels: ${
      are.length === 0 ? "there are none" : are.join(", ")
    }; expected the same features, and ` +
      `a multiple of ${LABEL_TILE} labels of each but the last`,
  );
}

/** Several heads of labels as checkpoints know them. */
export const labelHeadsLayer: LayerDefinition<Module<LabelFeatures, LabelOutput>> = defineLayer({
  kind: "labelHeads",
  settings: {},
  parts: [labelHeadLayer],
  make: ({ parts = {} }) =>
    labelHeads(
      Object.fromEntries(
        Object.keys(parts).map((name) => [name, childOf(parts, name, labelHeadLayer)]),
      ),
    ),
  exported: labelHeadLayer.exported,
});
