/**
 * Opens devices: a backend together with the kernels that every program needs.
 *
 * @module
 */
import { type Device, type DeviceOptions, openDevice } from "../program/device.ts";
import { record } from "./kernels/record.ts";

/**
 * Opens a device: WebGPU on a hardware adapter, else WASM SIMD; `device.reason` says why. A software
 * adapter is taken only if asked for by name.
 *
 * @throws {RangeError} if the backend asked for by name is not to be had.
 * @example
 * ```ts
 * import { createDevice } from "@filigree/filigree";
 *
 * const device = await createDevice({ prefer: "wasm" });
 * console.log(device.backend.info.description, device.reason);
 * device.close();
 * ```
 */
export async function createDevice(options: DeviceOptions = {}): Promise<Device> {
  return await openDevice(options, record);
}
