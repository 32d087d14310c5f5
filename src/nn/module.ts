/**
 * What a module is: a function of tensors and a context that knows its parameters and the modules that it is made of.
 *
 * @module
 */
import type { Resource } from "../program/resource.ts";
import { kindOf, type Tensor } from "../program/trace.ts";
import { type Context, type ContextOptions, ModuleContext } from "./context.ts";
import type { LayerDefinition } from "./definition.ts";
import type { Values } from "../definitions/option.ts";
import { joinedSpread, type RankSpread } from "./spread.ts";
import { type LayerWeight, numbered, type Tree, treeOf, type Weight } from "./tree.ts";

/**
 * A function of tensors that knows its parameters and the modules that it is made of.
 *
 * @typeParam In What it takes: a tensor, or a record of several.
 * @typeParam Out What it gives.
 */
export interface Module<In = Tensor, Out = Tensor> {
  /** Applies the module. The context says what the call is for; an evaluation by default. */
  (input: In, context?: ContextOptions): Out;
  /** What it is. */
  readonly kind: string;
  /** What modules above call it, where they say nothing else; empty if it has no name. */
  readonly name: string;
  /** The modules that it is made of, by their names in it. */
  readonly children: Readonly<Record<string, AnyModule>>;
  /** Parameters that belong to none of them, by name. */
  readonly own: Readonly<Record<string, Resource | Weight>>;
  /** Everything that training changes in it and below it, each once, in a fixed order. */
  readonly parameters: readonly Resource[];
  /** The weight matrices in it and below it, each once, from the input to the output. */
  readonly weights: readonly LayerWeight[];
  /** Which of its parameters, and of those below it, are spread over ranks; none if absent. */
  readonly spread?: RankSpread;
  /** What its kind is: what exports and `loadModel` need. Modules without it are trained, saved and restored alike. */
  readonly definition?: LayerDefinition<AnyModule>;
  /** What it was made with. */
  readonly settings?: Values;
}

/** A module, whatever it takes and gives. */
export type AnyModule = Module<never, unknown>;

/** What {@linkcode makeModule} is told beside the function. */
export interface ModuleParts
  extends
    Pick<Module, "kind">,
    Partial<Pick<Module, "name" | "definition" | "settings" | "spread">> {
  /** The modules that it is made of, by their names in it; none by default. */
  readonly children?: Readonly<Record<string, AnyModule>>;
  /** Parameters that belong to none of them, by name; none by default. */
  readonly own?: Readonly<Record<string, Resource | Weight>>;
}

const TREES = new WeakMap<AnyModule, Tree>();

/**
 * The ways to everything in a model: to its modules, its parameters and its weights.
 *
 * @example
 * ```ts
 * import { nn } from "@filigree/filigree";
 *
 * const model = nn.sequential({ hidden: nn.linear(4, 8), relu: nn.relu(), head: nn.linear(8, 2) });
 * const paths = [...nn.treeOfModel(model).parameters.values()];
 * console.assert(paths.join() === "hidden.weight,hidden.bias,head.weight,head.bias");
 * ```
 */
export function treeOfModel(model: AnyModule): Tree {
  const tree = TREES.get(model) ?? treeOf(model);
  TREES.set(model, tree);
  return tree;
}

/** Tells the way to a parameter of a model. */
export function pathsIn(model: AnyModule): (parameter: Resource) => string {
  const { parameters } = treeOfModel(model);
  return (parameter) => parameters.get(parameter) ?? parameter.label;
}

/**
 * Makes a module of a function. It calls its children with the context that it gets; what it does not list is neither saved
 * nor restored nor rewired.
 *
 * @throws {TypeError} if a child is no module, or a name is a whole number or has a colon.
 * @example
 * ```ts
 * import { add, createDevice, matrix, nn, type Tensor } from "@filigree/filigree";
 *
 * const left = nn.linear(4, 8), right = nn.linear(3, 8);
 * const both = nn.makeModule(
 *   ({ a, b }: { a: Tensor; b: Tensor }, context) => add(left(a, context), right(b, context)),
 *   { kind: "both", children: { left, right } },
 * );
 * console.assert(both.weights[1].label === "right.weight");
 * using device = await createDevice({ prefer: "wasm", threads: 1 });
 * using _program = await device.compile([matrix(4, 32), matrix(3, 32)], (a, b) => both({ a, b }));
 * ```
 */
export function makeModule<In = Tensor, Out = Tensor>(
  forward: (input: In, context: Context) => Out,
  { name = "", children = {}, own = {}, ...parts }: ModuleParts,
): Module<In, Out> {
  const action = `make a module of the kind "${parts.kind}"`;
  for (const [key, child] of Object.entries(children)) {
    requireModule(child, action, `its child "${key}"`);
  }
  for (const key of [name, ...Object.keys(children), ...Object.keys(own)]) {
    if (!/^\d+$|:/.test(key)) continue;
    throw new TypeError(
      `Cannot ${action}: it, or a part of it, is called "${key}"; expected a name without colons that is no whole number, ` +
        "since JavaScript does not keep the order of those",
    );
  }
  const { parameters, weights } = treeOf({ name, children, own });
  const spread = joinedSpread([parts, ...Object.values(children)]);
  const call = (input: In, given: ContextOptions = {}): Out =>
    forward(input, ModuleContext.of(module, given, () => treeOfModel(module).modules));
  const module: Module<In, Out> = Object.assign(
    // The name of a function cannot be assigned to.
    Object.defineProperty(call, "name", { value: name }),
    {
      ...{ ...parts, children, own, parameters: [...parameters.keys()], weights },
      ...(spread === undefined ? {} : { spread }),
    },
  );
  return module;
}

/**
 * Names for modules of a list: their own, else their kinds; those that come again get a number.
 *
 * @throws {TypeError} if one of them is no module.
 */
export function keyed(modules: readonly AnyModule[]): Record<string, AnyModule> {
  const children = new Map<string, AnyModule>();
  const keys = new Set<string>();
  for (const [i, module] of modules.entries()) {
    requireModule(module, "compose layers", `layer ${i}`);
    const key = numbered(module.name === "" ? module.kind : module.name, keys);
    keys.add(key);
    children.set(key, module);
  }
  return Object.fromEntries(children);
}

/**
 * Refuses what is no module.
 *
 * @param action What it was wanted for, and `what` it is there: "train", "the model".
 * @throws {TypeError} if it is a function that does not know its parameters, or no function.
 */
export function requireModule(module: AnyModule, action: string, what: string): void {
  const isFunction = typeof module === "function";
  if (isFunction && Array.isArray(module.parameters) && Array.isArray(module.weights)) return;
  throw new TypeError(
    `Cannot ${action}: ${what} is ${
      isFunction ? "a plain function, which does not know its parameters" : kindOf(module)
    }; expected a Module, as nn.linear and nn.sequential make, or nn.makeModule(f, { kind, children, own }) ` +
      "of a function of your own",
  );
}
