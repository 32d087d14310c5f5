/**
 * The command line without a process of its own: cheap enough for tables of cases.
 *
 * @module
 */
import assert from "node:assert/strict";
import { main } from "../src/cli/main.ts";

/** What a call of the command line ended with. */
export interface Said {
  /** Exit code. */
  readonly code: number;
  /** Lines of standard output. */
  readonly out: string;
  /** Lines of standard error. */
  readonly err: string;
}

/** Carries out arguments in this process. Help and `--version` would end it. */
export async function say(args: readonly string[]): Promise<Said> {
  const { log, error } = console;
  let out = "", err = "";
  console.log = (...values: unknown[]): void => void (out += `${values.join(" ")}\n`);
  console.error = (...values: unknown[]): void => void (err += `${values.join(" ")}\n`);
  try {
    return { code: await main([...args]), out, err };
  } finally {
    console.log = log;
    console.error = error;
  }
}

/** Calls the program, and gives the last object that it prints. */
export async function succeed(...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await say([...args, "--json"]);
  assert.equal(code, 0, err);
  return JSON.parse(out.trim().split("\n").at(-1) ?? "");
}

/** What a call says that is refused. */
export async function refused(...args: string[]): Promise<string> {
  const { code, err } = await say(args);
  assert.equal(code, 2, err);
  return err;
}

/** Sets variables of the environment while `body` works. */
export async function withVariables<Result>(
  variables: Readonly<Record<string, string>>,
  body: () => Promise<Result>,
): Promise<Result> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    return await body();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}
