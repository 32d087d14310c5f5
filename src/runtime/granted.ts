/**
 * What a program may do without anybody being asked. Deno asks for permissions where there is a terminal; other runtimes have
 * none to ask for.
 *
 * @module
 */
import { ownProcess } from "./built_in.ts";

/** A permission, as Deno describes it. */
export type Permission =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "read"; readonly path: string };

/** What of Deno is needed to know its permissions. */
interface WithPermissions {
  readonly permissions: {
    querySync(permission: Permission): { readonly state: string };
  };
}

/** Whether something may be done without anybody being asked. */
export function isGranted(permission: Permission): boolean {
  const { Deno: deno } = globalThis as { Deno?: WithPermissions };
  return deno === undefined || deno.permissions.querySync(permission).state === "granted";
}

/** A variable of the environment that may be read without anybody being asked; nothing of an empty one. A page has none. */
export function grantedVariable(variable: string): string | undefined {
  return isGranted({ name: "env", variable })
    ? ownProcess()?.env[variable] || undefined
    : undefined;
}
