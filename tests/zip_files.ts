/**
 * Archives as NumPy writes them, and matrices as SciPy does.
 *
 * @module
 */
import { crc32, deflateRawSync } from "node:zlib";
import { npy } from "./idx_files.ts";

/** An archive, with sizes of 64 bits in the extra field as NumPy writes them, or plain ones. */
export function zip(
  files: Readonly<Record<string, Uint8Array>>,
  packed: boolean,
  wide: boolean,
): Uint8Array {
  const local: number[] = [], directory: number[] = [];
  const u16 = (n: number) => [n & 255, n >> 8],
    u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)];
  for (const [name, content] of Object.entries(files)) {
    const stored = packed ? new Uint8Array(deflateRawSync(content)) : content;
    const at = local.length, label = [...new TextEncoder().encode(name)];
    const extra = wide
      ? [...u16(1), ...u16(16), ...u32(content.length), ...u32(0), ...u32(stored.length), ...u32(0)]
      : [];
    const sizes = wide
      ? [...u32(0xffffffff), ...u32(0xffffffff)]
      : [...u32(stored.length), ...u32(content.length)];
    const head = [
      ...u16(45),
      ...u16(0),
      ...u16(packed ? 8 : 0),
      ...u32(0),
      ...u32(crc32(content)),
      ...sizes,
    ];
    const lengths = [...u16(label.length), ...u16(extra.length)];
    local.push(...u32(0x04034b50), ...head, ...lengths, ...label, ...extra, ...stored);
    directory.push(
      ...u32(0x02014b50),
      ...u16(45),
      ...head,
      ...lengths,
      ...u16(0),
      ...u16(0),
      ...u16(0),
    );
    directory.push(...u32(0), ...u32(at), ...label, ...extra);
  }
  const count = Object.keys(files).length;
  const end = [...u32(0x06054b50), ...u16(0), ...u16(0), ...u16(count), ...u16(count)];
  return Uint8Array.of(
    ...local,
    ...directory,
    ...end,
    ...u32(directory.length),
    ...u32(local.length),
    ...u16(0),
  );
}

/** What SciPy saves of a matrix of 3 x 5 whose second row is empty and whose third is unsorted. */
export function matrix(
  values: number[],
  indices: number[] = [0, 4, 3, 1, 3],
): Record<string, Uint8Array> {
  return {
    "indices.npy": npy([indices.length], "i4", indices),
    "indptr.npy": npy([4], "i8", [0, 2, 2, 5]),
    "format.npy": format("csr"),
    "shape.npy": npy([2], "i8", [3, 5]),
    "data.npy": npy([values.length], "f4", values),
  };
}

/** How SciPy saves what kind a matrix is: a scalar of three letters. */
export function format(kind: string): Uint8Array {
  const change = () => "{'descr': '|S3', 'fortran_order': False, 'shape': (), }";
  return npy([3], "u1", [...new TextEncoder().encode(kind)], { change });
}
