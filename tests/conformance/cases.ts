/**
 * What every kernel is tried with: a table of edges, and an arbitrary for the space between them.
 *
 * @module
 */
import { BATCH_NORMS } from "./batch_norm_cases.ts";
import { BLOCKS } from "./block_cases.ts";
import { CONVOLUTIONS } from "./conv_cases.ts";
import { ELEMENTWISE } from "./elementwise_cases.ts";
import type { Family } from "./family.ts";
import { GROWTH } from "./growth_cases.ts";
import { LOSSES } from "./loss_cases.ts";
import { POOLS } from "./pool_cases.ts";
import { PRODUCTS } from "./product_cases.ts";
import { TARGETS } from "./target_cases.ts";
import { VECTORS } from "./vector_cases.ts";

/** The cases of every kernel, by name. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  ...PRODUCTS,
  ...VECTORS,
  ...BLOCKS,
  ...BATCH_NORMS,
  ...CONVOLUTIONS,
  ...GROWTH,
  ...LOSSES,
  ...TARGETS,
  ...ELEMENTWISE,
  ...POOLS,
};
