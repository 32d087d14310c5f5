/**
 * Layers, and what modules are.
 *
 * @module
 */
export type { Context, ContextOptions, Mode, Randomness } from "./context.ts";
export {
  childOf,
  defineLayer,
  type ExampleShape,
  type ExportWriter,
  type LayerDefinition,
  type LayerDefinitionParts,
  type LayerExport,
  type LayerParts,
  recordOf,
  type Rows,
  type SettingsOf,
  shapeAfter,
  type StoredLayer,
} from "./definition.ts";
export * from "./label_head.ts";
export * from "./label_heads.ts";
export * from "./layers.ts";
export {
  type AnyModule,
  makeModule,
  type Module,
  type ModuleParts,
  treeOfModel,
} from "./module.ts";
export type { MatrixPatterns, WeightOptions } from "./parameters.ts";
export type { LayerWeight, Tree, TreeNode, Weight } from "./tree.ts";
