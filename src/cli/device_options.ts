/**
 * The device of a configuration.
 *
 * @module
 */
import type { DeviceOptions } from "../program/device.ts";
import type { Config } from "./config/schema.ts";

/** What a configuration asks of a device. */
export function deviceOptionsOf(
  { device, run: { seed } }: Pick<Config, "device" | "run">,
): DeviceOptions {
  const { name: prefer, threads, build } = device;
  return {
    ...{ prefer, seed },
    ...(threads === undefined ? {} : { threads }),
    ...(build === "auto" ? {} : { build }),
  };
}
