/**
 * Fashion-MNIST: garments.
 *
 * @module
 */
import { define } from "../../definitions/definition.ts";
import { type DataSetDefinition, requirePath } from "./definition.ts";

/** Where the Debian package `dataset-fashion-mnist` puts its files. */
const FOLDER = "/usr/share/datasets/fashion-mnist";

/** Fashion-MNIST by name. */
export const definition: DataSetDefinition = define({
  name: "fashion",
  description: "70,000 garments, 28 x 28; Debian package dataset-fashion-mnist",
  rank: 2,
  options: {},
  async make() {
    await requirePath(
      FOLDER,
      `Option "--data" is fashion, but there is no folder "${FOLDER}": install the Debian package ` +
        "dataset-fashion-mnist, or give the folder that holds the four IDX files.",
    );
    return FOLDER;
  },
});
