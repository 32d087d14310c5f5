/**
 * The worker of the page: data, device, training, answers. Here threads may wait, which the page's own may not.
 *
 * @module
 */
import {
  adamw,
  createDevice,
  type Dataset,
  type Device,
  type Prediction,
  sgd,
  splitDataset,
  Trainer,
} from "@filigree/filigree";
import { loadData } from "@filigree/filigree/files";
import { loadModel } from "@filigree/filigree/runs";
import type { DataFacts, Preferred, Report, Request, Settings, Which } from "./messages.ts";
import { connectionsOf, masksOf, scoreOf, type Training, trainingOf } from "./training.ts";

/** The scope of a worker, as far as it is needed. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(message: Report, transfer?: Transferable[]): void;
};

/** The files of MNIST, beside the page. */
const MNIST = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];

/** Share of the examples that are tested with where a file has none for that. */
const TESTED = 0.2;

/** Milliseconds between two reports of steps. */
const PAUSE = 80;

let device: Device | undefined;
let data:
  | { readonly train: Dataset; readonly test: Dataset; readonly facts: DataFacts }
  | undefined;
let trained: { readonly trainer: Trainer; readonly notes: Record<string, string> } | undefined;
let abort: AbortController | undefined;
let turn: Promise<unknown> = Promise.resolve();

scope.onmessage = ({ data: request }) => {
  if (request.kind === "stop") {
    abort?.abort();
    return;
  }
  // One after the other; an answer is given between two steps, since a trainer is asked while it trains.
  const task = request.kind === "ask" || request.kind === "example"
    ? carryOut(request)
    : turn = turn.then(() => carryOut(request));
  void task;
};

function say(report: Report, transfer: Transferable[] = []): void {
  scope.postMessage(report, transfer);
}

async function carryOut(request: Request): Promise<void> {
  try {
    await answer(request);
  } catch (error) {
    say({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  } finally {
    if (request.kind !== "ask" && request.kind !== "example") {
      say({ kind: "idle", hasModel: trained !== undefined });
    }
  }
}

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case "open":
      return await open(request.prefer, request.threads);
    case "mnist":
      return await take("MNIST", await mnist());
    case "files":
      return await take(Object.keys(request.files).join(", "), request.files);
    case "train":
      return await train(request.settings);
    case "ask":
      return await ask(request.features);
    case "example":
      return example();
    case "save":
      return await save();
    case "load":
      return await load(request.name, request.bytes);
  }
}

/** Opens a device in the place of the one before; what was trained there is over. */
async function open(prefer: Preferred, threads: number): Promise<void> {
  trained = undefined;
  device?.close();
  device = undefined;
  device = await createDevice({ prefer, threads });
  const { name, reason, backend } = device;
  say({ kind: "device", name, reason, description: backend.info.description });
}

async function mnist(): Promise<Record<string, Uint8Array>> {
  const files = await Promise.all(MNIST.map(async (part) => {
    const name = `${part}-ubyte.gz`;
    const response = await fetch(new URL(`./mnist/${name}`, import.meta.url));
    if (!response.ok) {
      throw new Error(
        `Cannot fetch mnist/${name}: the server answered ${response.status}; expected it beside the page`,
      );
    }
    return [name, new Uint8Array(await response.arrayBuffer())] as const;
  }));
  return Object.fromEntries(files);
}

/** Reads examples out of files. */
async function take(name: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const read = await loadData(files);
  const { train, test = read.train } = read.test === undefined
    ? splitDataset(read.train, { share: TESTED })
    : read;
  const { inputs, image, examples } = train;
  const facts: DataFacts = {
    ...{ name, examples, tests: test.examples, inputs },
    ...("labels" in train
      ? { classes: train.classNames ?? Array.from({ length: train.classes }, (_, i) => String(i)) }
      : {}),
    ...(image?.channels === 1 ? { image: { height: image.height, width: image.width } } : {}),
  };
  data = { train, test, facts };
  say({ kind: "data", facts });
}

/** Trains the network that was asked for, and then the dense one, if it is wanted. */
async function train(settings: Settings): Promise<void> {
  if (device === undefined || data === undefined) {
    throw new Error("Cannot train: there are no examples yet; expected MNIST, or files");
  }
  trained?.trainer[Symbol.dispose]();
  trained = undefined;
  abort = new AbortController();
  const { signal } = abort;
  const training = trainingOf(device, data.train, settings);
  trained = { trainer: training.trainer, notes: {} };
  await run("sparse", training, settings, signal);
  if (!settings.beside || signal.aborted) return;
  const dense = { ...settings, sparsity: 0 };
  const other = trainingOf(device, data.train, dense);
  try {
    await run("dense", other, dense, signal);
  } finally {
    other.trainer[Symbol.dispose]();
  }
}

/** Trains a network, and says what happens. */
async function run(
  which: Which,
  { trainer, model, network }: Training,
  { epochs, batch }: Settings,
  signal: AbortSignal,
): Promise<void> {
  if (data === undefined) return;
  const { train, test } = data;
  const steps = epochs * Math.ceil(train.examples / batch);
  const { bytes } = trainer.plan({
    ...{ inputs: train.inputs, batchSize: batch },
    bytes: train.features instanceof Uint8Array,
    ...("labels" in train ? {} : { outputs: train.outputs }),
  });
  const start = performance.now();
  let said = 0, spent = 0, trainedExamples = 0;
  try {
    for await (
      const event of trainer.fit(train, {
        ...{ epochs, batchSize: batch, validation: test, signal },
        logEvery: 20,
      })
    ) {
      if (said === 0) {
        const connections = connectionsOf(model);
        say({ kind: "begin", which, network, steps, connections, bytes: bytes.total });
        if (which === "sparse") tellPattern(0, model);
        said = 1;
      }
      if (event.kind === "rewire") tellPattern(event.step, model);
      if (event.kind === "epoch" && event.validation !== undefined) {
        say({ kind: "epoch", which, step: trainer.step, score: scoreOf(event.validation) });
      }
      if (event.kind !== "step") continue;
      spent += event.losses.length * batch / event.examplesPerSecond;
      trainedExamples += event.losses.length;
      if (performance.now() - said < PAUSE) continue;
      said = performance.now();
      const milliseconds = 1000 * batch / event.examplesPerSecond;
      say({ kind: "step", which, step: event.step, loss: mean(event.losses), milliseconds });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  const score = scoreOf(await trainer.evaluate(test));
  const seconds = (performance.now() - start) / 1000;
  const milliseconds = 1000 * spent / Math.max(1, trainedExamples);
  say({ kind: "done", which, score, seconds, milliseconds });
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function tellPattern(step: number, model: Training["model"]): void {
  const layers = masksOf(model);
  say({ kind: "pattern", step, layers }, layers.map(({ mask }) => mask.buffer as ArrayBuffer));
}

/** What the network says of a picture. */
async function ask(features: Uint8Array<ArrayBuffer>): Promise<void> {
  if (trained === undefined) return;
  for await (const prediction of trained.trainer.predict(features)) {
    say({ kind: "answer", shares: sharesIn(prediction) });
  }
}

function sharesIn(prediction: Prediction): number[] {
  return "scores" in prediction ? [...prediction.scores] : [];
}

/** One of the examples to test with. */
function example(): void {
  if (data === undefined) return;
  const { test, facts } = data;
  if (!("labels" in test) || !(test.features instanceof Uint8Array)) return;
  const chosen = Math.floor(Math.random() * test.examples);
  const features = test.features.slice(chosen * test.inputs, (chosen + 1) * test.inputs);
  const number = test.labels[chosen];
  say({ kind: "example", features, label: facts.classes?.[number] ?? String(number) });
}

async function save(): Promise<void> {
  if (trained === undefined) throw new Error("Cannot save: nothing is trained; expected a network");
  const bytes = await trained.trainer.encode(trained.notes);
  say({ kind: "saved", bytes }, [bytes.buffer]);
}

/** Takes a checkpoint, of this page or of the command line. */
async function load(name: string, bytes: Uint8Array): Promise<void> {
  if (device === undefined) return;
  const { model, checkpoint } = await loadModel(bytes, device);
  const { training, ...metadata } = checkpoint.metadata;
  const { seed = 0, optimizer } = JSON.parse(training ?? "{}");
  // What is only asked takes no step, so that any rate will do.
  const make = optimizer?.name === "sgd" ? sgd : adamw;
  const trainer = new Trainer({ device, model, optimizer: make({ learningRate: 1e-3 }), seed });
  await trainer.restore(checkpoint);
  trained?.trainer[Symbol.dispose]();
  const { config } = metadata;
  trained = { trainer, notes: config === undefined ? {} : { config } };
  const score = data && scoreOf(await trainer.evaluate(data.test));
  say({ kind: "loaded", name, ...(score === undefined ? {} : { score }) });
  tellPattern(trainer.step, model);
}
