/**
 * Faults of devices: one that is lost in the middle of a run, a model that is too large.
 *
 * @module
 */
import assert from "node:assert/strict";
import { filigree, namesIn, withTraining } from "./faulty_runs.ts";

const MAIN = new URL("../src/cli/main.ts", import.meta.url).href;

/** The command line on a device that is destroyed as soon as a checkpoint is there. */
const LOSING = `
import { main } from ${JSON.stringify(MAIN)};
const request = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (...args) {
  const device = await request.apply(this, args);
  const rename = Deno.rename;
  Deno.rename = async (from, to) => {
    await rename(from, to);
    if (String(to).includes("step-")) device.destroy();
  };
  return device;
};
Deno.exit(await main(Deno.args));
`;

Deno.test("a device that is lost in the middle leaves the checkpoint, says how to go on, and exits 1", async () => {
  await withTraining(async (folder, args) => {
    const [run, script] = [`${folder}/run`, `${folder}/losing.ts`];
    await Deno.writeTextFile(script, LOSING);
    const data = args.slice(0, 2), model = args.slice(6);
    const long = ["train", "--device", "webgpu", ...data, ...model, "--epochs", "2", "--out", run];
    const { code, err } = await filigree(long, [], script);
    assert.equal(code, 1, err);
    assert.match(err, /^error: Cannot .* on the WebGPU backend: the device was lost/m);
    assert.match(err, /The checkpoint ".*step-000000013.safetensors" is intact; `filigree resume/);
    const resumed = await filigree(["resume", run]);
    assert.equal(resumed.code, 0, resumed.err);
  });
});

for (const device of ["wasm", "webgpu"]) {
  Deno.test(`a model that is too large for ${device} is refused by its bytes, before a folder is made`, async () => {
    await withTraining(async (folder, args) => {
      const large = ["--hidden", "70000,70000", "--sparsity", "0.5", "--out", `${folder}/run`];
      const data = [...args.slice(0, 2), "--device", device];
      const { code, err } = await filigree(["train", ...data, ...large]);
      assert.equal(code, 1, err);
      assert.match(
        err,
        /^error: Cannot train on .*: .* takes .*[\d,]{10,} bytes, of which there are/m,
      );
      assert.deepEqual(namesIn(folder).filter((name) => name.startsWith("run/")), []);
    });
  });
}
