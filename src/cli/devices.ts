/**
 * `filigree devices`: which devices there are, what they are, and which one would be taken.
 *
 * @module
 */
import { createDevice } from "../ops/device.ts";
import type { Flags } from "./config/flags.ts";
import { bold, Command } from "./deps.ts";

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

/** The command `devices`. */
export function devicesCommand(): Command {
  const command: Command = new Command();
  command
    .description("List the devices that can train, and say which one is taken by default.")
    .option("--json", "Print one JSON object.")
    .action(async (flags: Flags) => await listDevices(flags));
  return command;
}

async function listDevices({ json, quiet }: Flags): Promise<void> {
  using chosen = await createDevice({ threads: 1 });
  const choice = { device: chosen.name, reason: chosen.reason };
  if (quiet === true && json !== true) return console.log(choice.device);
  const devices = [await describe("webgpu"), await describe("wasm")];
  if (json === true) {
    console.log(JSON.stringify({ default: choice, devices }));
    return;
  }
  for (const { name, description, threads, details, missing } of devices) {
    console.log(`${bold(name)}  ${description ?? `not available: ${missing}`}`);
    if (threads !== undefined) console.log(`  threads: ${threads}`);
    for (const [key, value] of Object.entries(details ?? {})) console.log(`  ${key}: ${value}`);
  }
  console.log(`\nWithout --device, training takes ${bold(choice.device)}: ${choice.reason}.`);
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
