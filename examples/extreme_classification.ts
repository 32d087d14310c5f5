/**
 * Extreme classification: texts with very many labels, a sparse head that is trained over all of them, and the first labels of a
 * new text.
 *
 *     deno run examples/extreme_classification.ts
 *
 * @module
 */
import {
  adamw,
  createDevice,
  extremeClassifier,
  fanIn,
  rankLabels,
  set,
  sparseLabelRanking,
  Trainer,
} from "../mod.ts";
import { rankingSource, tfidfPreparationOf, TfidfReader } from "../files.ts";

const LABELS = 2000, EXAMPLES = 1500;

/** What label i is about: three words out of a few hundred. */
const words = (i: number) => [`a${i % 40}`, `b${(i * 7) % 61}`, `c${(i * 13) % 80}`];
const numbers = Array.from({ length: EXAMPLES }, (_, i) => (i * 37) % 300);
const texts = numbers.map((label) => words(label).join(" "));

const reader = new TfidfReader(tfidfPreparationOf(texts));
const offsets = Uint32Array.from({ length: EXAMPLES + 1 }, (_, i) => i);
const labels = { rows: EXAMPLES, columns: LABELS, offsets, labels: Uint32Array.from(numbers) };
const source = rankingSource({ features: reader.rows(texts), labels });

using device = await createDevice({ prefer: "wasm", threads: 1, seed: 1 });
const pattern = fanIn(32, { full: true });
const model = extremeClassifier({ features: reader.columns, labels: LABELS, width: 64, pattern });
const optimizer = adamw({
  learningRate: 3e-3,
  groups: [{ parameters: "head", learningRate: 3e-2, flush: 1e-30 }],
});
const task = sparseLabelRanking({ loss: "squared-hinge" });
using trainer = new Trainer({ device, model, task, optimizer, method: set({ every: 50 }) });
for await (const _ of trainer.fit(source, { epochs: 8, batchSize: 64 }));

let right = 0, at = 0;
for await (const { labels: first, examples } of rankLabels(device, model, source, { top: 1 })) {
  for (let i = 0; i < examples; i++) right += Number(first[i] === numbers[at++]);
}
// No text to train with was this one: two of the words of label 41, and one that nobody knows.
const [, b, c] = words(41);
const asked = rankingSource({ features: reader.rows([`${b} unheard ${c}`]) });
for await (const { labels: first } of rankLabels(device, model, asked, { top: 3 })) {
  console.log(`a text of label 41: ${first.join(", ")}`);
}
console.log(`P@1, or accuracy ${(100 * right / EXAMPLES).toFixed(2)} %`);
