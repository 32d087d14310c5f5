// The mask of an N:M weight, and the weight under it.
// Declared in src/ops/kernels/nm_select.ts. One invocation: one word of bits, up to 32 inputs of a row.

//! use grid
//! use masks
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> control: array<u32>;
@group(0) @binding(2) var<storage, read_write> bits: array<u32>;
@group(0) @binding(3) var<storage, read_write> flips: array<u32>;
@group(0) @binding(4) var<storage, read_write> masked: array<f32>;

struct Params {
  rows: u32,
  inputs: u32,
  along: u32,
  segment: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

/// Bits of a magnitude, which compare as the numbers do.
fn magnitude(at: u32) -> u32 {
  return bitcast<u32>(values[at]) & 0x7fffffffu;
}

/// Whether the weight at a place of a row or column of `count` weights, `stride` apart from `first` on, is in the mask.
fn is_inside(first: u32, stride: u32, place: u32, count: u32) -> bool {
  let own = magnitude(first + place * stride);
  if (control[MASK_MODE] == 1u) {
    return own != 0u;
  }
  let m = control[MASK_M];
  let begin = place / m * m;
  let end = min(begin + m, count);
  let share = (control[MASK_N] * (end - begin) + m - 1u) / m;
  var rank = 0u;
  for (var other = begin; other < end; other++) {
    let key = magnitude(first + other * stride);
    rank += select(0u, 1u, key > own || (key == own && other < place));
  }
  if (rank < share) {
    return true;
  }
  // Infinity has no number above it.
  if (control[MASK_LIMIT] == 0x7f800000u) {
    return false;
  }
  var sum = 0.0;
  for (var other = begin; other < end; other++) {
    sum += abs(values[first + other * stride]);
  }
  return sum > bitcast<f32>(control[MASK_LIMIT]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let word = invocation(group, groups, lane);
  let words = (params.inputs + 31u) / 32u;
  if (word >= params.rows * words) {
    return;
  }
  let row = word / words;
  let begin = word % words * 32u;
  let beta = bitcast<f32>(control[MASK_BETA]);
  var now = 0u;
  for (var i = 0u; i < min(32u, params.inputs - begin); i++) {
    let input = begin + i;
    let at = row * params.inputs + input;
    var inside = false;
    if (params.along == 0u) {
      inside = is_inside(row * params.inputs, 1u, input, params.inputs);
    } else {
      inside = is_inside(input, params.inputs, row, params.rows);
    }
    now |= select(0u, 1u << i, inside);
    let w = values[at];
    masked[at] = select(beta * w, w, inside);
  }
  flips[word] += countOneBits(bits[word] ^ now);
  bits[word] = now;
}
