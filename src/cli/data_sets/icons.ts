/**
 * Icons: pictures of things by many hands, prepared by `filigree data prepare icons`.
 *
 * @module
 */
import { loadData } from "../../data/folder.ts";
import { define } from "../../definitions/definition.ts";
import { type DataSetDefinition, requirePath } from "./definition.ts";

/** Where they lie if nobody says another folder. */
export const ICONS_FOLDER = "corpora/icons";

/** Icons by name. */
export const definition: DataSetDefinition = {
  ...define({
    name: "icons",
    description: "Icons, 32 x 32, tested with families of their own; of npm @iconify/json",
    rank: 5,
    options: {},
    async make() {
      await requirePath(
        `${ICONS_FOLDER}/classes.json`,
        `Option "--data" is icons, but there are none in "${ICONS_FOLDER}": run \`filigree data prepare icons\`, or give the ` +
          "folder that they were written to.",
      );
      return ICONS_FOLDER;
    },
  }),
  async read(folder) {
    const classNames: string[] = JSON.parse(await Deno.readTextFile(`${folder}/classes.json`));
    const { train, test } = await loadData(folder);
    const named = { classes: classNames.length, classNames };
    return {
      train: { ...train, ...named },
      ...(test === undefined ? {} : { test: { ...test, ...named } }),
    };
  },
};
