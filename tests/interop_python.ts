/**
 * Other programs, from PyPI, that read what is written here and write what is read here: a Python with the packages of
 * `tests/interop/requirements.txt`, the one that `FILIGREE_PYTHON` names, or the virtual environment `tests/interop/.venv`.
 *
 * @module
 */

const HERE = new URL("interop/", import.meta.url);

/** The interpreter. */
export const PYTHON = Deno.env.get("FILIGREE_PYTHON") ?? new URL(".venv/bin/python", HERE).pathname;
const MISSING = await missing();

async function missing(): Promise<string | undefined> {
  try {
    const modules = "import safetensors, tensorboard, numpy, onnx, onnxruntime, napkinxc";
    const { success, stderr } = await new Deno.Command(PYTHON, { args: ["-c", modules] }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Registers a test that is not run, or fails in CI, without Python. */
export function testWithPython(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name: MISSING === undefined ? name : `${name} (not run: ${MISSING})`,
    ignore: MISSING !== undefined && Deno.env.get("CI") !== "true",
    fn: async () => {
      if (MISSING !== undefined) throw new Error(`Cannot ask Python: ${MISSING}`);
      const folder = await Deno.makeTempDir();
      try {
        await body(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/**
 * What a verb of a script of `tests/interop` prints, which is JSON.
 *
 * @param script By default the one of all formats but ONNX.
 */
// deno-lint-ignore no-explicit-any
export async function ask(verb: string, path: string, script = "peer.py"): Promise<any> {
  const args = [new URL(script, HERE).pathname, verb, path];
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
