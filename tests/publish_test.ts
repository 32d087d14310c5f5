/**
 * `deno publish` takes what it can without JSR: every entry point but the command line, whose packages come from there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../", import.meta.url));

Deno.test("deno publish --dry-run passes without the command line, with the files that users need", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const path of config.publish.include.filter((path) => path !== "deno.json")) {
      const entries = path === "*.ts" ? await entriesOf(ROOT) : [path];
      for (const entry of entries) await copy(entry, folder);
    }
    // What it links stands for packages of JSR, and is no part of what is published.
    const { links: _, exports: { "./cli": __, ...exports }, ...rest } = config;
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ ...rest, exports }));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.ok(success, said);
    const files = [...said.matchAll(/file:\/\/\S+/g)].map(([url]) =>
      fileURLToPath(url).replace(`${folder}/`, "")
    );
    assert.ok(files.includes("mod.ts") && files.includes("wasm/pkg/filigree_bg.wasm"), said);
    const strange = files.filter((file) =>
      !/^(src\/.+|[a-z]+\.ts|deno\.json|LICENSE|README\.md|CHANGELOG\.md|wasm\/pkg(-threads)?\/filigree_\w+\.wasm(\.d\.ts)?)$/
        .test(file)
    );
    assert.deepEqual(strange, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The modules at the root. */
async function entriesOf(root: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(root))).map(({ name }) => name)
    .filter((name) => name.endsWith(".ts"));
}

/** Copies a file or a folder to the same place in another one. */
async function copy(path: string, folder: string): Promise<void> {
  const { isDirectory } = await Deno.stat(join(ROOT, path));
  if (!isDirectory) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    return await Deno.copyFile(join(ROOT, path), join(folder, path));
  }
  for await (const { name } of Deno.readDir(join(ROOT, path))) await copy(join(path, name), folder);
}
