/**
 * The leaves of the configuration: its options with their places, what flags, environment and documentation are made of.
 *
 * @module
 */
import { acceptsOf, type Option } from "../../definitions/option.ts";
import { SECTIONS } from "./schema.ts";

/** One value of the configuration. */
export interface Leaf {
  /** Its place, such as `optimizer.learningRate`. */
  readonly key: string;
  /** Its section, such as `optimizer`. */
  readonly section: string;
  /** Its name in the section, such as `learningRate`. */
  readonly name: string;
  /** Its flag, such as `--lr`. */
  readonly flag: string;
  /** Its environment variable, such as `FILIGREE_OPTIMIZER_LEARNING_RATE`. */
  readonly variable: string;
  /** What it is, without a full stop. */
  readonly description: string;
  /** The same of a flag that says no. */
  readonly flagDescription?: string;
  /** What it takes, for people: `integer >= 1`. */
  readonly accepts: string;
  /** What it is. */
  readonly option: Option;
  /** Its default; `undefined` where it depends on others. */
  readonly default: unknown;
}

/** Every leaf, in the order of the schema. */
export const LEAVES: readonly Leaf[] = Object.entries(SECTIONS).flatMap(([section, options]) =>
  Object.entries(options).map(([name, option]) => leafAt(section, name, option))
);

/** The leaf of a key, if there is one. */
export function leafOf(key: string): Leaf | undefined {
  return LEAVES.find((leaf) => leaf.key === key);
}

function leafAt(section: string, name: string, option: Option): Leaf {
  const key = `${section}.${name}`;
  const { description, flag, flagDescription } = option;
  if (flag === undefined) {
    throw new TypeError(`Cannot make a flag of "${key}": its option has none`);
  }
  // FILIGREE_DEVICE rather than FILIGREE_DEVICE_NAME.
  const short = name === "name" && section !== "run" ? section : key;
  const words = short.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll(".", "_");
  return {
    ...{ key, section, name, flag, description, option },
    variable: `FILIGREE_${words.toUpperCase()}`,
    ...(flagDescription === undefined ? {} : { flagDescription }),
    accepts: acceptsOf(option),
    default: option.default,
  };
}
