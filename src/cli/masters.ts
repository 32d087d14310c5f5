/**
 * What methods cost that keep a dense weight of their sparse layers.
 *
 * @module
 */
import { type AnyModule, pathsIn } from "../nn/module.ts";
import type { Method } from "../methods/method.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import { grouped } from "./grouped.ts";

/** What trains which model. */
export interface Training {
  /** How patterns change. */
  readonly method: Method | undefined;
  /** How weights change. */
  readonly optimizer: Optimizer;
  /** What is trained. */
  readonly learning: { readonly model: AnyModule };
}

/** A sentence about the dense weights of a method, if it keeps any: what they take, and what their connections alone would. */
export function masterNotes({ method, optimizer, learning: { model } }: Training): string[] {
  const dense = model.weights.flatMap(({ sparse }) =>
    sparse !== undefined && storageOf(sparse.storage).gradient === "dense" ? [sparse] : []
  );
  if (method === undefined || dense.length === 0) return [];
  const moments = optimizer.begin(model.parameters, pathsIn(model));
  // Of each value also its gradient and its moments, four bytes each.
  const bytes = dense.map(({ values, budget }) => {
    const each = 4 * (2 + moments.of(values).length);
    return { whole: each * values.length, active: each * budget };
  });
  const sum = (key: "whole" | "active"): string =>
    grouped(bytes.reduce((total, each) => total + each[key], 0));
  const layers = dense.length === 1 ? "a layer" : `${dense.length} layers`;
  return [
    `${method.name} keeps a dense weight of ${layers}: ${
      sum("whole")
    } bytes of weights, gradients and moments, where ` +
    `${sum("active")} would do for their connections alone`,
  ];
}
