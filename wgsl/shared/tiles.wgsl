// Lists of inputs by tiles of four: `index` holds two halves a word, low half first, or whole words.
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;

/// The four inputs of list tile `tile`.
fn inputs_of(tile: u32) -> vec4u {
  if (WIDE) {
    return vec4u(index[2u * tile], index[2u * tile + 1u]);
  }
  let pairs = index[tile];
  return vec4u(pairs.x & 0xffffu, pairs.x >> 16u, pairs.y & 0xffffu, pairs.y >> 16u);
}
