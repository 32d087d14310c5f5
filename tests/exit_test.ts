/**
 * A device without work is no reason for a process to go on.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DEVICES } from "./devices.ts";

/** Long enough for any machine to do the little work there is; a process that is kept alive never ends. */
const PATIENCE_MS = 120_000;

const MOD: string = new URL("../mod.ts", import.meta.url).href;

const TRAINING = `
import { adamw, createDevice, mlp, srigl, Trainer } from ${JSON.stringify(MOD)};
const [prefer, threads] = Deno.args;
const device = await createDevice({ prefer, threads: Number(threads) });
const examples = 64, inputs = 8, classes = 2;
const features = Float32Array.from({ length: examples * inputs }, (_, i) => Math.sin(i));
const labels = Uint8Array.from({ length: examples }, (_, i) => i % classes);
const data = { features, labels, examples, inputs, classes };
const model = mlp({ sizes: [inputs, 16, classes], sparsity: 0.5 });
const trainer = new Trainer({ device, model, optimizer: adamw({ learningRate: 1e-3 }), method: srigl({ every: 2 }) });
for await (const _ of trainer.fit(data, { epochs: 2, batchSize: 16 }));
console.log(device.name, device.backend.info.threads, (await trainer.evaluate(data)).loss > 0);
`;

const OPENING = `
import { createDevice } from ${JSON.stringify(MOD)};
const [prefer, threads] = Deno.args;
const device = await createDevice({ prefer, threads: Number(threads) });
console.log(device.name, device.backend.info.threads);
`;

/** What a script prints that ends by itself. */
async function printedBy(script: string, args: readonly string[]): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, script);
    const { code, stdout, stderr, signal } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-env", "--allow-read", path, ...args],
      signal: AbortSignal.timeout(PATIENCE_MS),
      env: { NO_COLOR: "1" },
    }).output();
    assert.equal(signal, null, "the process did not end by itself");
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("createDevice() with threads lets the process end", async () => {
  assert.equal(await printedBy(OPENING, ["wasm", "3"]), "wasm 3");
});

Deno.test("Trainer with threads lets the process end", async () => {
  assert.equal(await printedBy(TRAINING, ["wasm", "3"]), "wasm 3 true");
});

const missing = DEVICES.some(({ name, backend }) => name === "webgpu" && "missing" in backend);

Deno.test({
  name: "Trainer on WebGPU lets the process end",
  ignore: missing && Deno.env.get("CI") !== "true",
  fn: async () => assert.equal(await printedBy(TRAINING, ["webgpu", "1"]), "webgpu 1 true"),
});
