/**
 * The page: what it asks its worker for, and how it shows what that says.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { Chart } from "./chart.ts";
import { element, write } from "./elements.ts";
import type { DataFacts, LayerMask, Report, Request, Score, Settings, Which } from "./messages.ts";
import { Pad } from "./pad.ts";
import { drawPattern } from "./pictures.ts";

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const lossChart = new Chart(
  element("loss", SVGSVGElement),
  "Training loss",
  (loss) => loss.toPrecision(2),
);
let scoreChart = scoreChartOf("Test accuracy", (share) => `${(100 * share).toFixed(1)}%`);

let facts: DataFacts | undefined;
let steps = 1;
let layers: readonly LayerMask[] = [];
let before: readonly LayerMask[] = [];
let hasModel = false;
let busy = 1;

worker.onmessage = ({ data }: MessageEvent<Report>) => hear(data);
worker.onerror = ({ message }) => fail(`The worker ended: ${message}`);

function ask(request: Request): void {
  const waits = request.kind !== "stop" && request.kind !== "ask" && request.kind !== "example";
  if (waits) busy++;
  if (waits) write("fault", "");
  enable();
  worker.postMessage(request);
}

function hear(report: Report): void {
  switch (report.kind) {
    case "device":
      write("device", `${report.description}: ${report.reason}`);
      break;
    case "data":
      takeFacts(report.facts);
      break;
    case "begin":
      steps = report.steps;
      write(`${report.which}-connections`, report.connections.toLocaleString("en"));
      write(`${report.which}-bytes`, `${(report.bytes / 1e6).toFixed(2)} MB`);
      write("status", `The ${report.which} network ${report.network} trains.`);
      break;
    case "step":
      lossChart.add(report.which, report.step, report.loss, steps);
      write(`${report.which}-time`, `${report.milliseconds.toFixed(2)} ms`);
      break;
    case "epoch":
      score(report.which, report.score, report.step);
      break;
    case "pattern":
      takePattern(report.layers, report.step === 0);
      break;
    case "done":
      score(report.which, report.score);
      write(`${report.which}-time`, `${report.milliseconds.toFixed(2)} ms`);
      write(
        "status",
        `The ${report.which} network is trained, in ${report.seconds.toFixed(1)} s: ${
          said(report.score)
        }.`,
      );
      break;
    case "idle":
      hasModel = report.hasModel;
      busy--;
      enable();
      break;
    case "answer":
      showShares(report.shares);
      break;
    case "example":
      pad.show(report.features);
      write("answer", `A ${report.label}, says who wrote it.`);
      ask({ kind: "ask", features: report.features });
      break;
    case "saved":
      download(report.bytes);
      break;
    case "loaded":
      write("status", `${report.name} is loaded${report.score ? `: ${said(report.score)}` : ""}.`);
      if (report.score !== undefined) score("sparse", report.score);
      break;
    case "failed":
      fail(report.message);
  }
}

function fail(message: string): void {
  write("fault", message);
}

function enable(): void {
  element("train", HTMLButtonElement).disabled = busy > 0 || facts === undefined;
  element("stop", HTMLButtonElement).disabled = busy === 0;
  element("save", HTMLButtonElement).disabled = busy > 0 || !hasModel;
  element("example", HTMLButtonElement).disabled = facts?.image === undefined;
  document.body.classList.toggle("busy", busy > 0);
}

function scoreChartOf(title: string, format: (value: number) => string): Chart {
  write("score-caption", title);
  write("score-name", title);
  return new Chart(element("score", SVGSVGElement), title, format);
}

function takeFacts(found: DataFacts): void {
  facts = found;
  const { name, examples, tests, inputs, classes } = found;
  const learnt = classes === undefined ? "numbers" : `${classes.length} classes`;
  write(
    "data",
    `${name}: ${examples.toLocaleString("en")} examples to train with, ${
      tests.toLocaleString("en")
    } to test, ${inputs} inputs, ${learnt}.`,
  );
  scoreChart = classes === undefined
    ? scoreChartOf("Test loss", (loss) => loss.toPrecision(3))
    : scoreChartOf("Test accuracy", (share) => `${(100 * share).toFixed(1)}%`);
  const bars = (classes ?? []).slice(0, 20).map((name) => {
    const item = document.createElement("li");
    const bar = document.createElement("meter");
    const label = document.createElement("span");
    label.textContent = name;
    bar.setAttribute("aria-label", name);
    item.append(label, bar);
    return item;
  });
  element("shares", HTMLOListElement).replaceChildren(...bars);
}

function said({ accuracy, loss }: Score): string {
  return accuracy === undefined
    ? `loss ${loss.toPrecision(3)} on the test`
    : `${percent(accuracy)} of the test`;
}

function score(which: Which, { accuracy, loss }: Score, step?: number): void {
  write(`${which}-score`, accuracy === undefined ? loss.toPrecision(3) : percent(accuracy));
  if (step !== undefined) scoreChart.add(which, step, accuracy ?? loss, steps);
}

/** Takes the patterns of a rewiring, or of a network that has just begun. */
function takePattern(found: readonly LayerMask[], isFirst: boolean): void {
  // The last rewirings of a schedule may move nothing: what was moved before stays in sight.
  if (!isFirst && found.every(({ mask }, i) => layers[i] && sameMask(mask, layers[i].mask))) return;
  before = isFirst || found.length !== layers.length ? [] : layers;
  layers = found;
  const select = element("layer", HTMLSelectElement);
  if (select.options.length !== layers.length) {
    select.replaceChildren(...layers.map(({ label }) => new Option(label)));
  }
  show();
}

function sameMask(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}

function show(): void {
  const chosen = Math.max(0, element("layer", HTMLSelectElement).selectedIndex);
  const now = layers[chosen];
  if (now === undefined) write("moved", "Every connection exists.");
  else drawPattern({ now, before: before[chosen] }, chosen === 0 ? facts?.image : undefined);
}

function showShares(shares: readonly number[]): void {
  const best = shares.reduce((most, share, i) => share > shares[most] ? i : most, 0);
  for (const [i, bar] of element("shares", HTMLOListElement).querySelectorAll("meter").entries()) {
    bar.value = shares[i] ?? 0;
    bar.parentElement?.classList.toggle("best", i === best);
  }
  const name = facts?.classes?.[best] ?? String(best);
  write("answer", `It reads ${name}, with a share of ${percent(shares[best] ?? 0)}.`);
}

function download(bytes: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = "filigree.safetensors";
  link.click();
  URL.revokeObjectURL(link.href);
}

function settings(): Settings {
  const text = (name: string): string => {
    const found = document.getElementById(name);
    return found instanceof HTMLSelectElement ? found.value : element(name, HTMLInputElement).value;
  };
  return {
    hidden: text("hidden").split(",").map(Number),
    pattern: text("pattern"),
    sparsity: Number(text("sparsity")) / 100,
    method: text("method"),
    epochs: Number(text("epochs")),
    batch: Number(text("batch")),
    seed: Number(text("seed")),
    beside: element("beside", HTMLInputElement).checked,
  };
}

/** Has the worker open the device that is chosen. */
function openDevice(): void {
  const { value } = element("prefer", HTMLSelectElement);
  const prefer = value === "webgpu" || value === "wasm" ? value : "auto";
  const threads = Math.max(1, Math.floor(element("threads", HTMLInputElement).valueAsNumber) || 1);
  ask({ kind: "open", prefer, threads });
}

async function open(files: Iterable<File>): Promise<void> {
  const read = await Promise.all(
    [...files].map(async (file) => [file.name, new Uint8Array(await file.arrayBuffer())] as const),
  );
  ask({ kind: "files", files: Object.fromEntries(read) });
}

function on(name: string, event: string, act: (event: Event) => void): void {
  element(name, HTMLElement).addEventListener(event, act);
}

const pad: Pad = new Pad(
  element("pad", HTMLCanvasElement),
  (features) => {
    if (hasModel) ask({ kind: "ask", features });
  },
);
on("setup", "submit", (event) => {
  event.preventDefault();
  lossChart.clear();
  scoreChart.clear();
  for (const which of ["sparse", "dense"]) {
    for (const what of ["score", "time", "connections", "bytes"]) {
      write(`${which}-${what}`, "\u2013");
    }
  }
  ask({ kind: "train", settings: settings() });
});
on("stop", "click", () => ask({ kind: "stop" }));
on("mnist", "click", () => {
  write("data", "MNIST is fetched.");
  ask({ kind: "mnist" });
});
on("save", "click", () => ask({ kind: "save" }));
on("clear", "click", () => pad.clear());
on("example", "click", () => ask({ kind: "example" }));
on("layer", "change", show);
on(
  "sparsity",
  "input",
  () => write("sparsity-value", `${element("sparsity", HTMLInputElement).value} %`),
);
for (const name of ["prefer", "threads"]) on(name, "change", openDevice);
on("files", "change", () => void open(element("files", HTMLInputElement).files ?? []));
on("load", "change", async () => {
  const [file] = element("load", HTMLInputElement).files ?? [];
  if (file === undefined) return;
  ask({ kind: "load", name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  element("load", HTMLInputElement).value = "";
});
for (const name of ["dragover", "drop"]) {
  on("drop", name, (event) => {
    event.preventDefault();
    if (event instanceof DragEvent && name === "drop") void open(event.dataTransfer?.files ?? []);
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
element("threads", HTMLInputElement).value = String(navigator.hardwareConcurrency);
busy = 0;
openDevice();
