/**
 * What a folder of Hugging Face says of a BERT, `config.json`: its sizes, and what it is trained for.
 *
 * @module
 */

/** A BERT in numbers. */
export interface BertConfig {
  /** Word pieces. */
  readonly vocabulary: number;
  /** Numbers of a position. */
  readonly features: number;
  /** Layers of the encoder. */
  readonly layers: number;
  /** Parts of the features that attend by themselves. */
  readonly heads: number;
  /** Numbers between the two products behind the attention. */
  readonly intermediate: number;
  /** Most positions. */
  readonly positions: number;
  /** Kinds of segments. */
  readonly segments: number;
  /** How GELU is computed. */
  readonly gelu: "erf" | "tanh";
  /** What is added to variances. */
  readonly epsilon: number;
  /** Share of the hidden numbers and of the attention that training drops; 0.1 by default. */
  readonly dropout?: number;
  /** What the classes are called, of a model that says classes of texts. */
  readonly classes?: readonly string[];
}

/** Names of the two forms of GELU there. */
const ACTIVATIONS: Readonly<Record<BertConfig["gelu"], string>> = {
  erf: "gelu",
  tanh: "gelu_new",
};

/** The text of `config.json`. */
export function configText(config: BertConfig): string {
  const { classes, dropout = 0.1 } = config;
  const labels = classes === undefined ? {} : {
    id2label: Object.fromEntries(classes.map((name, i) => [i, name])),
    label2id: Object.fromEntries(classes.map((name, i) => [name, i])),
    problem_type: "single_label_classification",
  };
  const file = {
    architectures: [classes === undefined ? "BertForPreTraining" : "BertForSequenceClassification"],
    model_type: "bert",
    // Without it readers take the type of the first array.
    dtype: "float32",
    vocab_size: config.vocabulary,
    hidden_size: config.features,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediate,
    hidden_act: ACTIVATIONS[config.gelu],
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
    max_position_embeddings: config.positions,
    type_vocab_size: config.segments,
    initializer_range: 0.02,
    layer_norm_eps: config.epsilon,
    pad_token_id: 0,
    position_embedding_type: "absolute",
    tie_word_embeddings: true,
    ...labels,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * The BERT of a `config.json`.
 *
 * @param file Its name, for errors.
 * @throws {SyntaxError} if it is of another kind, or lacks a size.
 */
export function configFrom(text: string, file: string): BertConfig {
  const fail = (why: string): never => {
    throw new SyntaxError(`Cannot read "${file}": ${why}`);
  };
  const read = parsed(text, fail);
  if (read.model_type !== "bert") {
    fail(`its model_type is ${JSON.stringify(read.model_type)}; expected "bert"`);
  }
  const count = (name: string): number => {
    const value = read[name];
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    return fail(`its ${name} is ${JSON.stringify(value)}; expected a whole number above 0`);
  };
  const { hidden_act: act = "gelu", layer_norm_eps: epsilon = 1e-12, id2label } = read;
  if (typeof epsilon !== "number" || !(epsilon > 0)) {
    fail(`its layer_norm_eps is ${JSON.stringify(epsilon)}; expected a number above 0`);
  }
  const { hidden_dropout_prob: dropout } = read;
  if (dropout !== undefined && !(typeof dropout === "number" && dropout >= 0 && dropout < 1)) {
    fail(`its hidden_dropout_prob is ${JSON.stringify(dropout)}; expected a share in [0, 1)`);
  }
  const { position_embedding_type: places = "absolute" } = read;
  if (places !== "absolute") {
    fail(`its position_embedding_type is ${JSON.stringify(places)}; expected "absolute"`);
  }
  const [features, heads] = [count("hidden_size"), count("num_attention_heads")];
  if (features % heads !== 0) {
    fail(`its num_attention_heads are ${heads}; expected a number that divides ${features}`);
  }
  return {
    vocabulary: count("vocab_size"),
    features,
    layers: count("num_hidden_layers"),
    heads,
    intermediate: count("intermediate_size"),
    positions: count("max_position_embeddings"),
    segments: count("type_vocab_size"),
    gelu: act === "gelu"
      ? "erf"
      : act === "gelu_new" || act === "gelu_pytorch_tanh"
      ? "tanh"
      : fail(`its hidden_act is ${JSON.stringify(act)}; expected "gelu" or "gelu_new"`),
    epsilon: Number(epsilon),
    ...(dropout === undefined ? {} : { dropout: Number(dropout) }),
    ...(isTexts(id2label) ? { classes: Object.values(id2label) } : {}),
  };
}

function parsed(text: string, fail: (why: string) => never): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch (cause) {
    return fail(`it is no JSON (${cause instanceof Error ? cause.message : cause}); expected one`);
  }
  return fail("it is no object of JSON; expected one");
}

function isTexts(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null &&
    Object.values(value).every((text) => typeof text === "string");
}
