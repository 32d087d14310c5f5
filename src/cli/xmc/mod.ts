/**
 * `filigree xmc`: training, test and questions of models of very many labels.
 *
 * @module
 */
import type { Flags } from "../config/flags.ts";
import { Command } from "../deps.ts";
import type { Verb } from "../verb.ts";
import { evalCommand } from "./eval.ts";
import { predictCommand } from "./predict.ts";
import { trainCommand } from "./train.ts";

/** The verb `xmc`. */
export const verb: Verb = { name: "xmc", rank: 4, command: xmcCommand };

/** The command `xmc`. */
function xmcCommand(): Command {
  const command: Command = new Command();
  command.description(
    "Extreme classification: which of a hundred thousand labels and more apply to a text or to features.",
  ).action((_: Flags) => command.showHelp());
  command.command("train", trainCommand());
  command.command("eval", evalCommand());
  command.command("predict", predictCommand());
  return command;
}
