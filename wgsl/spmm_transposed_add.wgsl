// Product with the transpose of a matrix of single connections, added to y. Declared in
// src/ops/kernels/spmm_transposed_add.ts. The rows are cut into ranges, each with a sum in scratch memory:
//   clear   begins the sums: an invocation has a vector of four columns;
//   main    an invocation owns a vector of columns of a range's sum and walks over the rows of the range;
//   finish  adds the sums to y, in their order.

//! use grid
//! use lists
@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> scratch: array<vec4f>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  capacity: u32,
  wide: u32,
  ranges: u32,
  firstRow: u32,
  someRows: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

/// Vectors of a range's sum.
fn vectors() -> u32 {
  return params.inputs * (params.columns / 4u);
}

@compute @workgroup_size(64)
fn clear(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i < params.ranges * vectors()) {
    scratch[i] = vec4f();
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = params.columns / 4u;
  let i = invocation(group, groups, lane);
  let range = i / stride;
  let column = i % stride;
  if (range >= params.ranges) {
    return;
  }
  let size = (params.rows + params.ranges - 1u) / params.ranges;
  let first = range * size + params.firstRow;
  let end = min(min(range * size + size, first + params.someRows), params.rows);
  for (var row = first; row < end; row++) {
    let list = span[row];
    let factor = x[row * stride + column];
    let begin = list.x + params.firstTerm;
    let stop = min(list.y, begin + params.someTerms);
    for (var slot = begin; slot < stop; slot++) {
      let at = range * vectors() + entry_of(slot) * stride + column;
      scratch[at] += values[slot] * factor;
    }
  }
}

@compute @workgroup_size(64)
fn finish(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= vectors()) {
    return;
  }
  var sum = vec4f();
  for (var range = 0u; range < params.ranges; range++) {
    sum += scratch[range * vectors() + i];
  }
  y[i] += sum;
}
