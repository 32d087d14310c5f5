/**
 * Debian packages without installing them: fetched with `apt-get download`, unpacked with `dpkg-deb -x`.
 *
 * @module
 */
import { ValidationError } from "../deps.ts";

/** Where packages come from. */
export interface PackageOptions {
  /** A folder that holds them as `NAME_VERSION_ARCHITECTURE.deb`, if they are not to be fetched. */
  readonly from?: string;
  /** Told what is done. */
  readonly said?: (line: string) => void;
}

/**
 * Unpacks packages into a folder.
 *
 * @param folder An empty one; files that are fetched are put there too.
 * @throws {ValidationError} if a program or a package is missing, or a program fails.
 */
export async function unpackDebian(
  names: readonly string[],
  folder: string,
  { from, said }: PackageOptions = {},
): Promise<void> {
  for (const name of names) {
    if (from === undefined) {
      said?.(`fetching ${name}`);
      await run("apt-get", ["download", "--quiet", name], folder);
    }
    const file = await packageIn(from ?? folder, name);
    said?.(`unpacking ${file}`);
    await run("dpkg-deb", ["-x", `${from ?? folder}/${file}`, folder]);
  }
}

/** The file of a package; of several the last one by name. */
async function packageIn(folder: string, name: string): Promise<string> {
  const files: string[] = [];
  for await (const { name: file } of Deno.readDir(folder)) {
    if (file.startsWith(`${name}_`) && file.endsWith(".deb")) files.push(file);
  }
  const last = files.sort().at(-1);
  if (last !== undefined) return last;
  throw new ValidationError(
    `Cannot prepare the corpus: there is no "${name}_*.deb" in "${folder}"; expected one of each package`,
  );
}

async function run(program: string, args: string[], cwd?: string): Promise<void> {
  let output: Deno.CommandOutput;
  try {
    const options = { args, stdout: "null", stderr: "piped" } as const;
    output = await new Deno.Command(program, { ...options, ...(cwd === undefined ? {} : { cwd }) })
      .output();
  } catch (cause) {
    const { NotFound, NotCapable } = Deno.errors;
    if (cause instanceof NotFound) {
      throw new ValidationError(
        `Cannot prepare the corpus: there is no program "${program}"; expected Debian or a system like it. Elsewhere ` +
          "`filigree data prepare text` prepares texts of your own.",
        { cause },
      );
    }
    if (cause instanceof NotCapable) {
      throw new ValidationError(
        `Cannot prepare the corpus: "${program}" may not be run; expected the permission --allow-run=apt-get,dpkg-deb, as ` +
          "`deno task prepare` has it.",
        { cause },
      );
    }
    throw cause;
  }
  if (output.success) return;
  const lines = new TextDecoder().decode(output.stderr).trim().split("\n");
  const why = lines.findLast((line) => /^(?:E|dpkg-deb): /.test(line)) ?? lines.at(-1) ?? "";
  throw new ValidationError(
    `Cannot prepare the corpus: "${program} ${
      args.join(" ")
    }" failed: ${why}; expected packages that apt knows ` +
      "(`apt-get update` brings its lists), or a folder that holds them (--from).",
  );
}
