/**
 * Keeps drivers of graphics from complaining on standard error about what has nothing to do with computing.
 *
 * @module
 */

/** Where programs of a session keep their sockets. */
const RUNTIME_FOLDER = "XDG_RUNTIME_DIR";

/**
 * Sees to it that Mesa's Vulkan driver, as it looks for a Wayland display to order the cards by, finds none without a word.
 * Outside of a session, as over ssh or in a container, it would complain that the folder of the session is not set. Does nothing
 * without the permission to set the variable.
 */
export function quietDrivers(): void {
  if (Deno.build.os !== "linux") return;
  const { state } = Deno.permissions.querySync({ name: "env", variable: RUNTIME_FOLDER });
  if (state !== "granted" || Deno.env.get(RUNTIME_FOLDER) !== undefined) return;
  // It must be absolute. That nothing is there is no error.
  Deno.env.set(RUNTIME_FOLDER, "/nonexistent");
}
