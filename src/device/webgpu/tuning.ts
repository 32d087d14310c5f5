/**
 * What `filigree tune` found: the fastest variants on an adapter, in a file of the user's cache folder. It is read when a device
 * is opened, if that needs no permission that was not granted; nobody is ever asked.
 *
 * @module
 */
import { filesFor, isMissing } from "../../runtime/files.ts";
import { grantedVariable, isGranted } from "../../runtime/granted.ts";
import { operatingSystem } from "../../runtime/machine.ts";
import { cachePath, type Variable } from "../cache_folder.ts";
import type { Traits } from "../kernel.ts";
import { variantKey } from "./text_of.ts";

/** The only format so far. */
const FORMAT = 1;

/** Fastest variants by the key of `variantKey`. */
export type Choices = Readonly<Record<string, string>>;

/** The content of the file: choices by the name of the adapter. */
export interface Tuning {
  /** Format of the file. */
  readonly format: typeof FORMAT;
  /** Choices of every adapter that was measured. */
  readonly adapters: Readonly<Record<string, Choices>>;
}

/** Where the file lies, or `undefined` where nothing says where the user's cache folder is. */
export function tuningPath(os: string, variable: Variable): string | undefined {
  return cachePath(os, variable, "tuning.json");
}

/**
 * The tuning in a text.
 *
 * @returns `undefined` if it is damaged or of another format: a cache is then as good as empty.
 */
export function parseTuning(text: string): Tuning | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(content) || content.format !== FORMAT || !isRecord(content.adapters)) {
    return undefined;
  }
  const adapters: Record<string, Choices> = {};
  for (const [name, choices] of Object.entries(content.adapters)) {
    if (!isRecord(choices) || !Object.values(choices).every(isString)) return undefined;
    adapters[name] = choices as Choices;
  }
  return { format: FORMAT, adapters };
}

/** A tuning with the choices of an adapter replaced. */
export function withChoices(
  tuning: Tuning | undefined,
  adapter: string,
  choices: Choices,
): Tuning {
  return { format: FORMAT, adapters: { ...tuning?.adapters, [adapter]: choices } };
}

/** The choices of an adapter as kernels ask for them. */
export function chooser(choices: Choices): NonNullable<Traits["choose"]> {
  return (kernel, shapeClass) => {
    const key = variantKey(kernel, shapeClass);
    return Object.hasOwn(choices, key) ? choices[key] : undefined;
  };
}

/** What was measured on an adapter; `undefined` if nothing was, or if reading it was not allowed beforehand. */
export async function readChoices(adapter: string): Promise<Choices | undefined> {
  const os = operatingSystem();
  const path = os && tuningPath(os, grantedVariable);
  if (path === undefined || !isGranted({ name: "read", path })) return undefined;
  const { readFile } = filesFor("read what was tuned", "none");
  try {
    const text = new TextDecoder().decode(await readFile(path));
    const adapters = parseTuning(text)?.adapters ?? {};
    return Object.hasOwn(adapters, adapter) ? adapters[adapter] : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isString(value: unknown): boolean {
  return typeof value === "string";
}
