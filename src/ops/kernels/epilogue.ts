/**
 * What a product does to its result before it stores it. The parameter `epilogue` is a form of {@linkcode EPILOGUE}, plus
 * {@linkcode EPILOGUE_FORMS} times the number of a pointwise operation, 0 being none:
 *
 * - of the form `none`, the operation of the result;
 * - of the form `bias`, the operation of the result plus `extra[row]`;
 * - of the form `gate`, the gradient before the operation, the result being the gradient behind it and `extra`, of the same
 *   shape, what the derivative is computed of.
 *
 * @module
 */
import type { Dispatch, GpuKernel, Params, Variant, Variants } from "../../device/kernel.ts";
import { EPILOGUE, EPILOGUE_FORMS } from "./constants.ts";

/** The form of an epilogue: one of {@linkcode EPILOGUE}. */
export function formOf(epilogue: number): number {
  return epilogue % EPILOGUE_FORMS;
}

/** The number of the operation in an epilogue, 0 for none. */
export function operationOf(epilogue: number): number {
  return Math.floor(epilogue / EPILOGUE_FORMS);
}

/** The epilogue `before`, then an operation; `undefined` if there is one already. */
export function followedBy(before: number, operation: number): number | undefined {
  const free = operationOf(before) === 0 && formOf(before) !== EPILOGUE.gate;
  return free ? before + EPILOGUE_FORMS * operation : undefined;
}

/** The epilogue of a product whose result is the gradient behind an operation; `undefined` if it has another one already. */
export function gatedBy(before: number, operation: number): number | undefined {
  return before === EPILOGUE.none ? EPILOGUE.gate + EPILOGUE_FORMS * operation : undefined;
}

/** A kernel whose pipelines know the operation of their epilogue: it uses the snippet `pointwise`. */
export function withEpilogue(gpu: GpuKernel): GpuKernel {
  return specialised(gpu, ({ epilogue }) => operationOf(epilogue));
}

/**
 * A kernel whose pipelines know the operation that they carry out.
 *
 * @param numberOf The number of the operation by the parameters of a call.
 */
export function specialised(gpu: GpuKernel, numberOf: (params: Params) => number): GpuKernel {
  const special = (params: Params, dispatches: readonly Dispatch[]): readonly Dispatch[] => {
    const operation = numberOf(params);
    if (operation === 0) return dispatches;
    return dispatches.map((dispatch) => ({
      ...dispatch,
      constants: { ...dispatch.constants, POINTWISE: operation },
    }));
  };
  const specialVariant = (variant: Variant): Variant => ({
    ...variant,
    dispatches: (params, traits) => special(params, variant.dispatches(params, traits)),
  });
  const specialVariants = (variants: Variants): Variants => ({
    ...variants,
    all: Object.fromEntries(
      Object.entries(variants.all).map(([name, variant]) => [name, specialVariant(variant)]),
    ),
  });
  return {
    ...gpu,
    ...(gpu.variants === undefined ? {} : { variants: specialVariants(gpu.variants) }),
    dispatches: (params, traits) => special(params, gpu.dispatches(params, traits)),
  };
}
