/**
 * Texts as tokens: vocabularies and the tokenizer of BERT, corpora on the disk, and the examples that a model is pre-trained
 * with.
 *
 * @module
 */
export { bertVocabulary } from "./bert_vocabulary.ts";
export { Characters } from "./characters.ts";
export {
  type Corpus,
  type CorpusManifest,
  type CorpusOptions,
  type CorpusSource,
  type HeldOut,
  openCorpus,
  type TokenReader,
} from "./corpus.ts";
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
} from "./labelled.ts";
export {
  openPretrainingCorpus,
  type PretrainingCorpus,
  type PretrainingName,
  type PretrainingOptions,
  type PretrainingPreparation,
} from "./pretraining.ts";
export { Tokenizer, type TokenizerOptions } from "./tokenizer.ts";
export {
  parseTokenizer,
  parseVocabulary,
  readTokenizer,
  type TokenizerFiles,
  tokenizerFiles,
  type TokenizerFilesOptions,
} from "./tokenizer_files.ts";
export { paragraphsOf, sentencesOf } from "./sentences.ts";
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
} from "./token_windows.ts";
export { type DecoderTokenizerFiles, decoderTokenizerFiles } from "./decoder_tokenizer_files.ts";
export { type TextReader, textReaderOf } from "./text_reader.ts";
export { tokenRows, type TokenRowsOptions } from "./token_rows.ts";
export { trainVocabulary, type VocabularyOptions } from "./train_vocabulary.ts";
export { SPECIAL_PIECES, type SpecialPiece, Vocabulary } from "./vocabulary.ts";
export { bertWords, type WordOptions } from "./words.ts";
export {
  type CorpusParts,
  CorpusWriteError,
  countWords,
  type TextSource,
  writeCorpus,
} from "./write_corpus.ts";
export { type CorpusCounts, verifyCorpus } from "./verify_corpus.ts";
