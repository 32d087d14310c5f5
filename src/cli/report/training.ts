/**
 * What a report shows of how a run learnt: losses, what was measured, gradients, rates.
 *
 * @module
 */
import type { Evaluation } from "../../train/evaluate.ts";
import { mainOf, measureOf, written } from "../measures.ts";
import { linesOver } from "./charts.ts";
import { missing, type Part } from "./parts.ts";
import type { ReportedRun } from "./read.ts";
import { measuredOver, numbersOver, partOver, type Point, type Series, thinned } from "./series.ts";

/** The parts, in their order. */
export function trainingParts({ metrics, result }: ReportedRun): Part[] {
  const measured = measuredOver(metrics);
  const part = partOver(metrics);
  const over = (name: string): Point[] => numbersOver(metrics, name);
  const losses = named([
    ["training, a batch", over("loss")],
    ["training, mean of an epoch", over("epochLoss")],
    [part, measured.get("loss") ?? []],
  ]);
  const others = [...measured.keys()].filter((name) => name !== "loss");
  const main = result === undefined ? "" : testText(result.test);
  return [
    linesOr("Loss", {
      summary:
        "The loss of the last batch before each line of the metrics, the mean of every epoch, and that of the " +
        `${part} examples where there are any.`,
      label: "loss",
      series: losses,
    }),
    ...others.length > 0 ? measures(others, measured, part) : [
      missing(
        "Accuracy",
        "Not recorded: nothing was validated between epochs. `--validation 0.1` sets a tenth of the training examples aside for " +
          `that${main === "" ? "" : `; the test at the end gave ${main}`}.`,
      ),
    ],
    linesOr("Norm of the gradient", {
      summary:
        "The norm of the gradient of all parameters, before clipping and without weight decay.",
      label: "norm",
      log: true,
      series: named([["norm", over("gradientNorm")]]),
    }),
    linesOr("Learning rate", {
      summary: "The rate of the last step before each line of the metrics.",
      label: "learning rate",
      series: named([["rate", over("learningRate")]]),
    }),
    linesOr("Examples a second", {
      summary: "Examples that were trained with in a second, since the line before.",
      label: "examples a second",
      series: named([["examples", over("examplesPerSecond")]]),
    }),
  ];
}

/** What a picture of lines is made of. */
interface Lines {
  readonly summary: string;
  readonly label: string;
  readonly log?: boolean;
  readonly share?: boolean;
  readonly series: readonly Series[];
  /** What has a colour: see `linesOver`. */
  readonly coloured?: readonly string[];
}

/** Lines over steps, or that there are none. */
export function linesOr(title: string, { summary, series, coloured, ...axis }: Lines): Part {
  if (series.length === 0) return missing(title, "Not recorded by this run.");
  const thin = series.map((each) => ({ ...each, points: thinned(each.points) }));
  const isThin = thin.some(({ points }, i) => points.length < series[i].points.length);
  const note = isThin
    ? " Points are means of neighbouring lines, which are more than can be shown."
    : "";
  return linesOver({ title, summary: summary + note }, axis, thin, coloured);
}

/** Series that have points. */
export function named(
  all: readonly (readonly [name: string, points: readonly Point[]])[],
): Series[] {
  return all.filter(([, points]) => points.length > 0).map(([name, points]) => ({ name, points }));
}

/** A picture for what is a share of 1, one for each other measure. */
function measures(
  names: readonly string[],
  measured: ReadonlyMap<string, readonly Point[]>,
  part: "validation" | "test",
): Part[] {
  const shares = names.filter((name) => measureOf(name).unit === "%");
  const series = (some: readonly string[]): Series[] =>
    named(some.map((name) => [measureOf(name).title, measured.get(name) ?? []]));
  const summary = `What the ${part} examples gave at the end of each epoch.`;
  const rest = names.filter((name) => !shares.includes(name));
  return [
    ...shares.length === 0 ? [] : [
      linesOr("Accuracy", { summary, label: "share", share: true, series: series(shares) }),
    ],
    ...rest.map((name) => {
      const { title } = measureOf(name);
      return linesOr(`${part === "test" ? "Test" : "Validation"}: ${title}`, {
        summary,
        label: title,
        series: series([name]),
      });
    }),
  ];
}

/** The result of a test in words: `accuracy 97.13 %`. */
export function testText(test: Evaluation): string {
  const main = mainOf(test);
  return `${main.title} ${written(main, test)}`;
}
