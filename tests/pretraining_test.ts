/**
 * Examples to pre-train with: what holds of every one, and that they depend on corpus, seed, epoch and number alone.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  openPretrainingCorpus,
  type PretrainingName,
  SPECIAL_PIECES,
  type Vocabulary,
} from "../src/data/tokens/mod.ts";
import type { Batch, EpochOptions, Source } from "../src/data/source.ts";
import { DataFormatError } from "../src/data/errors.ts";
import { madeSource, withCorpus } from "./tokens_corpora.ts";

type Examples = Source<PretrainingName>;

const OPTIONS: EpochOptions = { batchSize: 8, seed: 3, shuffle: true };

/** One example, as plain arrays. */
type Example = Record<PretrainingName, number[]>;

async function examplesOf(
  source: Examples,
  epoch = 0,
  options: EpochOptions = OPTIONS,
): Promise<Example[]> {
  const found: Example[] = [];
  for await (const batch of source.epoch(epoch, options)) {
    for (let column = 0; column < batch.examples; column++) found.push(exampleIn(batch, column));
  }
  return found;
}

function exampleIn({ arrays }: Batch<PretrainingName>, column: number): Example {
  const of = (name: PretrainingName) =>
    Array.from(arrays[name]).filter((_, at) => at % 32 === column);
  return {
    ...{ tokens: of("tokens"), segments: of("segments"), mask: of("mask") },
    ...{ places: of("places"), words: of("words"), weights: of("weights"), next: of("next") },
  };
}

/** An example with its masked tokens put back, as pieces without padding. */
function piecesOf(example: Example, { pieces }: Vocabulary): string[] {
  const tokens = [...example.tokens];
  for (const [i, place] of example.places.entries()) {
    if (example.weights[i] === 1) tokens[place] = example.words[i];
  }
  const length = example.mask.reduce((sum, one) => sum + one, 0);
  return tokens.slice(0, length).map((token) => pieces[token]);
}

Deno.test("openPretrainingCorpus() gives pairs with their marks, padded", async () => {
  await withCorpus(async (folder) => {
    const { train, test, vocabulary, places } = await openPretrainingCorpus(folder, {
      positions: 48,
    });
    assert.equal(places, 8);
    for (const example of [...await examplesOf(train), ...await examplesOf(test)]) {
      const pieces = piecesOf(example, vocabulary);
      const text = pieces.join(" ");
      assert.equal(pieces[0], SPECIAL_PIECES.begin, text);
      assert.equal(pieces.at(-1), SPECIAL_PIECES.separator, text);
      const border = pieces.indexOf(SPECIAL_PIECES.separator) + 1;
      assert.equal(pieces.filter((piece) => piece === SPECIAL_PIECES.separator).length, 2, text);
      assert.ok(border > 2 && pieces.length > border + 1, `a stretch is empty: ${text}`);
      const segments = pieces.map((_, i) => i < border ? 0 : 1);
      assert.deepEqual(example.segments.slice(0, pieces.length), segments);
      const { length } = pieces;
      assert.ok(example.mask.slice(length).every((one) => one === 0));
      const padding = example.tokens.slice(length);
      assert.ok(padding.every((token) => token === vocabulary.special.pad));
    }
  });
});

Deno.test("openPretrainingCorpus() masks whole words, 15 in 100 tokens, 80/10/10", async () => {
  await withCorpus(async (folder) => {
    const { train, vocabulary } = await openPretrainingCorpus(folder, { positions: 64 });
    const goesOn = vocabulary.continuations();
    const special = new Set<number>(Object.values(vocabulary.special));
    let told = 0, real = 0, masked = 0, same = 0;
    for (let epoch = 0; epoch < 8; epoch++) {
      for (const example of await examplesOf(train, epoch)) {
        const original = piecesOf(example, vocabulary)
          .map((piece) => vocabulary.numberOf(piece) ?? -1);
        const count = example.weights.reduce((sum, one) => sum + one, 0);
        const places = example.places.slice(0, count);
        assert.ok(count >= 1 && count <= Math.max(1, Math.round(0.15 * original.length)));
        assert.deepEqual(places, [...new Set(places)].sort((a, b) => a - b));
        for (const place of places) {
          assert.ok(!special.has(original[place]), "a special piece is to be told");
          // The other pieces of the word are to be told too.
          if (goesOn[original[place]] === 1 && !special.has(original[place - 1])) {
            assert.ok(places.includes(place - 1));
          }
          if (goesOn[original[place + 1]] === 1) assert.ok(places.includes(place + 1));
          const token = example.tokens[place];
          assert.ok(token === vocabulary.special.mask || !special.has(token));
          if (token === vocabulary.special.mask) masked++;
          else if (token === original[place]) same++;
        }
        assert.ok(example.weights.slice(count).every((weight) => weight === 0));
        [told, real] = [told + count, real + original.length];
      }
    }
    // A word that does not fit the rest of an example's 15 in 100 is left out; of a short example one token is told at least.
    assert.ok(told / real > 0.12 && told / real < 0.165, `${told} of ${real}`);
    // Four standard deviations of a share of `told` draws.
    const near = (count: number, share: number) =>
      Math.abs(count / told - share) < 4 * Math.sqrt(share * (1 - share) / told);
    assert.ok(near(masked, 0.8), `${masked} of ${told} are [MASK]`);
    // One in 200 of those that change becomes itself.
    assert.ok(near(same, 0.1005), `${same} of ${told} stay`);
  });
});

Deno.test("openPretrainingCorpus() makes half of the pairs of another document of the same source", async () => {
  await withCorpus(async (folder) => {
    const { train, vocabulary } = await openPretrainingCorpus(folder, { positions: 64 });
    let other = 0, all = 0;
    for (let epoch = 0; epoch < 8; epoch++) {
      for (const example of await examplesOf(train, epoch)) {
        all++;
        other += example.next[0];
        const pieces = piecesOf(example, vocabulary);
        const border = pieces.indexOf(SPECIAL_PIECES.separator);
        const named = (some: string[]) => ["first", "second"].filter((name) => some.includes(name));
        const sources = [...named(pieces.slice(0, border)), ...named(pieces.slice(border))];
        assert.ok(new Set(sources).size <= 1, `two sources: ${pieces.join(" ")}`);
      }
    }
    const deviation = Math.sqrt(0.25 / all);
    assert.ok(Math.abs(other / all - 0.5) < 4 * deviation, `${other} of ${all} do not follow`);
  });
});

Deno.test("a pre-training source gives the same bits again, and after a beginning that was left out", async () => {
  await withCorpus(async (folder) => {
    const { train, test } = await openPretrainingCorpus(folder, { positions: 32 });
    const again = await openPretrainingCorpus(folder, { positions: 32 });
    const whole = await examplesOf(train, 2);
    assert.equal(whole.length, train.examples);
    assert.deepEqual(await examplesOf(again.train, 2), whole);
    assert.deepEqual(
      await examplesOf(again.train, 2, { ...OPTIONS, skip: 3 }),
      whole.slice(3 * OPTIONS.batchSize),
    );
    // In another order and other batches an example is the same one.
    const key = (example: Example) => JSON.stringify(example);
    const ordered = await examplesOf(train, 2, { ...OPTIONS, batchSize: 5, shuffle: false });
    assert.deepEqual(ordered.map(key).sort(), whole.map(key).sort());
    assert.notDeepEqual(await examplesOf(train, 3), whole);
    assert.notDeepEqual(await examplesOf(train, 2, { ...OPTIONS, seed: 4 }), whole);
    // What a model is tested with never changes.
    const fixed = { ...OPTIONS, shuffle: false };
    assert.deepEqual(
      await examplesOf(test, 5, { ...fixed, seed: 9 }),
      await examplesOf(test, 0, fixed),
    );
  });
});

Deno.test("a worker makes the same bits, and ends with its epoch or its fault", async () => {
  await withCorpus(async (folder) => {
    const options = { positions: 32 };
    const { train } = await openPretrainingCorpus(folder, options);
    const { train: beside } = await openPretrainingCorpus(folder, { ...options, worker: true });
    assert.equal(await beside.fingerprint(), await train.fingerprint());
    const skipped = { ...OPTIONS, skip: 2 };
    assert.deepEqual(await examplesOf(beside, 1, skipped), await examplesOf(train, 1, skipped));
    for await (const { examples } of beside.epoch(0, OPTIONS)) {
      assert.equal(examples, OPTIONS.batchSize);
      break;
    }
    await Deno.remove(`${folder}/tokens.bin`);
    await assert.rejects(() => examplesOf(beside), /tokens\.bin/);
  });
});

Deno.test("a pre-training source tests with no sentence that it trains with", async () => {
  await withCorpus(async (folder) => {
    const { train, test, vocabulary } = await openPretrainingCorpus(folder, { positions: 32 });
    const seen = async (source: Examples) => {
      const found = new Set<string>();
      for (let epoch = 0; epoch < 4; epoch++) {
        for (const example of await examplesOf(source, epoch)) {
          for (
            const [heading] of piecesOf(example, vocabulary).join(" ")
              .matchAll(/(first|second) [^a-z]+ [a-z]+ [a-z]+/g)
          ) found.add(heading);
        }
      }
      return found;
    };
    const [learnt, tested] = [await seen(train), await seen(test)];
    assert.ok(tested.size > 5 && learnt.size > 100, `${learnt.size} and ${tested.size} headings`);
    assert.deepEqual([...tested].filter((heading) => learnt.has(heading)), []);
  });
});

Deno.test("openPretrainingCorpus() takes documents of one sentence, and very long sentences", async () => {
  const { documents } = madeSource("single", { documents: 60, sentences: 1 });
  const long = [[Array.from({ length: 900 }, (_, i) => `w${i % 7}`).join(" ")]];
  const sources = [{ name: "single", documents }, { name: "long", documents: () => long }];
  await withCorpus(
    async (folder) => {
      const { train, test } = await openPretrainingCorpus(folder, { positions: 16 });
      assert.equal((await examplesOf(train)).length, train.examples);
      assert.equal((await examplesOf(test)).length, test.examples);
    },
    sources,
  );
});

Deno.test("openPretrainingCorpus() refuses a damaged corpus by file and byte", async () => {
  await withCorpus(async (folder, { vocabulary }) => {
    const damage: [string, (bytes: Uint8Array) => Uint8Array][] = [
      ["tokens.bin", (bytes) => bytes.subarray(0, bytes.length - 2)],
      ["sentences.bin", (bytes) => bytes.map((byte, i) => i === 4 ? 0 : byte)],
      ["documents.bin", (bytes) => bytes.subarray(4)],
      ["corpus.json", () => new TextEncoder().encode("{}")],
      ["tokenizer.json", () => new TextEncoder().encode('{"model":{"type":"BPE","vocab":{}}}')],
    ];
    for (const [name, change] of damage) {
      const bytes = await Deno.readFile(`${folder}/${name}`);
      await Deno.writeFile(`${folder}/${name}`, change(bytes));
      const error: unknown = await openPretrainingCorpus(folder).catch((error) => error);
      assert.ok(error instanceof DataFormatError && error.file.endsWith(name), `${name}: ${error}`);
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    const tokens = await Deno.readFile(`${folder}/tokens.bin`);
    await Deno.writeFile(`${folder}/tokens.bin`, tokens.fill(255, 0, 2 * 40));
    const { train } = await openPretrainingCorpus(folder);
    const wanted = new RegExp(`token \\d+ is 65535; expected one below ${vocabulary.size}`);
    await assert.rejects(() => examplesOf(train), wanted);
  });
});
