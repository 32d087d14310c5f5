/**
 * Running a list of kernel calls with other views in the place of some of its buffers.
 *
 * @module
 */
import type { BufferView, DeviceBuffer, KernelCall } from "./backend.ts";

/** Views that take the place of buffers for a run. Calls only read them. */
export type Replacements = ReadonlyMap<DeviceBuffer, BufferView>;

/** No replacements. */
export const NONE_REPLACED: Replacements = new Map();

/**
 * The calls with views in the place of buffers.
 *
 * @throws {TypeError} if a call writes what is replaced.
 * @throws {RangeError} if a view is shorter than what a call is given of the buffer.
 */
export function replaceViews(calls: readonly KernelCall[], replaced: Replacements): KernelCall[] {
  return calls.map(({ kernel, buffers, params }) => ({
    kernel,
    params,
    buffers: buffers.map((view, i) => {
      const other = replaced.get(view.buffer);
      if (other === undefined) return view;
      const { name, access } = kernel.bindings[i];
      const what = `"${other.buffer.label}" in the place of "${view.buffer.label}"`;
      if (access !== "read") {
        throw new TypeError(
          `Cannot run with ${what}: kernel "${kernel.name}" writes it as "${name}"; expected what is only read`,
        );
      }
      const bytes = view === view.buffer ? other.bytes : view.bytes;
      if (view.offset + bytes > other.bytes) {
        throw new RangeError(
          `Cannot run with ${what}: it has ${other.bytes} bytes; expected ${
            view.offset + bytes
          } or more`,
        );
      }
      return { buffer: other.buffer, offset: other.offset + view.offset, bytes };
    }),
  }));
}

/** Most sets of replacements that are remembered of an executable: two programs that take turns need two. */
const MOST = 8;

/** What was made of an executable's calls for sets of replacements, the last few of them. */
export class Replaced<Made> {
  readonly #known: { readonly replaced: Replacements; readonly made: Made }[] = [];

  /** What `make` gives for these replacements; made once for equal ones. */
  of(replaced: Replacements, make: () => Made): Made {
    const found = this.#known.find((known) => alike(known.replaced, replaced));
    if (found !== undefined) return found.made;
    const made = make();
    this.#known.unshift({ replaced: new Map(replaced), made });
    this.#known.splice(MOST);
    return made;
  }
}

function alike(a: Replacements, b: Replacements): boolean {
  return a.size === b.size && [...a].every(([buffer, view]) => {
    const other = b.get(buffer);
    return other !== undefined && other.buffer === view.buffer && other.offset === view.offset &&
      other.bytes === view.bytes;
  });
}
