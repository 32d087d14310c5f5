/**
 * What the page and its worker tell each other.
 *
 * @module
 */

/** What is to be trained, and how. */
export interface Settings {
  /** Sizes of the hidden layers. */
  readonly hidden: readonly number[];
  /** Name of a pattern, as the command line has it. */
  readonly pattern: string;
  /** Share of absent connections. */
  readonly sparsity: number;
  /** Name of a method. */
  readonly method: string;
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  /** Whether the same network is trained without sparsity as well. */
  readonly beside: boolean;
}

/** Which of the two networks. */
export type Which = "sparse" | "dense";

/** Which device is wanted. */
export type Preferred = "auto" | "webgpu" | "wasm";

/** What the page asks for. */
export type Request =
  | { readonly kind: "open"; readonly prefer: Preferred; readonly threads: number }
  | { readonly kind: "mnist" }
  | { readonly kind: "files"; readonly files: Readonly<Record<string, Uint8Array>> }
  | { readonly kind: "train"; readonly settings: Settings }
  | { readonly kind: "stop" }
  | { readonly kind: "ask"; readonly features: Uint8Array<ArrayBuffer> }
  | { readonly kind: "example" }
  | { readonly kind: "save" }
  | { readonly kind: "load"; readonly name: string; readonly bytes: Uint8Array };

/** What the examples are. */
export interface DataFacts {
  readonly name: string;
  readonly examples: number;
  readonly tests: number;
  readonly inputs: number;
  /** Names of the classes; absent where numbers are learnt. */
  readonly classes?: readonly string[];
  /** Sizes of pictures of one channel. */
  readonly image?: { readonly height: number; readonly width: number };
}

/** The connections of a sparse layer. */
export interface LayerMask {
  readonly label: string;
  readonly rows: number;
  readonly inputs: number;
  /** 1 for each connection that exists: `[rows, inputs]`. */
  readonly mask: Uint8Array;
}

/** What a network gave on the test examples: accuracy of classes, or mean loss of numbers. */
export interface Score {
  readonly accuracy?: number;
  readonly loss: number;
}

/** What the worker says. */
export type Report =
  | {
    readonly kind: "device";
    readonly name: string;
    readonly description: string;
    readonly reason: string;
  }
  | { readonly kind: "data"; readonly facts: DataFacts }
  | {
    readonly kind: "begin";
    readonly which: Which;
    readonly network: string;
    readonly steps: number;
    readonly connections: number;
    readonly bytes: number;
  }
  | {
    readonly kind: "step";
    readonly which: Which;
    readonly step: number;
    readonly loss: number;
    readonly milliseconds: number;
  }
  | { readonly kind: "epoch"; readonly which: Which; readonly step: number; readonly score: Score }
  | {
    readonly kind: "pattern";
    readonly step: number;
    readonly layers: readonly LayerMask[];
  }
  | {
    readonly kind: "done";
    readonly which: Which;
    readonly score: Score;
    readonly seconds: number;
    readonly milliseconds: number;
  }
  | { readonly kind: "idle"; readonly hasModel: boolean }
  | { readonly kind: "answer"; readonly shares: readonly number[] }
  | { readonly kind: "example"; readonly features: Uint8Array<ArrayBuffer>; readonly label: string }
  | { readonly kind: "saved"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "loaded"; readonly name: string; readonly score?: Score }
  | { readonly kind: "failed"; readonly message: string };
