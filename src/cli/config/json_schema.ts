/**
 * The JSON Schema of options: what editors complete and check configuration files by.
 *
 * @module
 */
import type { Element, Option, Options } from "../../definitions/option.ts";

/** A JSON Schema, as far as options need it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of sections of options. */
export function jsonSchemaOf(sections: Readonly<Record<string, Options>>): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...tableOf(mapped(sections, (options) => ({
      default: {},
      ...tableOf(mapped(options, optionSchema)),
    }))),
  };
}

function optionSchema(option: Option): JsonSchema {
  const { default: value, description, flag, flagDescription, accepts } = option;
  return {
    ...present({ default: value, description, flag, flagDescription, accepts }),
    ...valueSchema(option),
  };
}

/** What the values of an option are. */
function valueSchema(option: Option | Element): JsonSchema {
  switch (option.type) {
    case "boolean":
      return { type: "boolean" };
    case "choice":
      return { type: "string", enum: option.choices };
    case "text": {
      const pattern = option.matches?.source;
      const least = option.empty === true ? {} : { minLength: 1 };
      return { type: "string", ...pattern === undefined ? least : { pattern } };
    }
    case "list": {
      const { least, of } = option;
      return { ...present({ minItems: least }), type: "array", items: valueSchema(of) };
    }
    case "integer":
    case "number": {
      const { type, least, most, above, below } = option;
      // Integers beyond that are not told apart.
      const safe = type === "integer" ? Number.MAX_SAFE_INTEGER : undefined;
      const bounds = { minimum: least, exclusiveMinimum: above, maximum: most ?? safe };
      return { type, ...present({ ...bounds, exclusiveMaximum: below }) };
    }
  }
}

function tableOf(properties: JsonSchema): JsonSchema {
  return { type: "object", properties, additionalProperties: false };
}

function mapped<From>(
  fields: Readonly<Record<string, From>>,
  to: (field: From) => JsonSchema,
): JsonSchema {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, to(field)]));
}

/** The fields that are not undefined. */
function present(fields: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
