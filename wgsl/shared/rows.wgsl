// The rows of lists, one behind the other in slots.
/// The last row whose list begins at `slot` or before. Begins ascend, so of the rows that share
/// one only the last can have connections.
fn row_of(slot: u32) -> u32 {
  return list_at(slot, params.rows);
}

/// The same of `lists` lists, whatever they are of.
fn list_at(slot: u32, lists: u32) -> u32 {
  var low = 0u;
  var high = lists;
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
