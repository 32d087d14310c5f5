/**
 * The names of BERT's parameters: the ways to them here, and what they are called in the files of Hugging Face. The table is
 * that of docs/adr/0021-onnx-and-hugging-face.md.
 *
 * @module
 */

/** What a name is made of. */
type Pair = readonly [here: string, there: string];

/** Modules that have a weight and a bias of these names in both. */
const PRODUCTS: readonly Pair[] = [
  ["pooler", "bert.pooler.dense"],
  ["masked.transform", "cls.predictions.transform.dense"],
  ["next", "cls.seq_relationship"],
  ["classifier", "classifier"],
];

/** The same of each layer. */
const LAYER_PRODUCTS: readonly Pair[] = [
  ["attention.query", "attention.self.query"],
  ["attention.key", "attention.self.key"],
  ["attention.value", "attention.self.value"],
  ["attention.output", "attention.output.dense"],
  ["intermediate", "intermediate.dense"],
  ["output", "output.dense"],
];

/** Norms: gain and bias here, weight and bias there. */
const NORMS: readonly Pair[] = [
  ["embeddings.norm", "bert.embeddings.LayerNorm"],
  ["masked.norm", "cls.predictions.transform.LayerNorm"],
];

/** The same of each layer. */
const LAYER_NORMS: readonly Pair[] = [
  ["attention.norm", "attention.output.LayerNorm"],
  ["norm", "output.LayerNorm"],
];

/** The way to the table of the positions, which is `[features, positions]` here and `[positions, features]` there. */
export const POSITIONS = "embeddings.positions.weight";

/** All others. */
const OTHERS: readonly Pair[] = [
  ["embeddings.words.weight", "bert.embeddings.word_embeddings.weight"],
  [POSITIONS, "bert.embeddings.position_embeddings.weight"],
  ["embeddings.segments.weight", "bert.embeddings.token_type_embeddings.weight"],
  ["masked.bias", "cls.predictions.bias"],
];

/** Both names of every parameter of a BERT with this number of layers. */
export function bertNames(layers: number): Pair[] {
  const inLayers = (pairs: readonly Pair[]): Pair[] =>
    Array.from({ length: layers }, (_, i) =>
      pairs.map(([here, there]): Pair => [
        `encoder.layer${i}.${here}`,
        `bert.encoder.layer.${i}.${there}`,
      ])).flat();
  return [
    ...OTHERS,
    ...[...PRODUCTS, ...inLayers(LAYER_PRODUCTS)].flatMap(([here, there]): Pair[] => [
      [`${here}.weight`, `${there}.weight`],
      [`${here}.bias`, `${there}.bias`],
    ]),
    ...[...NORMS, ...inLayers(LAYER_NORMS)].flatMap(([here, there]): Pair[] => [
      [`${here}.gain`, `${there}.weight`],
      [`${here}.bias`, `${there}.bias`],
    ]),
  ];
}

/** The number of layers in names of either kind. */
export function layersIn(names: Iterable<string>): number {
  let layers = 0;
  for (const name of names) {
    const [, number = -1] = /(?:^|\.)encoder\.layer\.?(\d+)\./.exec(name) ?? [];
    layers = Math.max(layers, Number(number) + 1);
  }
  return layers;
}

/**
 * Tells what a parameter is called there.
 *
 * @returns A function that gives undefined for a way that is none of BERT's.
 */
export function namesThere(layers: number): (way: string) => string | undefined {
  const names = new Map(bertNames(layers));
  return (way) => names.get(way);
}

/**
 * Tells the way to the parameter that a name stands for: with or without `bert.` in front, and with `gamma` and `beta` for the
 * norms, as in checkpoints of before 2019.
 *
 * @returns A function that gives undefined for a name that is none of BERT's parameters.
 */
export function waysHere(layers: number): (name: string) => string | undefined {
  const ways = new Map(bertNames(layers).map(([here, there]) => [there, here]));
  return (name) => {
    const plain = name.replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
      .replace(/LayerNorm\.beta$/, "LayerNorm.bias");
    return ways.get(plain) ?? ways.get(`bert.${plain}`);
  };
}
