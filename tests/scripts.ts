/**
 * Scripts in a process of their own, and a server of the repository's files: what a program sees of
 * the library that imports it from a disk or over http.
 *
 * @module
 */
import assert from "node:assert/strict";

/** Runs a script in a folder of its own with the given permissions alone; returns what it printed. */
export async function runScript(
  script: string,
  permissions: readonly string[],
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script.ts`, script);
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-lock", ...permissions, "script.ts"],
      cwd: folder,
      env: { DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Serves the repository while `body` works; `host` is where. */
export async function withServer(body: (host: string) => Promise<void>): Promise<void> {
  const root = new URL("../", import.meta.url);
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => serve(new URL(`.${new URL(request.url).pathname}`, root)),
  );
  try {
    await body(`127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** A file of the repository with its media type. */
async function serve(file: URL): Promise<Response> {
  const types: Readonly<Record<string, string>> = {
    ts: "application/typescript",
    js: "text/javascript",
    wasm: "application/wasm",
    wgsl: "text/plain",
  };
  const type = types[file.pathname.slice(file.pathname.lastIndexOf(".") + 1)];
  try {
    return new Response(await Deno.readFile(file), { headers: { "content-type": type } });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Response(null, { status: 404 });
    throw error;
  }
}
