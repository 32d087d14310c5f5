/**
 * The leaves of the configuration, read off its JSON Schema: what flags, environment and documentation are made of.
 *
 * @module
 */
import { z } from "../deps.ts";
import { configSchema } from "./schema.ts";

/** One value of the configuration. */
export interface Leaf {
  /** Its place, such as `optimizer.learningRate`. */
  readonly key: string;
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
  /** JSON type. */
  readonly type: "string" | "number" | "integer" | "boolean" | "array";
  /** JSON type of the elements of an array. */
  readonly items?: string;
  /** Its default; `undefined` where it depends on others. */
  readonly default: unknown;
}

/** The parts of a JSON Schema that are used here. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly flag?: string;
  readonly flagDescription?: string;
  readonly accepts?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** The JSON Schema of a configuration file. */
export function configJsonSchema(): Schema {
  return z.toJSONSchema(configSchema, { io: "input" }) as Schema;
}

/** Every leaf, in the order of the schema. */
export const LEAVES: readonly Leaf[] = leavesOf(configJsonSchema(), "");

/** The leaf of a key, if there is one. */
export function leafOf(key: string): Leaf | undefined {
  return LEAVES.find((leaf) => leaf.key === key);
}

function leavesOf(schema: Schema, path: string): Leaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const key = path === "" ? name : `${path}.${name}`;
    if (child.properties !== undefined) return leavesOf(child, key);
    const { type, description, flag, flagDescription } = child;
    if (description === undefined || flag === undefined || !isLeafType(type)) {
      throw new TypeError(`Cannot make a flag of "${key}": its schema lacks type, text or flag`);
    }
    // FILIGREE_DEVICE rather than FILIGREE_DEVICE_NAME.
    const short = name === "name" && path !== "run" ? path : key;
    const words = short.replace(/[A-Z]/g, (letter) => `_${letter}`).replaceAll(".", "_");
    return [{
      key,
      flag,
      variable: `FILIGREE_${words.toUpperCase()}`,
      description,
      ...(flagDescription === undefined ? {} : { flagDescription }),
      accepts: acceptsOf(child),
      type,
      ...(child.items?.type === undefined ? {} : { items: child.items.type }),
      default: child.default,
    }];
  });
}

function isLeafType(type: string | undefined): type is Leaf["type"] {
  return ["string", "number", "integer", "boolean", "array"].includes(type ?? "");
}

/** What a schema takes, for people. */
function acceptsOf(schema: Schema): string {
  if (schema.accepts !== undefined) return schema.accepts;
  if (schema.enum !== undefined) return schema.enum.join(", ");
  if (schema.type === "boolean") return "true or false";
  if (schema.items !== undefined) return `a list of ${acceptsOf(schema.items)}`;
  if (schema.type === "string") return "text";
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const bounds = [
    minimum === undefined ? "" : `>= ${minimum}`,
    exclusiveMinimum === undefined ? "" : `> ${exclusiveMinimum}`,
    // JSON Schema writes down that integers are safe.
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? "" : `<= ${maximum}`,
    exclusiveMaximum === undefined ? "" : `< ${exclusiveMaximum}`,
  ];
  return [schema.type ?? "", bounds.filter((bound) => bound !== "").join(" and ")].join(" ").trim();
}
