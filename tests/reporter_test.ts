/**
 * What a training says to people when it is done.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Progress } from "../src/cli/progress.ts";
import { type Done, textReporter } from "../src/cli/reporter.ts";

/** The last line of a training with these patterns. */
function lastLine(hash: string, sparsity: number, verbose = false): string {
  const lines: string[] = [];
  const target = { terminal: false, columns: () => 80, write: () => {} };
  const bytes = {
    total: 0,
    parameters: 0,
    indices: 0,
    moments: 0,
    gradients: 0,
    permuted: 0,
    activations: 0,
    inputs: 0,
    outputs: 0,
    program: 0,
  };
  const done: Done = {
    ranks: 1,
    ...{ test: { loss: 1, accuracy: 0.5 }, epochs: 1, steps: 2, loss: 1, sparsity, hash },
    ...{ bytes, device: "wasm", seconds: 3, stepMs: 1 },
  };
  textReporter(new Progress(target), { verbose, print: (line) => void lines.push(line) }).done(
    done,
  );
  return lines.at(-1) ?? "";
}

Deno.test("textReporter() says of a dense network that it is, and of few patterns all hashes", () => {
  assert.match(lastLine("", 0), /sparsity 0\.00 %: all layers are dense {2}trained in 3\.?0? ?s/);
  assert.doesNotMatch(lastLine("", 0), /patterns/);
  assert.match(lastLine("a1-b2", 0.9), /sparsity 90\.00 % of the sparse layers .* patterns a1-b2/);
  const many = Array.from({ length: 12 }, (_, i) => `h${i}`).join("-");
  assert.match(lastLine(many, 0.9), /patterns h0 to h11 of 12 matrices/);
  assert.match(lastLine(many, 0.9, true), new RegExp(`patterns ${many}`));
});

Deno.test("textReporter() calls what the end of an epoch was measured on what it is", () => {
  const written: string[] = [];
  const target = {
    ...{ terminal: false, columns: () => 200 },
    write: (text: string) => void written.push(text),
  };
  const reporter = textReporter(new Progress(target));
  const epoch = { kind: "epoch", epoch: 0, loss: 2, seconds: 1 } as const;
  reporter.event({ ...epoch, test: { loss: 3 } }, 1);
  reporter.event({ ...epoch, validation: { loss: 4 } }, 2);
  assert.match(
    written.join(""),
    /loss 2\.0000 {2}test loss 3\.0.*loss 2\.0000 {2}validation loss 4\.0/s,
  );
});
