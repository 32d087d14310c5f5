// Lines of many elements are cut into parts, whose results lie in scratch memory until they are put
// together. See src/ops/kernels/parts.ts.

/// What PART is where a line is not cut.
const WHOLE: u32 = 0xffffffffu;
/// Elements of a part.
override PART: u32 = WHOLE;

/// Parts of a line of `length` elements, of which there is one at least.
fn part_count(length: u32) -> u32 {
  return (length - 1u) / PART + 1u;
}

/// Where the part ends that begins with element `first`.
fn part_end(first: u32, length: u32) -> u32 {
  return first + min(PART, length - first);
}
