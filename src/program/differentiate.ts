/**
 * Reverse-mode differentiation of a trace: walks the tape backwards and records the gradient
 * kernels behind the forward ones.
 *
 * @module
 */
import { COLUMN_TILE, type Kernel } from "../device/kernel.ts";
import { groupBy } from "../runtime/group_by.ts";
import { overlap } from "./effects.ts";
import type { GradientPart, TapePart, Tensor, Trace } from "./trace.ts";

/**
 * Records the gradients of a scalar.
 *
 * @param loss Scalar tensor.
 * @param add Kernel `add`, with which two gradients of one tensor are summed.
 * @returns The gradient of every parameter tensor that the loss depends on.
 * @throws {TypeError} if the loss is not a scalar or depends on no parameter.
 */
export function differentiate(loss: Tensor, add: Kernel): Map<Tensor, Tensor> {
  const trace = loss.trace;
  if (loss.shape.length !== 0) {
    throw new TypeError(
      `Cannot differentiate a tensor of shape [${loss.shape}]: only a scalar has a gradient; take its mean first`,
    );
  }
  if (trace.columnTile !== COLUMN_TILE) {
    throw new TypeError(
      "Cannot differentiate a program of a single example: its activations are not padded; " +
        "expected an input made by matrix(features, 1)",
    );
  }
  if (!trace.wantsGradient(loss)) {
    throw new TypeError(
      "Cannot differentiate the loss: it depends on no parameter; expected one that a layer has computed",
    );
  }
  return new Backwards(loss, add).walk();
}

/** The gradients so far, of tensors and of their parts. */
class Backwards {
  readonly #trace: Trace;
  readonly #add: Kernel;
  readonly #gradients: Map<Tensor, Tensor>;
  /** How often a tensor was given as a gradient: more than once where it is that of several. */
  readonly #given = new Map<Tensor, number>();
  /** Gradients of parts of tensors that have not been put together, and how that is done. */
  readonly #parts = new Map<Tensor, { of: GradientPart[]; assemble: TapePart["assemble"] }>();

  constructor(loss: Tensor, add: Kernel) {
    this.#trace = loss.trace;
    this.#add = add;
    this.#gradients = new Map([[loss, loss.trace.one]]);
  }

  walk(): Map<Tensor, Tensor> {
    for (const entry of [...this.#trace.tape].reverse()) {
      const { inputs, output, part } = entry;
      const upstream = this.#take(output);
      if (upstream === undefined) continue;
      const sum = entry.backwardOnto && this.#own(inputs[0]);
      if (part !== undefined) this.#keep(inputs[0], part, upstream);
      else if (sum !== undefined) entry.backwardOnto?.(upstream, sum);
      else entry.backward(upstream).forEach((gradient, i) => this.#addTo(inputs[i], gradient));
    }
    for (const input of [...this.#parts.keys()]) {
      const gradient = this.#take(input);
      if (gradient !== undefined) this.#gradients.set(input, gradient);
    }
    refuseOverlaps([...this.#gradients.keys()]);
    return this.#gradients;
  }

  /** The gradient of a tensor, whose readers are all done with. */
  #take(tensor: Tensor): Tensor | undefined {
    const parts = this.#parts.get(tensor);
    this.#parts.delete(tensor);
    if (parts !== undefined) this.#addTo(tensor, parts.assemble(tensor, parts.of));
    const gradient = this.#gradients.get(tensor);
    this.#gradients.delete(tensor);
    return gradient;
  }

  /** The gradient of a parameter so far, if it is of this one alone and may be changed. */
  #own(input: Tensor): Tensor | undefined {
    const gradient = this.#gradients.get(input);
    if (gradient?.storage.kind !== "transient" || !gradient.isWhole) return undefined;
    return input.storage.kind === "resource" && this.#given.get(gradient.root) === 1
      ? gradient
      : undefined;
  }

  #keep(input: Tensor, { begin, assemble }: TapePart, gradient: Tensor): void {
    if (!this.#trace.wantsGradient(input)) return;
    const parts = this.#parts.get(input);
    if (parts === undefined) this.#parts.set(input, { of: [{ begin, gradient }], assemble });
    else parts.of.push({ begin, gradient });
  }

  #addTo(input: Tensor, gradient: Tensor | undefined): void {
    if (gradient === undefined) return;
    this.#given.set(gradient.root, 1 + (this.#given.get(gradient.root) ?? 0));
    if (!this.#trace.wantsGradient(input)) return;
    const before = this.#gradients.get(input);
    const both = before === undefined ? gradient : sum(before, gradient, this.#add);
    this.#gradients.set(input, both);
  }
}

/** Refuses parameters of which parts are parameters of the same loss: each would be updated by a share of its gradient. */
function refuseOverlaps(parameters: readonly Tensor[]): void {
  for (const [root, tensors] of groupBy(parameters, ({ root }) => root)) {
    if (tensors.length < 2) continue;
    const sorted = [...tensors].sort((a, b) => a.offset - b.offset);
    const at = sorted.findIndex((part, i) => i > 0 && overlap(part, sorted[i - 1]));
    if (at < 0) continue;
    const labels = sorted.slice(at - 1, at + 1).map(({ storage }) =>
      storage.kind === "resource" ? `"${storage.resource.label}"` : `a part of [${root.shape}]`
    );
    throw new TypeError(
      `Cannot differentiate the loss: it depends on ${labels.join(" and ")}, which overlap; ` +
        "expected a parameter as a whole, or parts of it that do not",
    );
  }
}

function sum(a: Tensor, b: Tensor, add: Kernel): Tensor {
  const { trace, shape } = a;
  const category = a.storage.kind === "transient" ? a.storage.category : "gradients";
  const out = category === "gradients" ? trace.transient(shape, category) : trace.activation(shape);
  trace.emit(add, [a, b, out], { length: a.elements });
  return out;
}
