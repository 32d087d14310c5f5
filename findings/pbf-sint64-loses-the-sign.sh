#!/usr/bin/env bash
# npm pbf 5.1.2: numbers of the type sint64 beyond 2^52 and below 0 are read and written as positive ones, without an error, though
# JavaScript holds them exactly: -4503599627370497 becomes 4503599627370496, and `Number.MIN_SAFE_INTEGER` 9007199254740990. The
# zigzag code of such a number is odd and beyond 2^53, so it is rounded to an even one, and even codes are positive numbers. All
# negative numbers from there on are concerned, those of protobuf 7.36.2 for Python in files as well as those that pbf writes. The
# types int64 and sfixed64 of pbf keep the same numbers, and so does sint64 down to -2^52. The README says nothing of a bound.
#
# Expected, last lines:
#   given -4503599627370496 -4503599627370497 -9007199254740991 9007199254740991
#   written by Python, read by pbf: sint64 -4503599627370496 4503599627370496 9007199254740990 9007199254740991
#   written by Python, read by pbf: int64 -4503599627370496 -4503599627370497 -9007199254740991 9007199254740991
#   written by Python, read by pbf: sfixed64 -4503599627370496 -4503599627370497 -9007199254740991 9007199254740991
#   written by pbf, read by Python: sint64 -4503599627370496 4503599627370496 9007199254740990 9007199254740991
#   written by pbf, read by Python: int64 -4503599627370496 -4503599627370497 -9007199254740991 9007199254740991
#   written by pbf, read by Python: sfixed64 -4503599627370496 -4503599627370497 -9007199254740991 9007199254740991
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
python3 -m pip --python "$folder/venv" install --quiet --disable-pip-version-check --no-compile protobuf==7.36.2
cd "$folder"
npm install --silent --no-fund --no-audit pbf@5.1.2
cat >sint64.py <<'PY'
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

kinds = {"sint64": 18, "int64": 3, "sfixed64": 16}
file = descriptor_pb2.FileDescriptorProto(name="numbers.proto", syntax="proto3")
message = file.message_type.add(name="Numbers")
for number, (name, kind) in enumerate(kinds.items(), 1):
    message.field.add(name=name, number=number, type=kind, label=3)
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
Numbers = message_factory.GetMessageClass(pool.FindMessageTypeByName("Numbers"))
given = [-(2**52), -(2**52) - 1, -(2**53) + 1, 2**53 - 1]
if sys.argv[1] == "write":
    numbers = Numbers(**{name: given for name in kinds})
    with open("python.pb", "wb") as out:
        out.write(numbers.SerializeToString())
    print("given", *given)
else:
    with open("pbf.pb", "rb") as bytes:
        numbers = Numbers.FromString(bytes.read())
    wrong = [-(2**52), 2**52, 2**53 - 2, 2**53 - 1]
    changed = False
    for name in kinds:
        found = list(getattr(numbers, name))
        print(f"written by pbf, read by Python: {name}", *found)
        changed = changed or found != (wrong if name == "sint64" else given)
    if changed:
        sys.exit("This has changed.")
PY
cat >sint64.mjs <<'JS'
import { PbfReader, PbfWriter } from "pbf";
import { readFileSync, writeFileSync } from "node:fs";

const given = [-(2 ** 52), -(2 ** 52) - 1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
const wrong = [-(2 ** 52), 2 ** 52, 2 ** 53 - 2, 2 ** 53 - 1];
const found = {};
new PbfReader(readFileSync("python.pb")).readFields((tag, result, reader) => {
  if (tag === 1) result.sint64 = reader.readPackedSVarint();
  if (tag === 2) result.int64 = reader.readPackedVarint([], true);
  if (tag === 3) result.sfixed64 = reader.readPackedSFixed64();
}, found);
let changed = false;
for (const [name, numbers] of Object.entries(found)) {
  console.log(`written by Python, read by pbf: ${name} ${numbers.join(" ")}`);
  changed ||= numbers.join() !== (name === "sint64" ? wrong : given).join();
}
const writer = new PbfWriter();
writer.writePackedSVarint(1, given);
writer.writePackedVarint(2, given);
writer.writePackedSFixed64(3, given);
writeFileSync("pbf.pb", writer.finish());
if (changed) {
  console.error("This has changed.");
  process.exit(1);
}
JS
venv/bin/python sint64.py write
node sint64.mjs
venv/bin/python sint64.py read
