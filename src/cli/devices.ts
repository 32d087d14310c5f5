/**
 * `filigree devices`: which devices there are, what they are, and which one would be taken.
 *
 * @module
 */
import { createDevice } from "../ops/device.ts";
import type { Flags } from "./config/flags.ts";
import { bold, Command } from "./deps.ts";
import { Output } from "./output.ts";
import type { Verb } from "./verb.ts";

/** What is said of one backend. */
interface DeviceReport {
  /** Its name. */
  readonly name: "webgpu" | "wasm";
  /** What it is, if it is there. */
  readonly description?: string;
  /** Threads that share a kernel. */
  readonly threads?: number;
  /** Features and limits. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** Why it cannot be used, if it cannot. */
  readonly missing?: string;
}

/** The verb `devices`. */
export const verb: Verb = { name: "devices", rank: 12, command: devicesCommand };

/** The command `devices`. */
function devicesCommand(): Command {
  const command: Command = new Command();
  command
    .description("List the devices that can train, and say which one is taken by default.")
    .action(async (flags: Flags) => await listDevices(flags));
  return command;
}

async function listDevices(flags: Flags): Promise<void> {
  const output = new Output(flags);
  using chosen = await createDevice({ threads: 1 });
  const choice = { device: chosen.name, reason: chosen.reason };
  if (output.quiet && !output.json) return console.log(choice.device);
  const { deno, v8 } = Deno.version;
  output.detail(`deno ${deno}, v8 ${v8}, ${Deno.build.os} ${Deno.build.arch}`);
  const devices = [await describe("webgpu"), await describe("wasm")];
  output.result({ default: choice, devices }, () => [
    ...devices.flatMap(linesOf),
    `\nWithout --device, training takes ${bold(choice.device)}: ${choice.reason}.`,
  ]);
}

function linesOf({ name, description, threads, details, missing }: DeviceReport): string[] {
  return [
    `${bold(name)}  ${description ?? `not available: ${missing}`}`,
    ...threads === undefined ? [] : [`  threads: ${threads}`],
    ...Object.entries(details ?? {}).map(([key, value]) => `  ${key}: ${value}`),
  ];
}

async function describe(name: "webgpu" | "wasm"): Promise<DeviceReport> {
  try {
    using device = await createDevice({ prefer: name });
    const { description, threads, details } = device.backend.info;
    return { name, description, threads, details };
  } catch (error) {
    return { name, missing: error instanceof Error ? error.message : String(error) };
  }
}
