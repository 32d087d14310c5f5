#!/usr/bin/env bash
# Builds the WebAssembly module twice with wasm-pack: `pkg` (SIMD, one thread, runs everywhere) and
# `pkg-threads` (relaxed SIMD, shared memory), each taken apart into what every program needs
# (`filigree_bg.wasm`) and the parts of `src/device/wasm/parts.ts` (`filigree_PART.wasm`). The bytes depend on the sources and the toolchain
# alone, not on the folder or the machine, so that `--check` can compare them with the committed ones.
#
#   wasm/build.sh             builds into wasm/pkg and wasm/pkg-threads
#   wasm/build.sh --out DIR   builds into DIR/pkg and DIR/pkg-threads
#   wasm/build.sh --check     builds into a temporary folder and compares
#
# Needs Deno and what `.ci/toolchain.sh` installs: rustc with the source of its library, wasm-ld-22,
# wasm-bindgen and wasm-pack. `--check` does without wasm-pack: it compares what cargo and wasm-bindgen
# make, which is all that wasm-pack runs here, with what wasm-pack made.
set -euo pipefail

crate="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
out="$crate"
check=false
case "${1:-}" in
  "") ;;
  --out) mkdir -p "${2:?a folder is expected after --out}"; out="$(cd "$2" && pwd -P)" ;;
  --check) check=true; out="$(mktemp -d)"; trap 'rm -rf "$out"' EXIT ;;
  *) echo "Cannot build: unknown option \"$1\"; expected --out DIR or --check" >&2; exit 2 ;;
esac

# The distribution's compiler first: it comes with the source of its standard library, which is
# built here with the same features as the crate.
cargo_home="${CARGO_HOME:-$HOME/.cargo}"
export PATH="/usr/bin:$PATH:$cargo_home/bin"
export RUSTC_BOOTSTRAP=1 # -Zbuild-std, and atomic waiting in core::arch::wasm32

# Loop strength reduction would compute addresses outside the instructions that could hold them.
# The three prefixes keep paths of this machine out of panic messages.
common="-Clinker=wasm-ld-22 -Cllvm-args=-disable-lsr"
common+=" --remap-path-prefix=$cargo_home=cargo --remap-path-prefix=$crate=filigree"
target=wasm32-unknown-unknown
plain="-Ctarget-feature=+simd128"
threads="-Ctarget-feature=+simd128,+relaxed-simd,+atomics,+bulk-memory,+mutable-globals"
threads+=" -Clink-arg=--shared-memory -Clink-arg=--import-memory -Clink-arg=--max-memory=4294967296"
# wasm-bindgen's transformation for threads asks for these.
for symbol in __stack_pointer __wasm_init_tls __tls_size __tls_align __tls_base __heap_base; do
  threads+=" -Clink-arg=--export=$symbol"
done

# Two target folders, so that neither build undoes the other; but what runs while they are compiled, the macros of
# wasm-bindgen, is the same, and lies in the first of them.
targets="${FILIGREE_TARGET_DIR:-$crate/target}"
if [ ! -L "$targets/pkg-threads/release" ]; then
  rm -rf "$targets/pkg-threads/release"
  mkdir -p "$targets/pkg/release" "$targets/pkg-threads"
  ln -s ../pkg/release "$targets/pkg-threads/release"
fi

# build NAME FLAGS: one build, into $out/NAME.
build() {
  export CARGO_TARGET_DIR="$targets/$1" RUSTFLAGS="$common $2"
  # Of the library without what reads debugging information for traces of a stack: a module has neither.
  local library=(-Zbuild-std=std,panic_abort -Zbuild-std-features= --locked)
  if $check; then
    (cd "$crate" && CARGO_BUILD_TARGET=$target cargo build --lib --release "${library[@]}")
    wasm-bindgen "$CARGO_TARGET_DIR/$target/release/filigree.wasm" --out-dir "$out/$1" \
      --out-name filigree --target web --typescript
  else
    wasm-pack --log-level warn build --mode no-install --target web --release --no-pack \
      --out-dir "$out/$1" --out-name filigree "$crate" -- "${library[@]}"
    rm -f "$out/$1/.gitignore"
  fi
  for script in split strip; do
    deno run --quiet --no-config --no-lock --allow-read --allow-write \
      "$crate/$script.ts" "$out/$1/filigree_bg.wasm"
  done
}

build pkg "$plain"
build pkg-threads "$threads"

if $check; then
  status=0
  for package in pkg pkg-threads; do
    diff -rq "$crate/$package" "$out/$package" || status=1
  done
  if [ $status -ne 0 ]; then
    echo "The committed packages are not what the sources build to." >&2
    echo "Run \"deno task wasm\" and commit wasm/pkg and wasm/pkg-threads." >&2
    echo "This build used $(rustc --version), $(wasm-bindgen --version)." >&2
    exit 1
  fi
  echo "wasm/pkg and wasm/pkg-threads are what the sources build to."
fi
