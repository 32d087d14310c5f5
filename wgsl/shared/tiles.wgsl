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

/// The last row whose list begins at `slot` or before. Begins ascend, so of the rows that share
/// one only the last can have connections.
fn row_of(slot: u32) -> u32 {
  var low = 0u;
  var high = params.rows;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (span[middle].x <= slot) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}
