/**
 * The patterns of a model in training: when they change, with which scores, and what is moved on
 * the device when they do.
 *
 * @module
 */
import {
  candidatesOf,
  checkMethod,
  checkResult,
  fractionOf,
  requirePattern,
  requireStorage,
  thresholdOf,
} from "../methods/check.ts";
import type { LayerState, Method, RewireResult } from "../methods/method.ts";
import { type AnyModule, requireModule } from "../nn/module.ts";
import { isHere } from "../nn/spread.ts";
import type { LayerWeight } from "../nn/tree.ts";
import type { Moments } from "../optim/moments.ts";
import type { Parallel } from "../parallel/parallel.ts";
import type { Device } from "../program/device.ts";
import type { PlaceOptions } from "../program/placement.ts";
import type { InputSpec, TracedProgram } from "../program/program.ts";
import type { Clock } from "../program/trace.ts";
import { isRecordable } from "../sparse/explored.ts";
import { firstConnections } from "../sparse/geometry.ts";
import { countConnections, type Pattern, type TransposedView } from "../sparse/pattern.ts";
import { openRewirer, type Rewirer } from "../sparse/rewirer.ts";
import { patternHash, patternStatistics } from "../sparse/statistics.ts";
import { storageOf } from "../sparse/storage/mod.ts";
import type { SparseWeight } from "../sparse/weight.ts";
import { modelDigest, requireSameOnAll } from "./agreement.ts";
import { type FreshContext, marksOf, settleFresh } from "./fresh.ts";
import { saidOfParameter } from "./gathering.ts";
import { History, type HistoryWords } from "./history.ts";
import { type MaskMeasures, MaskMeter, setMasks } from "./masks.ts";
import type { StepInputs, StepLoss } from "./objective.ts";
import { type ScoredBatch, Scoring } from "./scoring.ts";
import { layerReport, type LayerStatistics, type RewireReport } from "./rewire_report.ts";

export type { LayerReport, LayerStatistics, RewireReport } from "./rewire_report.ts";

/** What a {@linkcode Topology} is made of. */
export interface TopologyOptions {
  /** Where the model lies. */
  readonly device: Device;
  /** The model. */
  readonly model: AnyModule;
  /** The moments of the optimizer, which move with the connections. */
  readonly moments: Moments;
  /** How patterns change; never if absent. */
  readonly method: Method | undefined;
  /** Seed of random growth. */
  readonly seed: number;
  /** What parameters begin with that have no memory yet; by default as the device says. */
  readonly beginning?: PlaceOptions;
  /** The processes that train together; one by itself if absent. */
  readonly parallel?: Parallel | undefined;
}

/** The patterns of a model and how they change. */
export class Topology implements Disposable {
  readonly #options: TopologyOptions;
  /** Those that this process has, with their places among all. */
  readonly #weights: readonly {
    weight: SparseWeight;
    label: string;
    mayAblate: boolean;
    layer: number;
  }[];
  readonly #all: readonly LayerWeight[];
  readonly #histories = new Map<SparseWeight, History>();
  /** Views that are on the device by now; the next ones come in their arrays. */
  readonly #views = new Map<SparseWeight, TransposedView>();
  /** Connections by pattern. */
  readonly #counted = new WeakMap<Pattern, number>();
  readonly #meter = new MaskMeter();
  readonly #scoring: Scoring;
  #rewirer: Rewirer | undefined;
  #disposed = false;

  /**
   * Looks the sparse matrices of the model up.
   *
   * @throws {RangeError} if the method is none, or does not know how to change one of their patterns.
   */
  constructor(options: TopologyOptions) {
    this.#options = options;
    requireModule(options.model, "train", "the model");
    this.#all = options.model.weights;
    const sparse = this.#all.flatMap(({ sparse: weight, label }, i) =>
      // The output layer is never ablated: every class needs its row (SRigL, section 3).
      weight === undefined ? [] : [{ weight, label, mayAblate: i < this.#all.length - 1 }]
    ).map((each, layer) => ({ ...each, layer }));
    const { spread } = options.model;
    this.#weights = sparse.filter(({ weight: { values } }) => isHere(spread, values));
    if (options.method !== undefined) checkMethod(options.method);
    if (spread !== undefined && options.method?.growth === "gradient") {
      throw new RangeError(
        `Cannot rewire a model that is spread over ranks by "${options.method.name}", which grows by gradient; expected a method that ` +
          "grows at random, such as set, or none",
      );
    }
    for (const { weight, label } of this.#weights) {
      if (options.method === undefined) continue;
      requirePattern(options.method, weight.spec, label);
      requireStorage(options.method, weight, label);
    }
    this.#scoring = new Scoring(options, this.#candidateCounts());
  }

  /**
   * Gives back the histories and the program of growth scores. Patterns can be read afterwards, nothing else. Disposing
   * twice is disposing once.
   */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#scoring[Symbol.dispose]();
    for (const history of this.#histories.values()) history[Symbol.dispose]();
    this.#histories.clear();
    this.#views.clear();
  }

  /** Active share of the weights of all layers, dense ones included. */
  get density(): number {
    let active = 0;
    let size = 0;
    for (const { shape, sparse } of this.#all) {
      size += shape[0] * shape[1];
      active += sparse === undefined ? shape[0] * shape[1] : this.#connections(sparse);
    }
    return active / size;
  }

  /** Share of absent connections over the layers that are sparse; 0 if none is. */
  get sparsity(): number {
    let active = 0;
    let size = 0;
    for (const { weight } of this.#weights) {
      active += this.#connections(weight);
      size += weight.rows * weight.inputs;
    }
    return size === 0 ? 0 : 1 - active / size;
  }

  /** Active connections of a weight, counted once for each pattern. */
  #connections(weight: SparseWeight): number {
    if (!weight.drawn) return firstConnections(weight.geometry);
    const { pattern } = weight;
    let connections = this.#counted.get(pattern);
    if (connections === undefined) {
      connections = countConnections(pattern);
      this.#counted.set(pattern, connections);
    }
    return connections;
  }

  /** One hash of all patterns. Of a model that is spread over ranks every rank asks for it at the same time. */
  get hash(): string {
    const { spread } = this.#options.model;
    return this.#all.flatMap(({ sparse }) =>
      sparse === undefined
        ? []
        : [saidOfParameter(spread, sparse.values, () => patternHash(sparse.pattern))]
    ).join("-");
  }

  /** Statistics of every sparse layer. */
  statistics(): LayerStatistics[] {
    this.#requireLive("read statistics");
    return this.#weights.map(({ weight, label }) => {
      const { rows, inputs, pattern } = weight;
      const statistics = patternStatistics(pattern);
      const { explored = statistics.density, replacedYoung } = this.#histories.get(weight) ?? {};
      return {
        label,
        shape: [rows, inputs],
        explored,
        ...(replacedYoung === undefined ? {} : { replacedYoung }),
        ...statistics,
      };
    });
  }

  /** What is measured of the masks of weights, by layer; reads them, and moments, from the device. */
  async masks(step: number): Promise<ReadonlyMap<string, MaskMeasures>> {
    this.#requireLive("measure masks");
    return await this.#meter.read(this.#options, this.#weights, step);
  }

  /** The history of each weight's pattern, as it is saved. */
  get histories(): Map<SparseWeight, HistoryWords> {
    this.#requireLive("read histories");
    return new Map(this.#weights.flatMap(({ weight }): [SparseWeight, HistoryWords][] => {
      const words = this.#histories.get(weight)?.words;
      const measured = this.#meter.wordsOf(weight);
      if (measured !== undefined) return [[weight, { ...words, measured }]];
      return words === undefined ? [] : [[weight, words]];
    }));
  }

  /** Goes on with histories that {@linkcode histories} gave; those of other weights begin anew with their patterns. */
  async restore(histories: ReadonlyMap<SparseWeight, HistoryWords>): Promise<void> {
    for (const { weight } of this.#weights) {
      const words = histories.get(weight);
      this.#histories.get(weight)?.[Symbol.dispose]();
      this.#histories.delete(weight);
      this.#views.delete(weight);
      this.#meter.restore(weight, words?.measured);
      if (words?.explored === undefined) continue;
      (await this.#historyOf(weight)).restore(words, weight.pattern);
    }
  }

  /** The program that scores the growth of batches, before it is compiled; none where growth needs no gradient. */
  planProbe(specs: readonly InputSpec[], loss: StepLoss): TracedProgram[] {
    return this.#scoring.plan(specs, loss, this.#candidateCounts());
  }

  /**
   * Compares patterns and parameters over all ranks.
   *
   * @param when Where the training stands, for the error.
   * @throws {RanksDifferError} on every rank if one has others.
   */
  async agree(when: string): Promise<void> {
    const { parallel, device, model } = this.#options;
    if (parallel === undefined) return;
    const digest = await modelDigest(device, model);
    await requireSameOnAll(parallel, `the patterns or parameters ${when}`, digest);
  }

  /** Growth candidates per list or segment that the first rewiring will fetch; empty where growth needs no gradient. */
  #candidateCounts(): Map<SparseWeight, number> {
    const { method } = this.#options;
    if (method?.growth !== "gradient") return new Map();
    const fraction = fractionOf(method, 0, Number.MAX_SAFE_INTEGER);
    return new Map(this.#weights.map(({ weight }) => [
      weight,
      candidatesOf(method, weight.geometry, fraction),
    ]));
  }

  /** Compiles what rewirings need for batches of a shape; growth follows the gradient of the loss. */
  async prepare(specs: readonly InputSpec[], loss: StepLoss): Promise<void> {
    for (const { weight, label } of this.#weights) {
      if (weight.mask === undefined && isRecordable(weight.geometry)) await this.#historyOf(weight);
      await this.#choose(weight, label);
    }
    await this.#scoring.prepare(specs, loss);
  }

  /** Lets the method choose what the forward reads, where the storage chooses and nobody has yet. */
  async #choose(weight: SparseWeight, name: string): Promise<void> {
    const { method, device } = this.#options;
    const chooses = storageOf(weight.storage).chooses === true && weight.chosen === undefined;
    if (method?.choose === undefined || !chooses) return;
    const rewirer = this.#rewirer ??= await openRewirer();
    const values = await device.readFloats(weight.values);
    this.#requireLive("choose connections");
    const layer = { name, pattern: weight.pattern, values, moments: [] };
    weight.choose(device, method.choose(layer, rewirer));
  }

  /** The history of a weight's pattern; a new one begins with the present pattern. */
  async #historyOf(weight: SparseWeight): Promise<History> {
    let history = this.#histories.get(weight);
    if (history === undefined) {
      this.#rewirer ??= await openRewirer();
      this.#requireLive("begin a history");
      const explored = this.#rewirer.explore(weight.geometry);
      explored.add(weight.pattern);
      history = new History(explored);
      this.#histories.set(weight, history);
    }
    return history;
  }

  /** Rewires every sparse layer if the method's schedule says so at this step. */
  async maybeRewire(
    inputs: StepInputs,
    clock: Clock,
    examples: number,
  ): Promise<RewireReport | undefined> {
    this.#requireLive("rewire");
    const { method, device } = this.#options;
    const { step, totalSteps } = clock;
    if (method === undefined || this.#weights.length === 0) return undefined;
    if (method.mask !== undefined) await setMasks(method, device, this.#weights, clock);
    if (step === 0 || step % method.every !== 0) return undefined;
    const fraction = fractionOf(method, step, totalSteps);
    if (fraction === 0) return undefined;
    return await this.#rewire(method, fraction, inputs, clock, examples);
  }

  async #rewire(
    method: Method,
    fraction: number,
    inputs: StepInputs,
    clock: Clock,
    examples: number,
  ): Promise<RewireReport> {
    const { seed } = this.#options;
    const threshold = thresholdOf(method, clock.step, clock.totalSteps);
    const below = threshold === undefined ? {} : { threshold };
    const start = performance.now();
    const rewirer = this.#rewirer ??= await openRewirer();
    const spentBatch = this.#scoring.wanted;
    const batch = { inputs, clock, examples };
    const loss = spentBatch ? await this.#scoring.score(batch) : undefined;
    const results: { weight: SparseWeight; label: string; result: RewireResult }[] = [];
    for (const each of this.#weights) {
      const { weight, label, layer } = each;
      const state = await this.#layerState(each, batch);
      const context = { rewirer, seed, step: clock.step, layer, fraction, ...below };
      const result = await method.rewire(state, context);
      checkResult(method, label, state, result);
      results.push({ weight, label, result });
    }
    // The batch that went into scores updates nothing; of several the others do.
    const skipped = spentBatch && examples === (clock.part?.total ?? examples);
    const at = { ...this.#freshContext(clock), first: clock.step + Number(skipped) };
    // Only now, so that scores that had to be fetched again still saw the old model.
    for (const { weight, result } of results) this.#apply(weight, result, at);
    await this.agree(`after the rewiring of step ${clock.step}`);
    return {
      ...{ fraction, ...below, spentBatch },
      ...(loss === undefined ? {} : { loss }),
      layers: results.map(({ weight, label, result }) =>
        layerReport(label, result, this.#histories.get(weight))
      ),
      seconds: (performance.now() - start) / 1000,
    };
  }

  async #layerState(
    { weight, label: name, mayAblate }: {
      readonly weight: SparseWeight;
      readonly label: string;
      readonly mayAblate: boolean;
    },
    batch: ScoredBatch,
  ): Promise<LayerState> {
    const { device, moments: kept } = this.#options;
    const { pattern } = weight;
    const inherits = kept.fresh(weight.values)?.kind === "inherited";
    const storage = storageOf(weight.storage);
    const [values, ...moments] = (await Promise.all(
      [weight.values, ...kept.of(weight.values)].map((r) => device.readFloats(r)),
    )).map((stored) => storage.slots(pattern, stored));
    const marks = await marksOf(weight, this.#freshContext(batch.clock));
    if (marks !== undefined) moments.push(marks);
    const wantsView = weight.hasView(device);
    const spareView = this.#views.get(weight);
    const state = {
      ...{ name, pattern, values, moments, mayAblate, inherits, wantsView, expendable: true },
      ...(spareView === undefined ? {} : { spareView }),
    };
    if (!this.#scoring.wanted) return state;
    const scores = await this.#scoring.read(weight);
    return {
      ...state,
      gradient: storage.slots(pattern, scores.gradient),
      candidates: (count) => this.#scoring.atLeast(count, weight, scores, batch),
    };
  }

  #requireLive(action: string): void {
    if (!this.#disposed) return;
    throw new ReferenceError(
      `Cannot ${action}: the topology was disposed of; expected one that was not`,
    );
  }

  #freshContext({ step }: Clock): FreshContext {
    const { device, moments } = this.#options;
    return { device, moments, step };
  }

  #apply(
    weight: SparseWeight,
    result: RewireResult,
    at: FreshContext & { readonly first: number },
  ): void {
    const { device, moments } = at;
    this.#histories.get(weight)?.note(weight.pattern, result.pattern);
    weight.rewire(device, result.pattern, result.view, result.chosen);
    if (result.view !== undefined) this.#views.set(weight, result.view);
    // Over a master connections come and go; it stays, with its moments.
    if (!storageOf(weight.storage).moves) return;
    device.write(weight.values, result.values);
    const resources = moments.of(weight.values);
    const marks = result.moments[resources.length];
    if (marks !== undefined) settleFresh(weight, { ...result, marks }, at, at.first);
    resources.forEach((moment, i) => device.write(moment, result.moments[i]));
  }
}
