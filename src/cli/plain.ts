/**
 * Which errors tell users all they need: of all others, which are faults of the program, the stack is printed.
 *
 * @module
 */
import { DataFormatError } from "../data/errors.ts";
import { DeviceLostError, KernelCompileError } from "../device/errors.ts";
import { CheckpointError, FileWriteError } from "../train/errors.ts";
import { DivergenceError } from "../train/finite.ts";
import { FolderInUseError } from "../train/folder_lock.ts";
import { ValidationError } from "./deps.ts";

/** Classes whose errors are never faults of the program. */
const PLAIN = [
  ValidationError,
  DataFormatError,
  CheckpointError,
  DeviceLostError,
  DivergenceError,
  FileWriteError,
  FolderInUseError,
  KernelCompileError,
];

/** Classes that stand for faults of the program, however they are worded. */
const FAULTS = [TypeError, ReferenceError];

/** How this program words what it refuses; no engine has a colon there. */
const REFUSAL = /^Cannot [^:]+: /s;

/** What Deno appends to the message of a failed call of the system. */
const OF_THE_SYSTEM = /\(os error -?\d+\)/;

/** Whether an error's message says what was wrong with the use, the files or the machine. */
export function isPlain(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (PLAIN.some((kind) => error instanceof kind)) return true;
  if (Object.values(Deno.errors).some((kind) => error instanceof kind)) return true;
  if (OF_THE_SYSTEM.test(error.message)) return true;
  return !FAULTS.some((kind) => error instanceof kind) && REFUSAL.test(error.message);
}

/** A message on one line, whatever was quoted in it. */
export function oneLine(message: string): string {
  return message.trim().replace(/\s*[\r\n]+\s*/g, " ");
}
