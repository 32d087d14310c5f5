/**
 * What a run was made with, for its folder: versions, device, adapter, commit.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import type { Device } from "../program/device.ts";

/** Versions, device and commit, as far as permissions allow to know them. */
export async function environmentOf(device: Device): Promise<Record<string, unknown>> {
  const { description, threads, details } = device.backend.info;
  const commit = await commitOf();
  return {
    filigree: manifest.version,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    device: { name: device.name, reason: device.reason, description, threads, details },
    ...(commit === undefined ? {} : { commit }),
    started: new Date().toISOString(),
  };
}

/** The commit of the folder in which the program runs, where git may be asked. */
async function commitOf(): Promise<string | undefined> {
  const permission = await Deno.permissions.query({ name: "run", command: "git" });
  if (permission.state !== "granted") return undefined;
  try {
    const { success, stdout } = await new Deno.Command("git", { args: ["rev-parse", "HEAD"] })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
