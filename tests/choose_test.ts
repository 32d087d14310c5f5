/**
 * The choice of a backend.
 *
 * @module
 */
import assert from "node:assert/strict";
import { openBackend } from "../src/device/choose.ts";
import { describeAdapter } from "../src/device/webgpu/adapter.ts";

Deno.test("openBackend() takes WASM when it is asked for and hands its options on", async () => {
  for (const threads of [1, 2]) {
    const { backend, reason } = await openBackend({ prefer: "wasm", threads });
    assert.equal(backend.name, "wasm");
    assert.equal(backend.info.threads, threads);
    assert.match(reason, /asked for/);
    backend.close();
  }
});

Deno.test("openBackend() takes WebGPU by itself only on a hardware adapter", async () => {
  const adapter = await describeAdapter();
  const { backend, reason } = await openBackend({ threads: 1 });
  const hardware = adapter !== null && !adapter.software;
  assert.equal(backend.name, hardware ? "webgpu" : "wasm");
  assert.match(
    reason,
    hardware ? /hardware adapter/ : adapter === null ? /no adapter|no WebGPU/ : /software/,
  );
  backend.close();
});

Deno.test("openBackend() refuses a name that it does not know", async () => {
  const prefer = "cuda" as "auto";
  await assert.rejects(openBackend({ prefer }), {
    name: "TypeError",
    message: /"cuda".*expected auto, webgpu or wasm/,
  });
});

Deno.test("openBackend() refuses contradictory options", async () => {
  await assert.rejects(openBackend({ prefer: "wasm", threads: 2, build: "plain" }), RangeError);
});
