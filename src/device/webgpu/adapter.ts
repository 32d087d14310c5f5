/**
 * Finding a WebGPU adapter and opening a device on it.
 *
 * @module
 */
import { ownGpu } from "../../runtime/gpu.ts";
import type { Traits } from "../kernel.ts";

/** What an adapter says of itself. */
export interface AdapterDescription {
  /** Name of the card, or of the software that stands in for one. */
  readonly name: string;
  /** Whether it is software. */
  readonly software: boolean;
  /** The limits that bound programs. */
  readonly limits: Readonly<Record<LimitName, number>>;
  /** Optional features, sorted. */
  readonly features: readonly string[];
}

/** What an adapter is called by the parts that each runtime fills in as it likes. */
export type AdapterNames = Pick<
  GPUAdapterInfo,
  "description" | "vendor" | "architecture" | "device"
>;

/** The limits that are asked for in full. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
  "minStorageBufferOffsetAlignment",
] as const;

/** Name of a limit that is asked for in full. */
export type LimitName = typeof LIMITS[number];

/** Features that are taken where they exist; nothing needs them. */
const WANTED: readonly GPUFeatureName[] = ["timestamp-query", "subgroups"];

/** A device and what it runs on. */
export interface OpenedDevice {
  /** The device. */
  readonly device: GPUDevice;
  /** Its adapter. */
  readonly adapter: AdapterDescription;
  /** What kernels may know of it. */
  readonly traits: Traits;
}

/**
 * Describes the adapter that {@linkcode openDevice} would take.
 *
 * @returns `null` where there is none.
 */
export async function describeAdapter(): Promise<AdapterDescription | null> {
  const adapter = await requestAdapter();
  return adapter === null ? null : describe(adapter);
}

/**
 * Opens a device with all that its adapter allows.
 *
 * @param software Whether a software adapter will do.
 * @throws {Error} if there is no adapter, or only a software one that is not wanted.
 */
export async function openDevice(software: boolean): Promise<OpenedDevice> {
  const adapter = await requestAdapter();
  if (adapter === null) {
    throw new Error(
      await ownGpu() === undefined
        ? "Cannot open WebGPU: this runtime has none; expected one that has, or npm webgpu installed under Node or Bun"
        : "Cannot open WebGPU: no adapter was found; expected a driver for Vulkan, Metal or DirectX 12",
    );
  }
  const description = describe(adapter);
  if (description.software && !software) {
    throw new Error(
      `Cannot open WebGPU: the only adapter is software (${description.name}); expected hardware, ` +
        `or that software is allowed`,
    );
  }
  const device = await adapter.requestDevice({
    label: "filigree",
    requiredLimits: { ...description.limits },
    requiredFeatures: WANTED.filter((feature) => adapter.features.has(feature)),
  });
  const { limits } = device;
  return {
    device,
    adapter: description,
    traits: {
      software: description.software,
      maxGroups: limits.maxComputeWorkgroupsPerDimension,
      maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
      maxWorkgroupBytes: limits.maxComputeWorkgroupStorageSize,
      subgroups: device.features.has("subgroups"),
    },
  };
}

async function requestAdapter(): Promise<GPUAdapter | null> {
  return await (await ownGpu())?.requestAdapter({ powerPreference: "high-performance" }) ?? null;
}

function describe(adapter: GPUAdapter): AdapterDescription {
  const { info } = adapter;
  const limits = Object.fromEntries(LIMITS.map((name) => [name, Number(adapter.limits[name])]));
  return {
    name: nameOf(info),
    software: info.isFallbackAdapter === true,
    limits: limits as Record<LimitName, number>,
    features: [...adapter.features].sort(),
  };
}

/**
 * What to call an adapter. Deno has the name of the card; browsers keep that to themselves and say who made it, and of which
 * build it is.
 */
export function nameOf({ description, vendor, architecture, device }: AdapterNames): string {
  return description || [vendor, architecture, device].filter((part) => part !== "").join(" ") ||
    "unnamed adapter";
}
