// Sparse product with one vector. Declared in src/ops/kernels/spmv.ts. One invocation: one row.

//! use grid
//! use epilogue_one
//! use pointwise_one
//! use products
//! use stretches
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;
/// Inputs of a unit: 1 or a multiple of 4.
override WIDTH: u32 = 1u;
/// Inputs that a loop takes at a time: 1 or 4.
override TERMS: u32 = 1u;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> extra: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

struct Params {
  rows: u32,
  inputs: u32,
  capacity: u32,
  wide: u32,
  epilogue: u32,
  height: u32,
  width: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

/// The column of units of a slot.
fn column_of(slot: u32) -> u32 {
  if (WIDE) {
    return index[slot];
  }
  return (index[slot / 2u] >> (16u * (slot % 2u))) & 0xffffu;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = invocation(group, groups, lane);
  if (row >= params.rows) {
    return;
  }
  let list = span[row / params.height];
  let inside = row % params.height;
  var sum = 0.0;
  let begin = list.x * WIDTH + params.firstTerm;
  let end = min(list.y * WIDTH, begin + params.someTerms);
  for (var at = begin; at < end; at += TERMS) {
    let first = column_of(at / WIDTH) * WIDTH + at % WIDTH;
    //! repeat c 0 4
    // What lies beyond the edge is not read.
    if (${c}u < TERMS && first + ${c}u < params.inputs) {
      sum += values[(at + ${c}u) * params.height + inside] * x[first + ${c}u];
    }
    //! end
  }
  if (!FIRST) {
    sum += y[row];
  }
  if (!LAST) {
    y[row] = sum;
    return;
  }
  y[row] = finish(sum, row, row);
}
