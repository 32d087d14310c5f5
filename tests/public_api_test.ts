/**
 * The public surface: an export that appears, goes or changes its kind must be meant.
 *
 * @module
 */
import assert from "node:assert/strict";
import { publicApi, withoutExample } from "./public_api.ts";

Deno.test("the entry points export what tests/public_api.txt lists", async () => {
  const listed = await Deno.readTextFile(new URL("public_api.txt", import.meta.url));
  assert.deepEqual(await publicApi(), listed.trimEnd().split("\n"));
});

Deno.test("every function of an entry point has an example", async () => {
  assert.deepEqual(await withoutExample(), []);
});
