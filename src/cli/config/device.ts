/**
 * The section `device` of the configuration: where it trains.
 *
 * @module
 */
import type { Options } from "../../definitions/option.ts";

/** Options of the device. */
export const DEVICE = {
  name: {
    type: "choice",
    choices: ["auto", "webgpu", "wasm"],
    default: "auto",
    description: "Where to train: `auto` is WebGPU on a hardware adapter, else WASM",
    flag: "--device",
  },
  threads: {
    type: "integer",
    least: 1,
    description: "Threads of WASM; by default one per core",
    flag: "--threads",
  },
  build: {
    type: "choice",
    choices: ["auto", "plain", "relaxed"],
    default: "auto",
    description:
      "Build of WASM: `relaxed` fuses multiplications and additions, which is faster and gives other bits; `plain` has one thread; `auto` is `plain` for one thread, else `relaxed`",
    flag: "--build",
  },
} as const satisfies Options;
