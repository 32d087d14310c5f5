/**
 * Filigree trains neural networks whose weights are stored sparse from the first step to the
 * checkpoint, on any GPU through WebGPU or on the CPU through WebAssembly SIMD.
 *
 * This is what a training in memory needs. Readers of files are in `@filigree/filigree/files`, the folders of runs, trained
 * models and exports in `@filigree/filigree/runs`.
 *
 * @example
 * ```ts
 * import { adamw, cosine, createDevice, mlp, srigl, Trainer } from "@filigree/filigree";
 *
 * const device = await createDevice({ prefer: "wasm", threads: 1 });
 * const trainer = new Trainer({
 *   device,
 *   model: mlp({ sizes: [784, 512, 512, 10], sparsity: 0.95 }),
 *   optimizer: adamw({ learningRate: cosine(1e-3, { warmup: 100 }) }),
 *   method: srigl({ every: 100, fraction: 0.3, until: 0.75, gammaSal: 0.3 }),
 * });
 * console.log(trainer.plan({ inputs: 784, batchSize: 128 }).bytes.total);
 * device.close();
 * ```
 *
 * @module
 */
export type {
  Backend,
  BackendInfo,
  BackendName,
  BufferView,
  Capacity,
  DeviceBuffer,
  Executable,
  KernelCall,
  KernelCallShape,
} from "./src/device/backend.ts";
export type { Replacements } from "./src/device/replace.ts";
export { DeviceLostError, KernelCompileError } from "./src/device/errors.ts";
export type {
  Binding,
  Dispatch,
  GpuKernel,
  Kernel,
  KernelEpilogue,
  KernelFollower,
  KernelRun,
  Param,
  Params,
  Traits,
  Variant,
  Variants,
} from "./src/device/kernel.ts";
export { type Random, RANDOM_USE, type RandomKey, type RandomUse } from "./src/device/random.ts";
export {
  type CompileOptions,
  Device,
  type DeviceOptions,
  labels,
  matrix,
  vector,
} from "./src/program/device.ts";
export { type HeldMemory, HeldOutput, type HeldShape, Holds } from "./src/program/holds.ts";
export type { RunInputs } from "./src/program/inputs.ts";
export type { PlaceOptions } from "./src/program/placement.ts";
export type { Bytes, Plan, PlannedProgram, Slot } from "./src/program/plan.ts";
export {
  type InputReading,
  type InputSpec,
  Program,
  type Traced,
  type TracedProgram,
  type TraceOptions,
} from "./src/program/program.ts";
export {
  type Category,
  type Origin,
  Resource,
  type ResourceData,
  type ResourceOptions,
  type ResourcePlace,
} from "./src/program/resource.ts";
export {
  type Clock,
  type GradientPart,
  type InputLimit,
  type Shape,
  type StepBlock,
  type StepWords,
  type Storage,
  type TapeEntry,
  type TapePart,
  Tensor,
  Trace,
  type TraceCall,
  type UpdatePart,
} from "./src/program/trace.ts";
export { add } from "./src/ops/add.ts";
export { type BatchNorm, batchNorm } from "./src/ops/batch_norm.ts";
export { conv2d, type ConvolutionWindows } from "./src/ops/conv.ts";
export { accuracy, crossEntropy, type CrossEntropyOptions } from "./src/ops/cross_entropy.ts";
export { createDevice } from "./src/ops/device.ts";
export { dropPath } from "./src/ops/drop_path.ts";
export { dropout, type DropoutOptions } from "./src/ops/dropout.ts";
export { attention, type AttentionDropout, type AttentionOptions } from "./src/ops/attention.ts";
export {
  embedding,
  embeddingBag,
  type EmbeddingBagOptions,
  type EmbeddingOptions,
  type WeightedTokens,
} from "./src/ops/embedding.ts";
export { classToken } from "./src/ops/class_token.ts";
export { firstPosition } from "./src/ops/first_position.ts";
export { gatherPositions } from "./src/ops/gather.ts";
export { addPositions } from "./src/ops/positions.ts";
export { putPosition } from "./src/ops/put_position.ts";
export { rotary, type RotaryAngles, rotaryAngles, type RotaryOptions } from "./src/ops/rotary.ts";
export type { ListOptions } from "./src/sparse/lists.ts";
export { times } from "./src/ops/times.ts";
export type { LabelFeatures, LabelHead, LabelShard, LabelSpread } from "./src/ops/label_head.ts";
export { type ListedFeatures, listFeatures } from "./src/ops/listed_features.ts";
export type { PreferredInputs } from "./src/sparse/draw.ts";
export { labelTop, type LabelTopOptions, type TopLabels } from "./src/ops/label_top.ts";
export { labelLoss, type LabelLossName, type LabelLossOptions } from "./src/ops/label_loss.ts";
export {
  vocabularyAccuracy,
  vocabularyCrossEntropy,
  type VocabularyHead,
  type VocabularyLossOptions,
  type VocabularyOptions,
} from "./src/ops/vocabulary.ts";
export type { LinearOptions } from "./src/ops/affine.ts";
export type { DenseMatrix, Matrix, SparseMatrix, Unit, UnitLists } from "./src/ops/matrix.ts";
export { type LayerNorm, layerNorm, type RmsNorm, rmsNorm } from "./src/ops/norms.ts";
export { averagePool, globalAveragePool, maxPool, type PoolingRegions } from "./src/ops/pool.ts";
export * from "./src/ops/pointwise/mod.ts";
export { batchedProduct, type Contraction } from "./src/ops/batched_product.ts";
export {
  broadcastAlong,
  maxAlong,
  meanAlong,
  softmaxAlong,
  sumAlong,
} from "./src/ops/reductions.ts";
export { reshape } from "./src/ops/reshape.ts";
export { type Axis, type AxisName, axisOf } from "./src/program/axes.ts";
export { concat, slice } from "./src/ops/slice.ts";
export {
  type BceOptions,
  bceWithLogits,
  binaryAccuracy,
  exactMatch,
  mae,
  mse,
} from "./src/ops/target_losses.ts";
export type { BitSet, Words } from "./src/sparse/arena.ts";
export {
  type DensityLayer,
  type DensityOptions,
  type Distribution,
  layerDensities,
} from "./src/sparse/density.ts";
export type { Explored, Positions } from "./src/sparse/explored.ts";
export type { Candidates, GrowthPool } from "./src/sparse/growth_pool.ts";
export { he, type Init, truncatedNormal } from "./src/sparse/init.ts";
export type { Geometry } from "./src/sparse/geometry.ts";
export type { Pattern, TransposedView } from "./src/sparse/pattern.ts";
export { patternName } from "./src/sparse/lookup.ts";
export {
  block,
  type BlockScore,
  type BlockSize,
  type BlockSpec,
  dense,
  type DenseSpec,
  fanIn,
  type FanInSpec,
  groupFanIn,
  type GroupFanInSpec,
  type GroupScore,
  type GroupSize,
  nm,
  nmOutputs,
  type NmOutputsSpec,
  type NmSpec,
} from "./src/sparse/patterns/mod.ts";
export type { Density, FanIn, PatternSpec, SparseSpec } from "./src/sparse/spec.ts";
export type { ChosenUnits, UnitTopology } from "./src/sparse/topology.ts";
export type { Rewirer } from "./src/sparse/rewirer.ts";
export type {
  DrawKey,
  Grown,
  Growth,
  LayerRewiring,
  RewiredLayer,
  RewireResult,
} from "./src/sparse/rewiring.ts";
export {
  fromDense,
  type FromDenseOptions,
  type PatternValues,
  toDense,
} from "./src/sparse/convert.ts";
export {
  patternHash,
  type PatternStatistics,
  patternStatistics,
  type Spread,
} from "./src/sparse/statistics.ts";
export { validatePattern } from "./src/sparse/validate.ts";
export type { StorageName } from "./src/sparse/storage/mod.ts";
export type { SparseWeight } from "./src/sparse/weight.ts";
export { cht, type ChtOptions, type PathScore } from "./src/methods/cht.ts";
export { dynsparse, type DynsparseOptions, type UnitNorm } from "./src/methods/dynsparse.ts";
export type { Regrown } from "./src/methods/exchange.ts";
export type {
  LayerState,
  Masking,
  Method,
  PatternRefusal,
  RewireContext,
  SteppedWeight,
} from "./src/methods/method.ts";
export { rigl, type RiglOptions } from "./src/methods/rigl.ts";
export type { Decay, ScheduleOptions } from "./src/methods/schedule.ts";
export { set, type SetOptions } from "./src/methods/set.ts";
export { type Salience, srigl, type SriglOptions } from "./src/methods/srigl.ts";
export { staticPattern } from "./src/methods/static.ts";
export { topkast, type TopkastOptions } from "./src/methods/topkast.ts";
export type { MaskMeasures } from "./src/train/masks.ts";
export { asp, type AspOptions } from "./src/methods/asp.ts";
export { maxq, type MaxqOptions } from "./src/methods/maxq.ts";
export { type MaskDecay, pgf, type PgfOptions } from "./src/methods/pgf.ts";
export { srste, type SrsteOptions } from "./src/methods/srste.ts";
export { stepRecipe, type StepRecipeOptions } from "./src/methods/step.ts";
export type { MaskBackward } from "./src/methods/masking.ts";
export type { MaskOptions, MaskPast, MaskState, WeightMask } from "./src/sparse/mask.ts";
export { adamw, type AdamwGroupOptions, type AdamwOptions } from "./src/optim/adamw.ts";
export type { Births, Fresh, FreshMoments } from "./src/optim/fresh.ts";
export type { Parallel, Traffic } from "./src/parallel/parallel.ts";
export { GradientSums } from "./src/optim/gradient_sums.ts";
export { chain, type Gradients, gradientsOf, type Transform } from "./src/optim/gradients.ts";
export type { ParameterGroup, PathOf, Selector } from "./src/optim/groups.ts";
export type { Moments } from "./src/optim/moments.ts";
export type {
  CommonOptions,
  GroupOptions,
  GroupRate,
  MeasuredUpdate,
  Optimizer,
  UpdateOptions,
} from "./src/optim/optimizer.ts";
export {
  constant,
  cosine,
  type CosineOptions,
  type LearningRate,
  linearDecay,
  type Schedule,
  sparseRate,
  stepDecay,
  type StepDecayOptions,
  type WarmupOptions,
} from "./src/optim/schedule.ts";
export { sgd, type SgdGroupOptions, type SgdOptions } from "./src/optim/sgd.ts";
export {
  clipByNorm,
  type MeasuredGradients,
  measureNorm,
  weightDecay,
} from "./src/optim/transforms.ts";
export type { AnyModule, Module, ModuleParts } from "./src/nn/module.ts";
export type { Context, ContextOptions, Mode, Randomness } from "./src/nn/context.ts";
export type { RankSpread } from "./src/nn/spread.ts";
export type { LayerWeight, Tree, TreeNode, Weight } from "./src/nn/tree.ts";
export type {
  BooleanOption,
  ChoiceOption,
  Described,
  Element,
  ListOption,
  NumberOption,
  Option,
  Options,
  TextOption,
  ValueOf,
  Values,
} from "./src/definitions/option.ts";
export type {
  ExampleShape,
  ExportWriter,
  LayerDefinition,
  LayerDefinitionParts,
  LayerExport,
  LayerParts,
  Rows,
  SettingsOf,
  StoredLayer,
  StoredWeight,
} from "./src/nn/definition.ts";
export type {
  OnnxAttribute,
  OnnxAttributes,
  OnnxGraph,
  OnnxValue,
  OnnxWeightForm,
} from "./src/nn/onnx.ts";
export type { ImageShape } from "./src/ops/image_shape.ts";
export {
  arraySource,
  type ArraySourceParts,
  type ArraySpec,
  type Augmentation,
  type Batch,
  checkDataset,
  type ClassDataset,
  type Dataset,
  type EpochOptions,
  type ExampleName,
  type Examples,
  fingerprintOf,
  type MemorySource,
  type NamedArray,
  type Normalization,
  type OtherPreparation,
  outputsOf,
  type Placement,
  type Preparation,
  preparationOf,
  prepareLike,
  randomCrop,
  randomFlip,
  type Source,
  sourceOf,
  type SourceOptions,
  type SourcePreparation,
  type SplitDataset,
  splitDataset,
  type SplitOptions,
  type TableColumns,
  type TargetDataset,
  type TargetKind,
  type TestedDataset,
} from "./src/data/mod.ts";
export { bag, type BagOptions } from "./src/models/bag.ts";
export {
  type Bert,
  bert,
  type BertClassifier,
  bertClassifier,
  bertClassifierLayer,
  type BertClassifierOptions,
  bertLayer,
  type BertOptions,
  type BertSizeName,
  type BertSizes,
  classifierOf,
} from "./src/models/bert.ts";
export {
  type BertEncoder,
  bertEncoder,
  bertEncoderLayer,
  type BertEncoderOptions,
  type BertPooling,
} from "./src/models/bert_encoder.ts";
export { convnet, type ConvnetOptions } from "./src/models/convnet.ts";
export {
  type Gpt,
  gpt,
  gptLayer,
  type GptOptions,
  type NextTokens,
  type PositionKind,
} from "./src/models/gpt.ts";
export { type EncoderSizes, flopsPerSequence } from "./src/models/flops.ts";
export {
  type ClassifierActivation,
  type ExtremeClassifier,
  extremeClassifier,
  extremeClassifierLayer,
  type ExtremeClassifierOptions,
} from "./src/models/extreme_classifier.ts";
export { type Ranked, type Ranker, rankLabels, type RankOptions } from "./src/train/rank.ts";
export { mlp, type MlpOptions } from "./src/models/mlp.ts";
export type { PatternOf, SparseLayers } from "./src/models/sparse_layers.ts";
export {
  vit,
  type VitOptions,
  type VitPooling,
  type VitSizeName,
  type VitSizes,
} from "./src/models/vit.ts";
export { taskNamed } from "./src/tasks/mod.ts";
export { nextToken, type NextTokenOutput } from "./src/tasks/next_token.ts";
export {
  labelRanking,
  type LabelRankingOptions,
  type LabelRankingOutput,
  sparseLabelRanking,
  type SparseLabelRankingOptions,
  type SparseLabelTarget,
} from "./src/tasks/label_ranking.ts";
export {
  pretraining,
  type PretrainingInput,
  type PretrainingInputName,
  type PretrainingOutput,
  type PretrainingTargetName,
  type SentenceInput,
} from "./src/tasks/pretraining.ts";
export { ofSentences, type SentenceInputName } from "./src/tasks/sentences.ts";
export { type Loss, supervised, type SupervisedParts } from "./src/tasks/supervised.ts";
export type {
  ClassPrediction,
  Forward,
  LabelsPrediction,
  Metric,
  NumbersPrediction,
  Prediction,
  Task,
  TensorBatch,
} from "./src/tasks/task.ts";
export type { Checkpoint, CheckpointNotes } from "./src/train/checkpoint.ts";
export { CheckpointError, FileWriteError } from "./src/train/errors.ts";
export { RanksDifferError, RankStoppedError } from "./src/train/agreement.ts";
export { DivergenceError } from "./src/train/finite.ts";
export type { HistoryWords } from "./src/train/history.ts";
export type { NamedTensor, Safetensors } from "./src/train/safetensors.ts";
export type { LayerReport, LayerStatistics, RewireReport, Topology } from "./src/train/topology.ts";
export type { StepInputs, StepLoss } from "./src/train/objective.ts";
export {
  type EpochEvent,
  type Evaluation,
  type FitOptions,
  type OwnTask,
  type PlanOptions,
  type RewireEvent,
  type StepEvent,
  Trainer,
  type TrainerOptions,
  type TrainerParts,
  type TrainEvent,
  type UsualTask,
} from "./src/train/trainer.ts";
export type { KeptPositions, NextPosition } from "./src/nn/causal_attention.ts";
export type { NextOfDecoder, NormName } from "./src/nn/decoder.ts";
export type { MatrixPatterns, WeightOptions } from "./src/nn/parameters.ts";
export type { AttentionMatrix } from "./src/nn/attention.ts";
export type { BlockMatrix } from "./src/nn/transformer.ts";
export * as nn from "./src/nn/mod.ts";
