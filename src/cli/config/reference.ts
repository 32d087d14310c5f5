/**
 * The reference of the configuration, made of its schema: `docs/configuration.md` and `docs/config.schema.json`.
 *
 * `deno run -A src/cli/config/reference.ts` writes both; a test compares them with what it would write.
 *
 * @module
 */
import { jsonSchemaOf } from "./json_schema.ts";
import { type Leaf, LEAVES } from "./leaves.ts";
import { SECTIONS } from "./schema.ts";

/** The text of `docs/configuration.md`. */
export function configReference(): string {
  const rows = LEAVES.map((leaf) =>
    `| \`${leaf.key}\` | \`${leaf.flag}\` | ${leaf.accepts} | ${
      defaultOf(leaf)
    } | ${leaf.description} |`
  );
  return [
    "# Configuration",
    "",
    "Made of the schema in `src/cli/config/schema.ts` by `deno run -A src/cli/config/reference.ts`.",
    "",
    "A value comes from the defaults, from the file that `--config` names (TOML, JSON or YAML; " +
    "[JSON Schema](config.schema.json)), from the environment, or from flags; each overrides the ones before. " +
    "The environment has a variable for every key: `FILIGREE_` and the key in capitals, such as " +
    `\`${LEAVES.find(({ key }) => key === "optimizer.learningRate")?.variable}\`, and ` +
    `\`${LEAVES.find(({ key }) => key === "device.name")?.variable}\` for \`device.name\`. ` +
    "On the command line any key can also be given as `--set key=value`. " +
    "A value that the model, the method or the device would ignore is refused, and so is a variable of an unknown key, as far as Deno shows it: all with " +
    "`--allow-env`, the likely slips with `--allow-env=FILIGREE_*`, which the tasks have.",
    "",
    "| key | flag | accepts | default | meaning |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** The text of `docs/config.schema.json`. */
export function configSchemaText(): string {
  return JSON.stringify(jsonSchemaOf(SECTIONS), null, 2) + "\n";
}

function defaultOf({ default: value }: Leaf): string {
  if (value === undefined) return "";
  return `\`${Array.isArray(value) ? value.join(",") : value}\``;
}

if (import.meta.main) {
  const docs = new URL("../../../docs/", import.meta.url);
  await Deno.writeTextFile(new URL("configuration.md", docs), configReference());
  await Deno.writeTextFile(new URL("config.schema.json", docs), configSchemaText());
}
