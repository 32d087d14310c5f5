/**
 * Masked: a dense weight `[rows, inputs]`, of which the forward and the gradient of the input read what an N:M mask leaves, chosen
 * by magnitude on the device before every batch. The gradient of the weight is that of all of it; a method says what becomes of
 * it. For recipes that train a dense weight towards N:M: ASP, SR-STE, progressive gradient flow. It begins as the weight of a
 * dense layer does.
 *
 * @module
 */
import { runsOfOne } from "../runs.ts";
import { master } from "./master.ts";
import type { WeightStorage } from "./storage.ts";

/** A dense weight under a mask that follows it. */
export const masked: WeightStorage = {
  name: "masked",
  gradient: "dense",
  moves: false,
  masks: true,
  shape: master.shape,
  first({ rows, inputs }, draw) {
    const length = rows * inputs;
    return draw(length, runsOfOne(length, Math.sqrt(2 / inputs)));
  },
  slots: master.slots,
};
