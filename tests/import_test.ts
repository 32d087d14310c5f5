/**
 * The module from elsewhere: a script in another folder imports `mod.ts` by `file:` and by `http:`
 * and trains, with no permission but the import.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SMALL_TRAINING } from "./small_training.ts";

const ROOT = new URL("..", import.meta.url);

/** What servers call the files that modules are made of. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ts: "application/typescript",
  js: "text/javascript",
  wasm: "application/wasm",
  wgsl: "text/plain; charset=utf-8",
  json: "application/json",
};

/** A script that trains a little and prints the loss and the shape of the result. */
function script(module: string): string {
  return `
    import { adamw, createDevice, mlp, srigl, Trainer } from ${JSON.stringify(module)};
    using device = await createDevice({ threads: 2 });
    ${SMALL_TRAINING}
    const kinds = new Set();
    for await (const { kind } of trainer.fit(data, { epochs: 30, batchSize: 32 })) kinds.add(kind);
    const { accuracy } = await trainer.evaluate(data);
    console.log(JSON.stringify({ accuracy, kinds: [...kinds].sort() }));
  `;
}

async function runElsewhere(module: string, flags: readonly string[]): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/script.ts`, script(module));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...flags, "script.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const { accuracy, kinds } = JSON.parse(new TextDecoder().decode(stdout));
    assert.deepEqual(kinds, ["epoch", "rewire", "step"]);
    assert.ok(accuracy > 0.9, `accuracy ${accuracy}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("mod.ts trains from a file: URL without any permission", async () => {
  await runElsewhere(new URL("mod.ts", ROOT).href, []);
});

Deno.test("mod.ts trains from an http: URL with permission for the import only", async () => {
  const served: string[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname.slice(1);
      const type = CONTENT_TYPES[path.split(".").at(-1) ?? ""];
      served.push(path);
      try {
        if (type === undefined) throw new Deno.errors.NotFound(path);
        const body = await Deno.readFile(new URL(path, ROOT));
        return new Response(body, { headers: { "content-type": type } });
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        return new Response("not found", { status: 404 });
      }
    },
  );
  try {
    const { port } = server.addr;
    const host = `127.0.0.1:${port}`;
    const flags = [`--allow-import=${host}`, `--reload=http://${host}`];
    await runElsewhere(`http://${host}/mod.ts`, flags);
  } finally {
    await server.shutdown();
  }
  assert.ok(served.includes("mod.ts") && served.some((path) => path.endsWith(".wasm")));
  // No WGSL, and only what asks for an adapter.
  const webgpu = served.filter((path) => /^(wgsl|src\/device\/webgpu)\//.test(path));
  assert.deepEqual(webgpu, ["src/device/webgpu/adapter.ts"]);
  // Nothing of the command line, the tests or the packages is needed.
  const strange = served.filter((path) => !/^(mod\.ts|src\/|wgsl\/|wasm\/pkg)/.test(path));
  assert.deepEqual(strange.filter((path) => path !== "deno.json"), []);
});

/** What `deno info --json` says, as far as it matters here. */
interface ModuleGraph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** Modules below others that a training in memory does without, whoever imports them. */
const APART =
  /^src\/(data\/(arrays|columns|csv|files|gzip|inflate|npy|row_file|table)\.ts|parallel\/(launcher|library|mpi|ordered_sum|single)\.ts|cli\/|profile\/|crossover\/)/;

/** Modules that a trainer imports when it saves, restores or loads, as paths from the root. */
const ON_DEMAND =
  /^src\/train\/(checkpoint|checkpoint_2|description|files|safetensors|training)\.ts$/;

/** What an entry point imports: directly, evaluates before its program begins, reaches in any way; as paths from the root. */
async function graphOf(entry: string) {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(new URL(entry, ROOT))],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { roots, modules }: ModuleGraph = JSON.parse(new TextDecoder().decode(stdout));
  const known = new Map(modules.map((module) => [module.specifier, module.dependencies ?? []]));
  const path = (specifier: string) => specifier.replace(ROOT.href, "");
  const evaluated = new Set(roots);
  for (const specifier of evaluated) {
    for (const { code, isDynamic } of known.get(specifier) ?? []) {
      if (code?.specifier !== undefined && isDynamic !== true) evaluated.add(code.specifier);
    }
  }
  return {
    direct: roots.flatMap((root) => known.get(root) ?? [])
      .map(({ code, type }) => path(code?.specifier ?? type?.specifier ?? "")),
    evaluated: [...evaluated].map(path),
    reached: modules.map(({ specifier }) => path(specifier)),
  };
}

Deno.test("mod.ts reaches no reader of files and no run folder", async () => {
  const [{ evaluated, reached }, ...others] = await Promise.all(
    ["mod.ts", "files.ts", "runs.ts", "tokens.ts"].map(graphOf),
  );
  const apart = new Set(others.flatMap(({ direct }) => direct));
  assert.ok(apart.has("src/data/folder.ts") && apart.has("src/train/run_folder.ts"));
  assert.deepEqual(reached.filter((path) => apart.has(path) || APART.test(path)), []);
  assert.deepEqual(evaluated.filter((path) => ON_DEMAND.test(path)), []);
  assert.deepEqual(
    evaluated.filter((path) => /^wgsl\/|^src\/device\/webgpu\/|\.wasm$/.test(path)),
    [],
  );
  // The patterns above name what there is.
  const all = [reached, ...others.map((other) => other.reached)].flat();
  assert.ok(all.some((path) => APART.test(path)) && reached.some((path) => ON_DEMAND.test(path)));
});

/** Lists of layers, kernels and models, and what a multi-layer perceptron does without. */
const BEYOND_CORE =
  /^src\/(ops\/kernels\/mod|nn\/(mod|layers|registry|attention|conv2d|embedding|norms)|models\/(kinds|layers|bert|gpt|vit|convnet)|ops\/(attention|conv|embedding|rotary))\.ts$/;

Deno.test("a first training and a model of linear layers reach no others", async () => {
  const [core, inference, all] = await Promise.all(
    ["core.ts", "build/inference.ts", "mod.ts"].map(graphOf),
  );
  for (const { evaluated } of [core, inference]) {
    assert.deepEqual(evaluated.filter((path) => BEYOND_CORE.test(path)), []);
  }
  assert.ok(core.evaluated.includes("src/train/trainer.ts"));
  assert.ok(inference.evaluated.includes("src/train/load.ts"));
  // The pattern names what there is.
  const beyond = [...inference.reached, ...all.evaluated].filter((path) => BEYOND_CORE.test(path));
  assert.ok(new Set(beyond).size >= 15, `${beyond}`);
});

Deno.test("README.md's program and command run in a project beside the clone", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const blocks = [...readme.matchAll(/```(\w+)\n([^`]*)```/g)];
  const block = (kind: string, part: string): string =>
    blocks.find(([, language, text]) => language === kind && text.includes(part))?.[2].trim() ?? "";
  const folder = await Deno.makeTempDir();
  try {
    const project = `${folder}/project`;
    await Deno.mkdir(project);
    const beside = (text: string): string => text.replaceAll("../filigree/", fileURLToPath(ROOT));
    await Deno.writeTextFile(`${project}/deno.json`, beside(block("json", "imports")));
    await Deno.writeTextFile(`${project}/main.ts`, block("ts", "Trainer"));
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 3},${Math.sin(i)},${"abc"[i % 3]}`);
    await Deno.writeTextFile(`${project}/my.csv`, ["first,second,kind", ...rows].join("\n"));
    const [, ...command] = beside(block("sh", "--config")).split(" ");
    const small = ["--no-save", "--epochs", "30", "--hidden", "16", "--sparsity", "0.3"];
    const run = async (args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args,
        cwd: project,
        env: { NO_COLOR: "1" },
      }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    };
    // The options of the compiler are those of the project, not ours.
    await run(["check", "main.ts"]);
    assert.match(await run(["run", "--no-prompt", "main.ts"]), /accuracy: (1|0\.9\d*)/);
    const [verb, ...rest] = command;
    const text = await run([verb, "--no-prompt", ...rest, ...small, "--validation", "0.2"]);
    assert.match(text, /^test accuracy \d/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
