/**
 * Where the other runtimes are that the npm package is tried on, as `.ci/runtimes.sh` installs them, and the driver of
 * `.ci/swiftshader.sh`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const MODULES = new URL(".runtimes/node_modules/", import.meta.url);

/** The programs, by what they are called. */
export const RUNTIMES: Readonly<Record<"Node 20" | "Node 22" | "Bun", string>> = {
  "Node 20": await node20(),
  "Node 22": installed("node22/bin/node"),
  Bun: installed("@oven/bun-linux-x64/bin/bun"),
};

/** The folder of npm `webgpu`. */
export const WEBGPU: string = installed("webgpu");

/** What says to Vulkan where SwiftShader is. */
export const SWIFTSHADER: string = fileURLToPath(
  new URL(".swiftshader/vk_swiftshader_icd.json", import.meta.url),
);

function installed(path: string): string {
  return fileURLToPath(new URL(path, MODULES));
}

/** The Node on the path, if it is of version 20, else the one that was installed. */
async function node20(): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("node", {
      args: ["-p", 'process.version.startsWith("v20.") ? process.execPath : ""'],
    }).output();
    const found = new TextDecoder().decode(stdout).trim();
    return found === "" ? installed("node20/bin/node") : found;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return installed("node20/bin/node");
    throw error;
  }
}
