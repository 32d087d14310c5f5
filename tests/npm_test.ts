/**
 * The npm package, as it is packed: what is in it, and that it trains under Node 20, Node 22 and Bun, which
 * `.ci/runtimes.sh` installs, with types for TypeScript and WebGPU of npm `webgpu`.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUNTIMES, SWIFTSHADER, WEBGPU } from "./other_runtimes.ts";
import { PARTS } from "../src/device/wasm/parts.ts";
import { buildPackage, packPackage } from "../npm/build.ts";
import { COMPILER } from "../npm/compile.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Whether what is missing is a failure. */
const REQUIRED = Deno.env.get("CI") === "true";

const THREADS = /WASM relaxed SIMD, 2 threads/;

/** What WASM has in each of them, asked for two threads. */
const WASM: Readonly<Record<keyof typeof RUNTIMES, RegExp>> = {
  "Node 20": /WASM SIMD, 1 thread .*no relaxed SIMD/,
  "Node 22": THREADS,
  Bun: THREADS,
};

/** A folder with the package installed, and its tarball. */
interface User {
  readonly folder: string;
  readonly tarball: string;
  readonly built: string;
}

/** Made by the first test that needs it. */
let made: Promise<User> | undefined;

const user = (): Promise<User> => made ??= install();

globalThis.addEventListener("unload", () => {
  if (temporary !== undefined) Deno.removeSync(temporary, { recursive: true });
});

let temporary: string | undefined;

async function install(): Promise<User> {
  temporary = await Deno.makeTempDir({ prefix: "filigree-npm-test-" });
  const [built, folder] = [join(temporary, "package"), join(temporary, "user")];
  await Deno.mkdir(folder);
  await buildPackage(built);
  const tarball = await packPackage(built, temporary);
  await Deno.writeTextFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--silent", "--no-audit", "--no-fund", tarball], { cwd: folder });
  for (const example of ["perceptron", "convnet"]) {
    await Deno.copyFile(join(ROOT, `examples/${example}.mjs`), join(folder, `${example}.mjs`));
  }
  return { folder, tarball, built };
}

Deno.test("the npm package holds modules, types and WASM, and packs to the same bytes", async () => {
  const { tarball, built } = await user();
  const names = (await run("tar", ["-tf", tarball])).trim().split("\n");
  const strange = names.filter((name) =>
    !/^package\/(package\.json|LICENSE|README\.md|(mod|npm\/gpu|src\/.*)\.(js|d\.ts)|wasm\/.*)$/
      .test(name)
  );
  assert.deepEqual(strange, []);
  const pieces = ["bg", ...Object.keys(PARTS)].map((piece) => `filigree_${piece}.wasm`);
  assert.deepEqual(
    names.filter((name) => name.startsWith("package/wasm/")).sort(),
    [
      ...pieces.map((file) => `package/wasm/pkg-threads/${file}`),
      ...[...pieces, "filigree_bg.wasm.d.ts"].map((file) => `package/wasm/pkg/${file}`),
    ].sort(),
  );
  const again = await Deno.makeTempDir({ dir: temporary ?? "" });
  await Deno.utime(join(built, "mod.js"), 1, 1);
  const [first, second] = await Promise.all(
    [tarball, await packPackage(built, again)].map((file) => Deno.readFile(file)),
  );
  assert.ok(indexOfDifference(first, second) === -1, "two tarballs of one package differ");
});

Deno.test("the npm package has types that TypeScript takes as they are", async () => {
  const { folder } = await user();
  await Deno.writeTextFile(
    join(folder, "types.ts"),
    `import { createDevice, type Device, mlp } from "@filigree/filigree";
     export const device: Promise<Device> = createDevice({ prefer: "wasm" });
     // @ts-expect-error: sizes are numbers.
     export const model = mlp({ sizes: "784", sparsity: 0.9 });`,
  );
  for (const module of ["nodenext", "esnext"]) {
    const compilerOptions = {
      ...{ module, moduleResolution: module === "esnext" ? "bundler" : module, noEmit: true },
      ...{ target: "ES2022", strict: true, exactOptionalPropertyTypes: true, types: [] },
      lib: ["ES2023", "ESNext.Disposable", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
    };
    const project = join(folder, `${module}.json`);
    await Deno.writeTextFile(project, JSON.stringify({ compilerOptions, files: ["types.ts"] }));
    await run(Deno.execPath(), ["run", "--quiet", "-A", COMPILER, "-p", project]);
  }
});

for (const [name, wasm] of Object.entries(WASM)) {
  const program = RUNTIMES[name as keyof typeof RUNTIMES];
  testWith(
    [program],
    `the npm package trains a perceptron and a convolutional network under ${name}`,
    async () => {
      const { folder } = await user();
      for (const example of ["perceptron.mjs", "convnet.mjs"]) {
        const said = await run(program, [example, "wasm", "2"], { cwd: folder });
        const [, accuracy] = /accuracy ([\d.]+) %/.exec(said) ?? [];
        assert.ok(Number(accuracy) > 95, `${example}: accuracy ${accuracy}`);
        assert.match(said, wasm);
      }
    },
  );

  testWith(
    [program, SWIFTSHADER],
    `npm webgpu trains under ${name}, and without it WebGPU is missing`,
    async () => {
      const { folder } = await user();
      await Deno.writeTextFile(join(folder, "gpu.mjs"), GPU_PROGRAM);
      const env = { VK_ICD_FILENAMES: SWIFTSHADER, VK_SWIFTSHADER_FILES: SWIFTSHADER };
      await assert.rejects(run(program, ["gpu.mjs"], { cwd: folder, env }), /npm webgpu installed/);
      const link = join(folder, "node_modules/webgpu");
      await Deno.symlink(WEBGPU, link);
      try {
        const said = JSON.parse(await run(program, ["gpu.mjs"], { cwd: folder, env }));
        assert.match(said.description, /SwiftShader/);
        assert.ok(said.last < said.first / 2, `${said.first} -> ${said.last}`);
      } finally {
        await Deno.remove(link);
      }
    },
  );
}

/** Learns which of two numbers is larger, on WebGPU: few kernels, because software compiles each for a second. */
const GPU_PROGRAM = `
import { createDevice, crossEntropy, labels, matrix, nn, sgd } from "@filigree/filigree";
const device = await createDevice({ prefer: "webgpu", seed: 1 });
const model = nn.linear(2, 2);
const optimizer = sgd({ learningRate: 0.5 });
const step = await device.compile(
  [matrix(2, 32), labels(32)],
  (x, y) => optimizer.update(crossEntropy(model(x), y)),
);
const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * i));
const y = Uint32Array.from({ length: 32 }, (_, i) => x[i] > x[32 + i] ? 1 : 0);
for (let i = 0; i < 60; i++) step.run([x, y]);
const [losses] = await step.scalars();
const { description } = device.backend.info;
console.log(JSON.stringify({ description, first: losses[0], last: losses[59] }));
device.close();
`;

/** Registers a test that needs files; ignored without them, unless \`CI=true\`, where it fails. */
function testWith(needed: readonly string[], name: string, fn: () => Promise<void>): void {
  const missing = needed.find((path) => !exists(path));
  if (missing === undefined) return Deno.test(name, fn);
  const reason = `${missing} is missing; .ci/runtimes.sh and .ci/swiftshader.sh install it`;
  Deno.test({
    name: `${name} (not run: ${reason})`,
    ignore: !REQUIRED,
    fn: () => {
      throw new Error(`Cannot test: ${reason}`);
    },
  });
}

/** What a program printed. */
async function run(
  program: string,
  args: string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, ...options })
    .output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (success) return said;
  throw new Error(`${program} ${args.join(" ")} failed: ${complained}${said}`);
}

function indexOfDifference(a: Uint8Array, b: Uint8Array): number {
  return a.length === b.length
    ? a.findIndex((byte, i) => byte !== b[i])
    : Math.min(a.length, b.length);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
