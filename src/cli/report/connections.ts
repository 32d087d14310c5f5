/**
 * What a report shows of the connections of a run: how many, where, and what each rewiring did to them.
 *
 * @module
 */
import { grouped } from "../grouped.ts";
import { heatMap, type HeatRows, linesOver, MOST_COLOURS, stepBars } from "./charts.ts";
import type { StepBar } from "./charts.ts";
import { missing, type Part, type Picture, type Table } from "./parts.ts";
import type { ReportedRun } from "./read.ts";
import {
  type LayerLine,
  layerLinesOf,
  layerLists,
  layerSeries,
  type Series,
  spansOf,
  thinned,
} from "./series.ts";
import { listIn, numberIn, textIn, valuesIn } from "./values.ts";

/** Most layers whose fan-in and fan-out are shown; those of the first ones are. */
const MOST_LAYERS = 16;

/** Most bars of rewirings; more are added up. */
const MOST_BARS = 100;

/** A matrix of the plan. */
export interface PlannedLayer {
  /** Its name. */
  readonly label: string;
  /** `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
  /** The active share of its connections before the first step. */
  readonly density: number;
}

/** What the folder of a run says of its layers. */
interface Recorded {
  readonly lines: readonly LayerLine[];
  readonly planned: readonly PlannedLayer[];
  /** Names of all layers, which have the same colours everywhere. */
  readonly labels: readonly string[];
  /** The last step. */
  readonly end: number;
}

/** The parts, in their order. */
export function connectionParts(run: ReportedRun): Part[] {
  const lines = layerLinesOf(run.metrics);
  const planned = plannedLayers(run);
  const said = lines.flatMap(({ layers }) => [...layers.keys()]);
  const recorded: Recorded = {
    ...{ lines, planned, end: run.metrics.at(-1)?.step ?? 0 },
    labels: [...new Set([...planned.map(({ label }) => label), ...said])],
  };
  if (lines.length === 0 && planned.every(({ density }) => density === 1) && planned.length > 0) {
    return [missing("Density of each layer", "All layers of this run are dense.")];
  }
  return [
    densityPart(recorded),
    ...rewiringParts(recorded),
    overLayers("Explored share", recorded, {
      field: "explored",
      summary: "The share of all positions of each layer that were ever active.",
    }),
    overLayers("Dropped again at once", recorded, {
      field: "replacedYoung",
      summary: "Of what each rewiring dropped, the share that the rewiring before had grown.",
    }),
    ...maskParts(recorded),
    ablatedPart(recorded),
    ...fansOf(recorded),
  ];
}

/** The matrices that the plan of a run names. */
export function plannedLayers({ plan }: ReportedRun): PlannedLayer[] {
  return listIn(plan.layers).flatMap((each): PlannedLayer[] => {
    const { label, shape, density } = valuesIn(each);
    const [rows, inputs] = listIn(shape).map(numberIn);
    const [name, share] = [textIn(label), numberIn(density)];
    if (name === undefined || share === undefined) return [];
    return rows === undefined || inputs === undefined
      ? []
      : [{ label: name, shape: [rows, inputs], density: share }];
  });
}

function densityPart(recorded: Recorded): Part {
  const { lines, planned, end } = recorded;
  const later = new Map(layerSeries(lines, "density").map(({ name, points }) => [name, points]));
  const begun = planned.map(({ label, density }) => ({
    name: label,
    // A dense layer stays so.
    points: [{ x: 0, y: density }, ...later.get(label) ?? [{ x: end, y: density }]],
  }));
  const rest = [...later].filter(([name]) => !planned.some(({ label }) => label === name))
    .map(([name, points]) => ({ name, points }));
  return layersPart("Density of each layer", [...begun, ...rest], recorded, {
    summary: "The active share of the connections of each layer.",
    label: "density",
    share: true,
    log: true,
  });
}

/** What each rewiring dropped and grew. */
function rewiringParts({ lines: all, labels }: Recorded): Part[] {
  const title = "Dropped and grown";
  const lines = all.filter(({ rewired }) => rewired);
  if (lines.length === 0) return [missing(title, "No rewiring was recorded.")];
  const names = labels.filter((label) => lines.some(({ layers }) => layers.has(label)));
  const each = Math.ceil(lines.length / MOST_BARS);
  const groups = Array.from(
    { length: Math.ceil(lines.length / each) },
    (_, i) => lines.slice(i * each, (i + 1) * each),
  );
  const steps = groups.map(([first]) => first.step);
  const [last, before = 0] = steps.toReversed();
  const spans = spansOf(steps, 2 * last - before);
  const together = each === 1 ? "" : ` Neighbouring rewirings are added up, ${each} at a time.`;
  const units = "Units (connections, or groups or blocks of them) that each rewiring";
  const axis = { label: "units" };
  const table = rewiringTable(lines, names);
  if (names.length <= MOST_COLOURS) {
    const bars = groups.flatMap((group, i) => barsOfRewiring(group, names, spans[i]));
    const summary = `${units} grew, above the line, and dropped, below it.${together}`;
    return [stepBars({ title, summary }, axis, labels, bars, table)];
  }
  const ways = [["Dropped", "dropped", "dropped"], ["Grown", "grown", "grew"]] as const;
  return ways.map(([title, field, verb]) => {
    const columns = groups.map((group, i) => ({
      step: spans[i][0],
      values: names.map((name) => sumOf(group, name, field)),
    }));
    const summary = `${units} ${verb} in each layer.${together}`;
    const rows = { label: "layer", rows: names, columns, end: spans[spans.length - 1][1] };
    return { ...heatMap({ title, summary }, axis, rows), table };
  });
}

/** The bars of a rewiring, layer upon layer. */
function barsOfRewiring(
  lines: readonly LayerLine[],
  names: readonly string[],
  [from, to]: readonly [number, number],
): StepBar[] {
  const span = [from, from + 0.8 * (to - from)] as const;
  return [["grown", 1], ["dropped", -1]].flatMap(([field, sign]) => {
    let height = 0;
    return names.map((name): StepBar => {
      const low = height;
      height += Number(sign) * sumOf(lines, name, String(field));
      return { name, span, reach: [low, height] };
    });
  });
}

function sumOf(lines: readonly LayerLine[], name: string, field: string): number {
  return lines.reduce((sum, { layers }) => sum + (numberIn(layers.get(name)?.[field]) ?? 0), 0);
}

/** All that the rewirings of each layer did. */
function rewiringTable(lines: readonly LayerLine[], names: readonly string[]): Table {
  const fields = ["dropped", "grown", "ablated", "revived"];
  return {
    columns: ["layer", "rewirings", ...fields],
    rows: names.map((name) => [
      name,
      grouped(lines.filter(({ layers }) => layers.has(name)).length),
      ...fields.map((field) =>
        lines.some(({ layers }) => layers.get(name)?.[field] !== undefined)
          ? grouped(sumOf(lines, name, field))
          : "not recorded"
      ),
    ]),
  };
}

/** A share that lines say of each layer. */
function overLayers(
  title: string,
  recorded: Recorded,
  { field, summary }: { readonly field: string; readonly summary: string },
): Part {
  const series = layerSeries(recorded.lines, field);
  return layersPart(title, series, recorded, { summary, label: "share", share: true });
}

/** What was measured of masks, where layers lie under them. */
function maskParts(recorded: Recorded): Part[] {
  const measures = [
    ["sad", "Changes of each mask", "Bits of the mask that changed in a step, on average.", "bits"],
    ["keptVariance", "Variance within the mask", `${VARIANCE} in the mask.`, "variance"],
    ["prunedVariance", "Variance outside the mask", `${VARIANCE} that it leaves out.`, "variance"],
  ] as const;
  return measures.flatMap(([field, title, summary, label]) => {
    const series = layerSeries(recorded.lines, field);
    return series.length === 0
      ? []
      : [layersPart(title, series, recorded, { summary, label, log: true })];
  });
}

/** What AdamW's second moments say. */
const VARIANCE = "Mean variance of the gradients of the weights";

/** Outputs without a connection. */
function ablatedPart(recorded: Recorded): Part {
  const { lines, planned } = recorded;
  const title = "Ablated neurons";
  const rows = new Map(planned.map(({ label, shape }) => [label, shape[0]]));
  const live = layerSeries(lines, "liveRows");
  // Without a plan the most that were ever alive are those that there are, as far as anybody knows.
  const series = live.map(({ name, points }) => {
    const all = rows.get(name) ?? Math.max(...points.map(({ y }) => y));
    return { name, points: points.map(({ x, y }) => ({ x, y: all - y })) };
  });
  const known = live.every(({ name }) => rows.has(name));
  return layersPart(title, series, recorded, {
    summary: "Outputs of each layer that no connection leads to." +
      (known
        ? ""
        : " The run recorded no sizes of its layers: these are counted from the most that were alive."),
    label: "neurons",
  });
}

/** A line for each layer, or a row of a heat map where there are many. */
function layersPart(
  title: string,
  series: readonly Series[],
  { labels, end }: Recorded,
  { summary, ...axis }: {
    readonly summary: string;
    readonly label: string;
    readonly share?: boolean;
    readonly log?: boolean;
  },
): Part {
  const thin = series.map(({ name, points }) => ({ name, points: thinned(points) }));
  if (thin.length === 0) return missing(title, "Not recorded by this run.");
  if (thin.length <= MOST_COLOURS) return linesOver({ title, summary }, axis, thin, labels);
  const steps = [...new Set(thin.flatMap(({ points }) => points.map(({ x }) => x)))]
    .sort((a, b) => a - b);
  const at = thin.map(({ points }) => new Map(points.map(({ x, y }) => [x, y])));
  const held = at.map((): number | null => null);
  const columns = steps.map((step) => {
    // Until a layer says something else it is what it was.
    at.forEach((points, row) => held[row] = points.get(step) ?? held[row]);
    return { step, values: [...held] };
  });
  const rows: HeatRows = { label: "layer", rows: thin.map(({ name }) => name), columns, end };
  return heatMap({ title, summary: `${summary} A row for each layer.` }, axis, rows);
}

/** Where the connections of each layer lie, over time. */
function fansOf({ lines, planned, labels, end }: Recorded): Part[] {
  const known = labels.filter((label) => layerLists(lines, label, "fanInBins").length > 0);
  if (known.length === 0) {
    const why =
      "Not recorded by this run: an earlier version trained it, or its connections are those of a mask.";
    return [missing("Fan-in and fan-out", why)];
  }
  const shown = known.slice(0, MOST_LAYERS);
  const pictures = shown.flatMap((label) => {
    const shape = planned.find((layer) => layer.label === label)?.shape;
    return (["in", "out"] as const).map((way) =>
      fanOf(label, way, lines, way === "in" ? shape?.[0] : shape?.[1], end)
    );
  });
  const others = known.length - shown.length;
  return others === 0 ? pictures : [
    ...pictures,
    missing(
      `Fan-in and fan-out of ${others} other layers`,
      `The first ${shown.length} layers are shown; metrics.jsonl has those of all.`,
    ),
  ];
}

function fanOf(
  label: string,
  way: "in" | "out",
  lines: readonly LayerLine[],
  size: number | undefined,
  end: number,
): Picture {
  const columns = layerLists(lines, label, way === "in" ? "fanInBins" : "fanOutBins");
  const bins = columns[0].values.length;
  const all = size ?? bins;
  const [what, whose] = way === "in" ? ["outputs", "an output"] : ["inputs", "an input"];
  const each = all > bins
    ? ` Each row is the mean of about ${Math.round(all / bins)} neighbours.`
    : "";
  return heatMap(
    {
      title: `Fan-${way} of ${label}`,
      summary: `Connections of ${whose}, by its number.${each}`,
    },
    { label: "connections" },
    { label: what, rows: all, columns, end },
  );
}
