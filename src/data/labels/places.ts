/**
 * The places of labels in an order of a head's own, such as `labelOrder` gives.
 *
 * @module
 */
import type { SourcePreparation } from "../preparation.ts";

/** Stands where an example has fewer labels than others. */
export const NO_LABEL: number = 2 ** 32 - 1;

/**
 * The order of labels that a preparation holds, if any.
 *
 * @throws {RangeError} if it does not have each label once.
 */
export function orderIn(
  preparation: SourcePreparation | undefined,
): Uint32Array<ArrayBuffer> | undefined {
  if (preparation === undefined || !("order" in preparation)) return undefined;
  const { order, labels } = preparation;
  if (!Array.isArray(order) || typeof labels !== "number") {
    throw new RangeError(
      "Cannot read the order of labels: it is no list; expected each label once",
    );
  }
  const read = Uint32Array.from(order);
  placesOf(read, labels);
  return read;
}

/**
 * The place of each label in an order.
 *
 * @throws {RangeError} if the order does not have each label once.
 */
export function placesOf(order: Uint32Array, labels: number): Uint32Array {
  const places = new Uint32Array(labels).fill(labels);
  order.forEach((label, place) => places[label] = place);
  if (order.length === labels && places.every((place) => place < labels)) return places;
  throw new RangeError(
    `Cannot put ${labels} labels in an order of ${order.length}: expected each of them once`,
  );
}
