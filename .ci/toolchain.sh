#!/usr/bin/env bash
# Installs what `wasm/build.sh` needs on a fresh Debian machine that reaches the package archives and
# crates.io; with `--check` what its `--check` needs. Does nothing where everything is there.
set -euo pipefail
ci="$(dirname "${BASH_SOURCE[0]}")"

bindgen=0.2.130 # the version in wasm/Cargo.lock and .ci/wasm-bindgen: the tool and the crate must agree
wasm_pack=0.15.1
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
library=/usr/lib/rustlib/wasm32-unknown-unknown/lib
export PATH="/usr/bin:$PATH:$cargo_home/bin"

# Runs a command, showing what it printed only if it failed.
quietly() {
  local log status=0
  log="$(mktemp)"
  "$@" >"$log" 2>&1 || status=$?
  if [ $status -ne 0 ]; then
    echo "Cannot run: $*" >&2
    cat "$log" >&2
  fi
  rm -f "$log"
  return $status
}

# Rust with the source of its standard library, which is built for the module's own features, and
# the linker. The distribution keeps these apart from its older default compiler.
bash "$ci/packages.sh" rustc-web cargo-web rust-web-src lld-22

# wasm-pack looks for this folder to tell that the target is there; the library comes from source.
[ -d "$library" ] || bash "$ci/as_root.sh" mkdir -p "$library"

if [ "$(wasm-bindgen --version 2>/dev/null || true)" != "wasm-bindgen $bindgen" ]; then
  echo "Installing wasm-bindgen $bindgen"
  # Not the package wasm-bindgen-cli: what else it holds takes twice as long to compile.
  quietly cargo install --path "$ci/wasm-bindgen" --locked
fi

[ "${1:-}" = --check ] && exit 0 # wasm-pack compiles for two minutes
if [ "$(wasm-pack --version 2>/dev/null || true)" != "wasm-pack $wasm_pack" ]; then
  echo "Installing wasm-pack $wasm_pack"
  # It runs for a second: optimising it takes longer.
  CARGO_PROFILE_RELEASE_OPT_LEVEL=0 quietly cargo install wasm-pack --version "$wasm_pack" --locked
fi
