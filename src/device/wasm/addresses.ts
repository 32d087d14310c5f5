/**
 * Where the builds of the WebAssembly module and their parts lie, for loaders that fetch or read them: in words that bundlers
 * understand, so that they take the files along.
 *
 * @module
 */
import type { PieceName, WasmBuild } from "./parts.ts";

/** The files of each build. */
export const ADDRESSES: Readonly<Record<WasmBuild, Readonly<Record<PieceName, URL>>>> = {
  plain: {
    rest: new URL("../../../wasm/pkg/filigree_bg.wasm", import.meta.url),
    linear: new URL("../../../wasm/pkg/filigree_linear.wasm", import.meta.url),
    training: new URL("../../../wasm/pkg/filigree_training.wasm", import.meta.url),
    updates: new URL("../../../wasm/pkg/filigree_updates.wasm", import.meta.url),
    elements: new URL("../../../wasm/pkg/filigree_elements.wasm", import.meta.url),
    units: new URL("../../../wasm/pkg/filigree_units.wasm", import.meta.url),
    images: new URL("../../../wasm/pkg/filigree_images.wasm", import.meta.url),
    sequences: new URL("../../../wasm/pkg/filigree_sequences.wasm", import.meta.url),
    labels: new URL("../../../wasm/pkg/filigree_labels.wasm", import.meta.url),
    drawing: new URL("../../../wasm/pkg/filigree_drawing.wasm", import.meta.url),
    rewiring: new URL("../../../wasm/pkg/filigree_rewiring.wasm", import.meta.url),
  },
  relaxed: {
    rest: new URL("../../../wasm/pkg-threads/filigree_bg.wasm", import.meta.url),
    linear: new URL("../../../wasm/pkg-threads/filigree_linear.wasm", import.meta.url),
    training: new URL("../../../wasm/pkg-threads/filigree_training.wasm", import.meta.url),
    updates: new URL("../../../wasm/pkg-threads/filigree_updates.wasm", import.meta.url),
    elements: new URL("../../../wasm/pkg-threads/filigree_elements.wasm", import.meta.url),
    units: new URL("../../../wasm/pkg-threads/filigree_units.wasm", import.meta.url),
    images: new URL("../../../wasm/pkg-threads/filigree_images.wasm", import.meta.url),
    sequences: new URL("../../../wasm/pkg-threads/filigree_sequences.wasm", import.meta.url),
    labels: new URL("../../../wasm/pkg-threads/filigree_labels.wasm", import.meta.url),
    drawing: new URL("../../../wasm/pkg-threads/filigree_drawing.wasm", import.meta.url),
    rewiring: new URL("../../../wasm/pkg-threads/filigree_rewiring.wasm", import.meta.url),
  },
};
