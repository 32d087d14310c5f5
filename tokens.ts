/**
 * Texts as tokens: vocabularies and the tokenizer of BERT, corpora on the disk, and the examples that a model is pre-trained
 * with.
 *
 * @example
 * ```ts
 * import { Tokenizer, trainVocabulary } from "@filigree/filigree/tokens";
 *
 * const counts = new Map([["low", 5], ["lower", 2], ["newest", 6], ["widest", 3]]);
 * const tokenizer = new Tokenizer(trainVocabulary(counts, { size: 30 }));
 * console.assert(tokenizer.tokens("Lowest").join(" ") === "low ##est");
 * ```
 *
 * @module
 */
export { bertVocabulary } from "./src/data/tokens/bert_vocabulary.ts";
export { Characters } from "./src/data/tokens/characters.ts";
export {
  type Corpus,
  type CorpusManifest,
  type CorpusOptions,
  type CorpusSource,
  type HeldOut,
  openCorpus,
  type TokenReader,
} from "./src/data/tokens/corpus.ts";
export {
  isOfSentences,
  type LabelledSentences,
  labelledSentences,
  type SentenceName,
  type SentencePreparation,
  sentencePreparationOf,
  sentenceQuestions,
  type Sentences,
  sentenceSource,
} from "./src/data/tokens/labelled.ts";
export {
  openPretrainingCorpus,
  type PretrainingCorpus,
  type PretrainingName,
  type PretrainingOptions,
  type PretrainingPreparation,
} from "./src/data/tokens/pretraining.ts";
export { Tokenizer, type TokenizerOptions } from "./src/data/tokens/tokenizer.ts";
export {
  readTokenizer,
  type TokenizerFiles,
  tokenizerFiles,
  type TokenizerFilesOptions,
} from "./src/data/tokens/tokenizer_files.ts";
export { paragraphsOf, sentencesOf } from "./src/data/tokens/sentences.ts";
export {
  type CharacterOptions,
  characterWindows,
  isOfWindows,
  openTokenWindows,
  type TokenKind,
  type TokenWindows,
  type WindowName,
  type WindowOptions,
  type WindowPreparation,
} from "./src/data/tokens/token_windows.ts";
export {
  type DecoderTokenizerFiles,
  decoderTokenizerFiles,
} from "./src/data/tokens/decoder_tokenizer_files.ts";
export { type TextReader, textReaderOf } from "./src/data/tokens/text_reader.ts";
export { tokenRows, type TokenRowsOptions } from "./src/data/tokens/token_rows.ts";
export type { TokenRows } from "./src/data/labels/rows.ts";
export { trainVocabulary, type VocabularyOptions } from "./src/data/tokens/train_vocabulary.ts";
export { type SpecialPiece, Vocabulary } from "./src/data/tokens/vocabulary.ts";
export { bertWords, type WordOptions } from "./src/data/tokens/words.ts";
export {
  type CorpusParts,
  CorpusWriteError,
  countWords,
  type TextSource,
  writeCorpus,
} from "./src/data/tokens/write_corpus.ts";
export { type CorpusCounts, verifyCorpus } from "./src/data/tokens/verify_corpus.ts";
