/**
 * The tree of a model: the ways to its modules and parameters. What is reached by several ways exists once, under the first.
 *
 * @module
 */
import { Resource } from "../program/resource.ts";
import type { SparseWeight } from "../sparse/weight.ts";

/** The matrix of a linear layer or a convolution. */
export interface Weight {
  /** Shape `[outputs, inputs]`. */
  readonly shape: readonly [number, number];
  /** Height and width of the windows of a convolution; its inputs are channels times these. */
  readonly kernel?: readonly [height: number, width: number];
  /** The values: all of them, or those of the active connections. */
  readonly values: Resource;
  /** The sparse matrix, if it is one. */
  readonly sparse: SparseWeight | undefined;
}

/** A {@linkcode Weight} with its place in a model. */
export interface LayerWeight extends Weight {
  /** The way to it from the model, such as `"layer0.weight"`; no other parameter of the model has the same. */
  readonly label: string;
}

/** What a tree is made of: modules, whatever they take and give. */
export interface TreeNode {
  /** What the modules above call it, where they say nothing else. */
  readonly name: string;
  /** The modules that it is made of, by their names in it. */
  readonly children: Readonly<Record<string, TreeNode>>;
  /** Parameters that belong to none of them, by name. */
  readonly own: Readonly<Record<string, Resource | Weight>>;
}

/** The ways to everything in a tree, from the model down, in the order in which it is met. */
export interface Tree {
  /** Of modules. A child whose name is empty is where its parent is. */
  readonly modules: ReadonlyMap<object, string>;
  /** Of parameters; no two have the same. */
  readonly parameters: ReadonlyMap<Resource, string>;
  /** The weight matrices among them. */
  readonly weights: readonly LayerWeight[];
}

/** What has been met of a tree. */
interface Growing {
  readonly modules: Map<object, string>;
  readonly parameters: Map<Resource, string>;
  readonly weights: LayerWeight[];
  /** Ways that lead to a module, and to a parameter. */
  readonly taken: { readonly modules: Set<string>; readonly parameters: Set<string> };
}

/** The tree below a module, which itself lies where its name says. */
export function treeOf(root: TreeNode): Tree {
  const tree: Growing = {
    modules: new Map(),
    parameters: new Map(),
    weights: [],
    taken: { modules: new Set(), parameters: new Set() },
  };
  grow(tree, root, root.name);
  return tree;
}

/** Names of which none is there twice: those that come again get a number, first come first served. */
export function numbered(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted}.${count}`;
  return name;
}

/** The values of an own parameter. */
export function valuesOf(own: Resource | Weight): Resource {
  return own instanceof Resource ? own : own.values;
}

function grow(tree: Growing, node: TreeNode, path: string): void {
  const { modules, parameters, weights, taken } = tree;
  modules.set(node, path);
  taken.modules.add(path);
  for (const [name, own] of Object.entries(node.own)) {
    const values = valuesOf(own);
    const label = parameters.get(values) ?? numbered(join(path, name), taken.parameters);
    taken.parameters.add(label);
    parameters.set(values, label);
    if (own instanceof Resource || weights.some((weight) => weight.values === values)) continue;
    weights.push({ ...own, label });
  }
  for (const [name, child] of Object.entries(node.children)) {
    if (modules.has(child)) continue;
    grow(tree, child, name === "" ? path : numbered(join(path, name), taken.modules));
  }
}

function join(path: string, name: string): string {
  return path === "" || name === "" ? path + name : `${path}.${name}`;
}
