/**
 * What optimizers have in common: the gradients of a loss go through transforms, and are applied to parameters in groups, one
 * in-place update each.
 *
 * @module
 */
import { STEP_WORDS } from "../device/step_block.ts";
import { groupLasso as groupLassoKernel } from "../ops/kernels/group_lasso.ts";
import type { Resource } from "../program/resource.ts";
import type { Clock, StepWords, Tensor, Trace } from "../program/trace.ts";
import { chain, type Gradients, gradientsOf, type Transform } from "./gradients.ts";
import type { GradientSums } from "./gradient_sums.ts";
import { movedUnits } from "./fresh.ts";
import { groupsOf, type ParameterGroup, type PathOf, selectorName } from "./groups.ts";
import { type FreshOfRule, type Moments, momentsOf } from "./moments.ts";
import { checkRate, type LearningRate, rateAt } from "./schedule.ts";
import { clipByNorm, type MeasuredGradients, measureNorm, requireDecay } from "./transforms.ts";

/** Changes parameters so that a loss falls. It says how, and keeps nothing: see {@linkcode Optimizer.begin}. */
export interface Optimizer {
  /** For people. */
  readonly name: string;
  /** Learning rate at a step. */
  readonly learningRate: LearningRate;
  /** The groups of parameters that have options of their own. */
  readonly groups?: readonly GroupRate[];
  /** Everything else that tells it from others of its name: what must stay the same when a run goes on. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /**
   * Makes the moments of parameters: two trainings by one optimizer have two of these.
   *
   * @param parameters All that there are.
   * @param pathOf Their paths, by which groups choose; their labels by default.
   * @throws {RangeError} if a group has no parameter, or a parameter two groups.
   */
  begin(parameters: readonly Resource[], pathOf?: PathOf): Moments;
  /** What its options do to gradients before they are applied: transforms of one's own, then the norm, and clipping by it. */
  transform(gradients: Gradients): MeasuredGradients;
  /**
   * Records the update of every parameter that has a gradient.
   *
   * @throws {TypeError} if the moments are of another optimizer.
   */
  apply(gradients: Gradients, moments: Moments): void;
  /**
   * Records the gradients of every parameter that the loss reaches and their updates: `gradientsOf`, `transform`, `apply`.
   *
   * @returns The loss, of all batches of the update where it has several.
   */
  update(loss: Tensor, options?: UpdateOptions): Tensor;
  /** Records what {@linkcode Optimizer.update} does, and gives the norm of the gradient as well. */
  measuredUpdate(loss: Tensor, options?: UpdateOptions): MeasuredUpdate;
}

/** The learning rate of a group. */
export interface GroupRate {
  /** Its selector, as text. */
  readonly name: string;
  /** Learning rate at a step. */
  readonly learningRate: LearningRate;
}

/** Options of {@linkcode Optimizer.update}. */
export interface UpdateOptions {
  /** Gradients of the batches before; the loss is that of the last batch of the update. */
  readonly sums?: GradientSums;
  /** Gradients of the loss that are there already, such as {@linkcode GradientSums.held} gives; by default they are recorded. */
  readonly gradients?: Gradients;
  /** What {@linkcode Optimizer.begin} gave; by default moments that this program has for itself. */
  readonly moments?: Moments;
  /** What is done to the gradients, those of all batches together, before anything else is. */
  readonly transform?: Transform;
  /** The step of a run from which on second moments stay as they are; the optimizer has to have some. */
  readonly frozenFrom?: (totalSteps: number) => number;
}

/** Scalars of an update. */
export interface MeasuredUpdate {
  /** The loss, of all batches of the update where it has several. */
  readonly loss: Tensor;
  /** Root of the sum of the squares of all gradients, before clipping and without weight decay. */
  readonly gradientNorm: Tensor;
}

/** Options that a group of parameters may have for itself. */
export interface GroupOptions {
  /** Learning rate. */
  readonly learningRate: LearningRate;
  /** Decay of the weights (not of biases and norms); 0 by default. */
  readonly weightDecay?: number;
  /** Whether biases and norms decay as the weights do; false by default. */
  readonly decayAll?: boolean;
  /**
   * How strongly whole units of sparse weights are drawn towards 0 (Dietrich et al. 2022, equation 2), beside weight decay or in
   * its place; 0 by default. With this as lambda, `lambda * 0.02 * sqrt(connections of a unit) * w / sqrt(sum of the unit's w^2 +
   * 1e-6)` is added to the direction of an update, decoupled from the gradient, and nothing is drawn beyond 0. Stored units
   * alone have it: dense weights and masters have none.
   */
  readonly groupLasso?: number;
}

/** Options that every optimizer has. */
export interface CommonOptions<Group extends GroupOptions = GroupOptions> extends GroupOptions {
  /** Largest global norm of the gradient, over all groups; unlimited by default. */
  readonly clipNorm?: number;
  /** What is done to the gradients before they are measured and clipped, in order; nothing by default. */
  readonly transforms?: readonly Transform[];
  /** Parameters with options of their own; those that no group names have the optimizer's. */
  readonly groups?: readonly ParameterGroup<Group>[];
}

/** The parts of the update of one parameter. */
export interface ParameterUpdate {
  /** Its values. */
  readonly values: Tensor;
  /** As long as the values. */
  readonly gradient: Tensor;
  /** What the gradient is to be multiplied by. */
  readonly factor: Tensor;
  /** Weight decay of this parameter. */
  readonly weightDecay: number;
  /** The step block of its group, with the learning rate. */
  readonly step: Tensor;
  /** The ages of its units, and its values before the first one, where corrections count from them. */
  readonly births?: { readonly ages: Tensor; readonly area: number; readonly begin: number };
}

/** What tells one optimizer from another: its rule, with the options of a group. */
export interface UpdateRule {
  /** Names of what is kept per value. */
  readonly moments: readonly string[];
  /** What those of grown connections begin with. */
  readonly fresh?: FreshOfRule;
  /** Fills the step block of the group before each update, beside the learning rate. */
  writeStep?(words: StepWords, clock: Clock, frozen: number): void;
  /** Whether it has second moments that can stay as they are, from step `frozen` on. */
  readonly freezes?: boolean;
  /** Records the update of one parameter. */
  update(parts: ParameterUpdate, moments: readonly Tensor[]): void;
}

/** What {@linkcode makeOptimizer} takes. */
export interface OptimizerParts<Group extends GroupOptions> {
  /** For people. */
  readonly name: string;
  /** Options of the optimizer. */
  readonly options: CommonOptions<Group> & Group;
  /** The rule of a group; checks its options. */
  rule(owner: string, options: Group): UpdateRule;
}

/** A group with its rule. */
interface Group extends Required<GroupOptions> {
  readonly rule: UpdateRule;
}

/**
 * Makes an optimizer.
 *
 * @throws {RangeError} if the norm to clip at or a learning rate is not above 0, or a weight decay no finite number of at
 * least 0.
 */
export function makeOptimizer<Own extends GroupOptions>(
  { name, options, rule }: OptimizerParts<Own>,
): Optimizer {
  const { clipNorm, transforms = [], groups: given = [] } = options;
  const selectors = given.map(({ parameters }) => parameters);
  const groups = [
    groupFor(name, options, rule),
    ...given.map((group) =>
      groupFor(
        `the group "${selectorName(group.parameters)}" of ${name}`,
        { ...options, ...group },
        rule,
      )
    ),
  ];
  const own = chain(...transforms);
  const clip = clipNorm === undefined ? measureNorm : clipByNorm(clipNorm);
  const transform = (gradients: Gradients): MeasuredGradients => clip(own(gradients));
  const begin = (parameters: readonly Resource[], pathOf: PathOf = labelOf): Moments =>
    momentsOf({
      groups: groupsOf(name, selectors, parameters, pathOf),
      names: groups.map((group) => group.rule.moments),
      fresh: groups.map((group) => group.rule.fresh),
      pathOf,
    });
  const apply = (gradients: Gradients, moments: Moments): void =>
    applyTo(name, groups, gradients, moments);
  const measuredUpdate = (loss: Tensor, given: UpdateOptions = {}): MeasuredUpdate => {
    const { sums } = given;
    const found = given.gradients ?? gradientsOf(loss);
    const summed = sums === undefined ? found : sums.sum(found);
    const gradients = transform(given.transform?.(summed) ?? summed);
    applyTo(
      name,
      groups,
      gradients,
      given.moments ?? begin([...gradients.of.keys()]),
      given.frozenFrom,
    );
    return { loss: gradients.loss, gradientNorm: gradients.norm };
  };
  return {
    ...{ name, learningRate: options.learningRate, settings: settingsOf(options) },
    ...given.length === 0 ? {} : {
      groups: given.map(({ parameters }, i) => ({
        name: selectorName(parameters),
        learningRate: groups[i + 1].learningRate,
      })),
    },
    ...{ begin, transform, apply, measuredUpdate },
    update: (loss, options) => measuredUpdate(loss, options).loss,
  };
}

/** A group with the rule of its options. */
function groupFor<Own extends GroupOptions>(
  owner: string,
  options: Own,
  ruleOf: OptimizerParts<Own>["rule"],
): Group {
  const { learningRate, weightDecay = 0, decayAll = false, groupLasso = 0 } = options;
  checkRate(owner, learningRate);
  const rule = ruleOf(owner, options);
  requireDecay(owner, weightDecay);
  requireDecay(owner, groupLasso, "groupLasso");
  return { learningRate, weightDecay, decayAll, groupLasso, rule };
}

/** Everything but rates, and but what a run is told by otherwise: what transforms do is part of what a step computes. */
function settingsOf<Own extends GroupOptions>(
  { learningRate: _rate, transforms: _transforms, groups, ...settings }: CommonOptions<Own>,
): Record<string, unknown> {
  if (groups === undefined || groups.length === 0) return settings;
  const said = groups.map(({ learningRate: _own, parameters, ...own }) => ({
    parameters: selectorName(parameters),
    ...own,
  }));
  return { ...settings, groups: said };
}

/** The group whose learning rate is in the first step block of a trace. */
const FIRST_GROUPS = new WeakMap<Trace, Group>();

/** Records the update of every parameter, each with the step block of its group. */
function applyTo(
  name: string,
  groups: readonly Group[],
  { loss: { trace }, of, factor = trace.one, decay }: Gradients,
  moments: Moments,
  frozenFrom?: UpdateOptions["frozenFrom"],
): void {
  const steps: (Tensor | undefined)[] = [];
  if (frozenFrom !== undefined && groups.some(({ rule }) => rule.freezes !== true)) {
    throw new RangeError(
      `Cannot freeze the second moments of ${name}: it has none; expected adamw`,
    );
  }
  const writeStep = (group: Group) => (words: StepWords, clock: Clock): void => {
    const { step, totalSteps } = clock;
    words.f32[STEP_WORDS.learningRate] = rateAt(group.learningRate, step, totalSteps);
    const frozen = frozenFrom?.(totalSteps) ?? Infinity;
    words.u32[STEP_WORDS.frozen] = Number(step >= frozen);
    group.rule.writeStep?.(words, clock, frozen);
  };
  // Another optimizer of the same program has a step block of its own.
  const first = FIRST_GROUPS.get(trace) ?? groups[0];
  FIRST_GROUPS.set(trace, first);
  if (first === groups[0]) {
    trace.stepWriters.push(writeStep(first));
    steps[0] = trace.step;
  }
  for (const [parameter, gradient] of of) {
    const number = moments.groupOf(parameter);
    const group = groups[number];
    const kept = moments.of(parameter);
    if (group === undefined || kept.length !== group.rule.moments.length) {
      throw new TypeError(
        `Cannot update "${parameter.label}" by ${name}: its moments are of another optimizer; ` +
          "expected those that begin() of this one gave",
      );
    }
    const values = trace.resource(parameter);
    const weightDecay = decay?.(parameter) ??
      (parameter.decay || group.decayAll ? group.weightDecay : 0);
    const step = steps[number] ??= trace.stepBlock(writeStep(group));
    if (group.groupLasso > 0) recordLasso(parameter, values, step, group.groupLasso);
    const fresh = moments.fresh(parameter);
    const births = fresh?.kind !== "local" ? {} : {
      births: {
        ages: trace.resource(fresh.births.resource),
        area: fresh.births.area,
        begin: parameter.place?.begin ?? 0,
      },
    };
    const parts = { values, gradient, factor, weightDecay, step, ...births };
    group.rule.update(parts, kept.map((moment) => trace.resource(moment)));
  }
}

/** Deviation of the first values of a weight in the paper of the group lasso. */
const FIRST_DEVIATION = 0.02;

/** Records what a group lasso takes from a weight before its update, in one pass over its units. */
function recordLasso(parameter: Resource, values: Tensor, step: Tensor, lambda: number): void {
  const area = movedUnits(parameter.whole)?.area;
  if (area === undefined) return;
  const weight = lambda * FIRST_DEVIATION * Math.sqrt(area);
  const slots = Math.floor(values.elements / area);
  values.trace.emit(groupLassoKernel, [values, step], { slots, area, weight });
}

function labelOf({ label }: Resource): string {
  return label;
}
