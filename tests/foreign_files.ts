/**
 * Files of safetensors with numbers of any type, as others write them.
 *
 * @module
 */

/** A file with numbers of any type, given as their bytes. */
export function foreignFile(
  arrays: Readonly<
    Record<
      string,
      { readonly dtype: string; readonly shape: readonly number[]; readonly data: Uint8Array }
    >
  >,
): Uint8Array {
  let end = 0;
  const entries = Object.entries(arrays).map(([name, { dtype, shape, data }]) => {
    const offsets = [end, end += data.length];
    return [name, { dtype, shape, data_offsets: offsets }] as const;
  });
  const head = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const file = new Uint8Array(8 + head.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  let place = 8 + head.length;
  for (const { data } of Object.values(arrays)) {
    file.set(data, place);
    place += data.length;
  }
  return file;
}
