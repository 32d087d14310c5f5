/**
 * `deno task swiftshader`: the conformance table on SwiftShader, a second Vulkan driver that differs from Mesa's in what WGSL
 * leaves open (it flushes subnormal numbers, and puts a write beyond the end on the last element). `.ci/swiftshader.sh`
 * installs it.
 *
 * Arguments are names of kernels; without any, all of them in few pipelines, but only the long cases of those that it compiles too
 * slowly. With `CI=true` it is every other kernel, those of even or of odd places in the list: which, the seed says, and so does a line.
 * Ends with one line, `N passed, N failed`. Without the driver that is a failure if `CI=true`, and said otherwise.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { KERNELS } from "../src/ops/kernels/mod.ts";
import { SEED } from "./arbitraries.ts";

/** Where `.ci/swiftshader.sh` puts the driver. */
const DRIVER = fileURLToPath(new URL(".swiftshader/vk_swiftshader_icd.json", import.meta.url));

/** Kernels of which only the long cases run unless they are asked for, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  growth_candidates: "it compiles 28 pipelines for two minutes",
  conv_growth_candidates: "it compiles the same searches",
  conv_transposed: "it compiles what conv compiles, whose cases run",
  conv_spmm_transposed: "it compiles 20 pipelines for more than five minutes",
  conv_block_spmm: "it compiles 12 pipelines for a minute",
  conv_block_spmm_transposed: "it compiles what conv_spmm_transposed compiles",
  conv_block_sddmm: "it compiles what conv_gradient compiles, whose cases run",
  block_sddmm: "it compiles 12 pipelines for half a minute",
  block_spmm: "it compiles 21 pipelines for a minute and a half",
  group_spmm_transposed: "it compiles 11 pipelines for a minute",
};

/** Random cases of each kernel: few, because most of them are compiled anew. */
const RUNS = "3";

/** Pipelines of each kernel that its edges compile: what drivers do otherwise they do in any of them. */
const PIPELINES = "3";

Deno.exit(await main(Deno.args));

async function main(asked: readonly string[]): Promise<number> {
  const names = KERNELS.map(({ name }) => name);
  const unknown = [...asked, ...Object.keys(LEFT_OUT)].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(
      `Cannot test ${unknown.join(", ")}: there is no such kernel; expected of ${names.join(", ")}`,
    );
    return 2;
  }
  if (!await exists(DRIVER)) {
    const required = Deno.env.get("CI") === "true";
    console.log("SwiftShader is not there; expected what `bash .ci/swiftshader.sh` installs");
    console.log(required ? "0 passed, 1 failed" : "0 passed, 0 failed, 1 skipped");
    return required ? 1 : 0;
  }
  const some = asked.length > 0 ? asked : inTurn(names);
  const slow = asked.length > 0 ? [] : Object.keys(LEFT_OUT);
  const chosen = some.filter((name) => !slow.includes(name));
  for (const [name, reason] of Object.entries(LEFT_OUT)) {
    if (asked.length > 0) break;
    console.log(`Left out on SwiftShader: all but the long cases of ${name}, because ${reason}`);
  }
  const any = (of: readonly string[]) => `(${of.join("|")})\\(\\)`;
  const filter = [
    `${any(chosen)} (agrees with its oracle|writes the same bits twice) on webgpu`,
    `${any(some)} agrees with its oracle over .*`,
    "runKernel\\(\\) .* on webgpu",
  ];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "--allow-read",
        "--allow-write",
        "--allow-run",
        "--allow-env",
        fileURLToPath(new URL("run.ts", import.meta.url)),
      ],
      ...["--no-check", "--filter", `/^(${filter.join("|")})$/`],
      ...["conformance_test.ts", "long_test.ts", "harness_test.ts"].map((file) =>
        fileURLToPath(new URL(file, import.meta.url))
      ),
    ],
    env: {
      // A device that is missing here fails, and so does any other adapter.
      CI: "true",
      FILIGREE_TEST_ADAPTER: "SwiftShader",
      FILIGREE_TEST_SEED: String(SEED),
      FILIGREE_TEST_RUNS: Deno.env.get("FILIGREE_TEST_RUNS") ?? RUNS,
      ...(asked.length === 0 && { FILIGREE_TEST_PIPELINES: PIPELINES }),
      VK_DRIVER_FILES: DRIVER,
      VK_ICD_FILENAMES: DRIVER,
    },
  }).spawn().status;
  return code;
}

/** Every other kernel in CI, which runs often; others with other seeds. All of them elsewhere. */
function inTurn(names: readonly string[]): readonly string[] {
  if (Deno.env.get("CI") !== "true") return names;
  const turn = Math.abs(SEED) % 2;
  const taken = names.filter((_, i) => i % 2 === turn);
  console.log(
    `Of ${names.length} kernels this run takes ${taken.length} (FILIGREE_TEST_SEED=${SEED}): ${
      taken.join(", ")
    }`,
  );
  return taken;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
