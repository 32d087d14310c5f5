// Inputs of an N:M matrix from their places inside the segments.
// Declared in src/ops/kernels/unpack_segments.ts. One invocation: one list tile, four slots of a row.

//! use grid
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;

@group(0) @binding(0) var<storage, read> packed: array<u32>;
@group(0) @binding(1) var<storage, read_write> index: array<vec2u>;

struct Params {
  n: u32,
  m: u32,
  bits: u32,
  perRow: u32,
  stride: u32,
  capacity: u32,
  wide: u32,
}
@group(0) @binding(2) var<uniform> params: Params;

/// The place that slot `slot` stores. It may reach over the border of a word, and takes no bits where
/// a segment is one input.
fn place_of(slot: u32) -> u32 {
  let word = slot * params.bits / 32u;
  let shift = slot * params.bits % 32u;
  let mask = (1u << params.bits) - 1u;
  var bits = packed[word] >> shift;
  if (shift + params.bits > 32u) {
    bits |= packed[word + 1u] << (32u - shift);
  }
  return bits & mask;
}

/// The input of slot `slot`, which is the row's `j`th.
fn input_of(slot: u32, j: u32) -> u32 {
  if (j >= params.perRow) {
    return 0u;
  }
  return j / params.n * params.m + place_of(slot);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = invocation(group, groups, lane);
  let slot = 4u * tile;
  if (slot >= params.capacity) {
    return;
  }
  let j = slot % params.stride;
  //! repeat e 0 4
  let input${e} = input_of(slot + ${e}u, j + ${e}u);
  //! end
  if (WIDE) {
    index[2u * tile] = vec2u(input0, input1);
    index[2u * tile + 1u] = vec2u(input2, input3);
  } else {
    index[tile] = vec2u(input0 | (input1 << 16u), input2 | (input3 << 16u));
  }
}
