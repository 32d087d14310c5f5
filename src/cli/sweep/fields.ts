/**
 * Tables, lists and fields of a sweep file, checked.
 *
 * @module
 */
import {
  accepts,
  acceptsOf,
  type Options,
  type Values,
  type ValuesOf,
} from "../../definitions/option.ts";
import { shown } from "../config/load.ts";

/** Refuses a place of the file; takes what is there and what would be accepted. */
export type Fail = (what: string) => never;

/** Refuses fields that options do not take. */
export function requireFields<O extends Options>(
  at: string,
  options: O,
  fields: Values,
  fail: Fail,
): asserts fields is ValuesOf<O> & Values {
  for (const [key, value] of Object.entries(fields)) {
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option === undefined) {
      fail(`it has the key "${at}${key}"; expected ${Object.keys(options).join(", ")}`);
    } else if (value !== undefined && !accepts(option, value)) {
      fail(`${at}${key} is ${shown(value)}; expected ${acceptsOf(option)}`);
    }
  }
}

/** A table of the file. */
export function tableAt(at: string, content: unknown, fail: Fail): Record<string, unknown> {
  if (typeof content === "object" && content !== null && !Array.isArray(content)) {
    return { ...content };
  }
  return fail(`${at} is ${shown(content)}; expected a table of keys and values`);
}

/** A list of the file that is not empty. */
export function listAt(at: string, content: unknown, fail: Fail): readonly unknown[] {
  if (Array.isArray(content) && content.length > 0) return content;
  return fail(`${at} is ${shown(content)}; expected a list of values, one at least`);
}
