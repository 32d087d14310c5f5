/**
 * One file of all that an entry imports at once. The bundler makes a file of whatever modules the same later imports have in common,
 * a dozen for an entry, which by gzip are up to a tenth more than one.
 *
 * @module
 */
import { basename, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

/** The files that an entry consists of, with what each exports. */
type Parts = ReadonlyMap<string, readonly string[]>;

/**
 * Puts what an entry imports at once into `ENTRY-whole.js`, of which the entry hands on what it exports, and has what is imported
 * later take it from there.
 *
 * @param outputs What the bundler says of the files that it wrote into the folder.
 * @throws {Error} if a file that is imported at once is imported later too, so that it has to stay one.
 */
export async function merge(
  folder: string,
  entry: string,
  outputs: Metafile["outputs"],
): Promise<void> {
  const files = new Map(Object.entries(outputs).map(([path, output]) => [basename(path), output]));
  const parts = partsOf(`${entry}.js`, files);
  if (parts.size === 1) return;
  for (const [file, { imports }] of files) {
    const twice = imports.find(({ path, kind }) =>
      kind === "dynamic-import" && parts.has(basename(path))
    );
    if (twice === undefined) continue;
    throw new Error(
      `Cannot make one file of ${entry}.js: ${file} imports ${twice.path} later; expected it to be imported at once alone`,
    );
  }
  const whole = `${entry}-whole.js`;
  await Deno.writeTextFile(join(folder, whole), await joined(folder, parts));
  for (const file of files.keys()) {
    const path = join(folder, file);
    if (!parts.has(file)) {
      await Deno.writeTextFile(path, taking(await Deno.readTextFile(path), parts, whole));
    } else if (file !== `${entry}.js`) await Deno.remove(path);
  }
  const names = parts.get(`${entry}.js`)?.map((name) =>
    `${nameIn(parts, `${entry}.js`, name)} as ${name}`
  );
  await Deno.writeTextFile(join(folder, `${entry}.js`), `export{${names}}from"./${whole}";\n`);
}

/** An entry and what it imports at once. */
function partsOf(entry: string, files: ReadonlyMap<string, Metafile["outputs"][string]>): Parts {
  const parts = new Set([entry]);
  for (const file of parts) {
    for (const { path, kind, external } of files.get(file)?.imports ?? []) {
      if (kind === "import-statement" && external !== true) parts.add(basename(path));
    }
  }
  return new Map([...parts].map((file) => [file, files.get(file)?.exports ?? []]));
}

/** What the export of a part is called in the whole. */
function nameIn(parts: Parts, file: string, name: string): string {
  return `${name}_${[...parts.keys()].indexOf(file)}`;
}

/** The text of the whole. */
async function joined(folder: string, parts: Parts): Promise<string> {
  const lines = [...parts].map(([file, names]) =>
    `export { ${names.map((name) => `${name} as ${nameIn(parts, file, name)}`)} } from "./${file}";`
  );
  const { outputFiles: [{ text }] } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: folder },
    ...{ bundle: true, minify: true, write: false },
    format: "esm",
    target: "es2022",
    logLevel: "error",
    plugins: [only(parts)],
  });
  return text;
}

/** Leaves what is no part a file of its own. */
function only(parts: Parts): Plugin {
  return {
    name: "parts alone",
    setup({ onResolve }) {
      onResolve(
        { filter: /^\.\// },
        ({ path }) => parts.has(basename(path)) ? undefined : { path, external: true },
      );
    },
  };
}

/** A file that imported parts, as it imports the whole. */
function taking(text: string, parts: Parts, whole: string): string {
  return text.replace(
    /(import|export)(?:\{([^}]*)\}from)?"\.\/([^"]+)"/g,
    (statement, keyword: string, names: string | undefined, file: string) => {
      if (!parts.has(file)) return statement;
      if (names === undefined) return `${keyword}"./${whole}"`;
      const taken = names.split(",").map((name) => {
        const [exported, local = exported] = name.split(" as ");
        return `${nameIn(parts, file, exported)} as ${local}`;
      });
      return `${keyword}{${taken}}from"./${whole}"`;
    },
  );
}
