// Lists of inputs: `index` holds two halves a word, low half first, or whole words.
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;

/// The entry of slot `slot`: an input, or a column of units.
fn entry_of(slot: u32) -> u32 {
  if (WIDE) {
    return index[slot];
  }
  return (index[slot / 2u] >> (16u * (slot % 2u))) & 0xffffu;
}
