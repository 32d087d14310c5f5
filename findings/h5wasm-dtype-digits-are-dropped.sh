#!/usr/bin/env bash
# npm h5wasm 0.10.3: types of HDF5 datasets are letters there, `<d` for float64 and `<q` for int64. Those of NumPy, h5py and jsfive
# are letters and digits, and `create_dataset` takes these as well, without an error, and drops the digits: `<f8` is float32, as
# `<f2` is, and `<i8`, `<i2` and `<i1` are int32. So float64 loses half of its digits, and int64 beyond 2^31 becomes another number.
# The comment on the function that reads them names `<i8` and `<f4` as examples. Without a type, whole numbers of a plain array are
# int32 too, however large: the README says that the type will match the input. A Float64Array or BigInt64Array without a type is
# kept.
#
# Expected, last lines:
#   0.1 as <f8: float32 0.10000000149011612
#   4294967303 as <i8: int32 7
#   3 as <i1: int32 3
#   0.1 as <d: float64 0.1
#   4294967303 as <q: int64 4294967303
#   4294967303 in an array, no type: int32 7
#   4294967303 in a BigInt64Array, no type: int64 4294967303
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile h5py==3.16.0 numpy==2.4.6
cd "$folder"
npm install --silent --no-fund --no-audit h5wasm@0.10.3
cat >write.mjs <<'JS'
import h5wasm from "h5wasm/node";

await h5wasm.ready;
const file = new h5wasm.File("numbers.h5", "w");
const large = 4294967303;
file.create_dataset({ name: "0.1 as <f8", data: [0.1], dtype: "<f8" });
file.create_dataset({ name: `${large} as <i8`, data: [large], dtype: "<i8" });
file.create_dataset({ name: "3 as <i1", data: [3], dtype: "<i1" });
file.create_dataset({ name: "0.1 as <d", data: [0.1], dtype: "<d" });
file.create_dataset({ name: `${large} as <q`, data: [BigInt(large)], dtype: "<q" });
file.create_dataset({ name: `${large} in an array, no type`, data: [large] });
file.create_dataset({ name: `${large} in a BigInt64Array, no type`, data: new BigInt64Array([BigInt(large)]) });
file.close();
JS
cat >read.py <<'PY'
import sys

import h5py

expected = {
    "0.1 as <f8": "float32 0.10000000149011612",
    "4294967303 as <i8": "int32 7",
    "3 as <i1": "int32 3",
    "0.1 as <d": "float64 0.1",
    "4294967303 as <q": "int64 4294967303",
    "4294967303 in an array, no type": "int32 7",
    "4294967303 in a BigInt64Array, no type": "int64 4294967303",
}
changed = False
with h5py.File("numbers.h5") as file:
    for name, line in expected.items():
        found = f"{file[name].dtype} {file[name][0].item()}"
        print(f"{name}: {found}")
        changed = changed or found != line
if changed:
    sys.exit("This has changed.")
PY
node write.mjs
venv/bin/python read.py
