// The numbers that bytes stand for, 0 on padding.
// Declared in src/ops/kernels/unpack_bytes.ts. One invocation: a word, which is four elements of a column.

//! use grid
//! use step
@group(0) @binding(0) var<storage, read> words: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> step: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

struct Params {
  rows: u32,
  columns: u32,
  part: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let first = 4u * (i / params.columns);
  let column = i % params.columns;
  if (first >= params.rows) {
    return;
  }
  let word = words[i];
  let real = column < step[STEP_EXAMPLES];
  for (var k = 0u; k < min(4u, params.rows - first); k++) {
    let row = first + k;
    let number = table[256u * (row / params.part) + ((word >> (8u * k)) & 255u)];
    y[row * params.columns + column] = select(0.0, number, real);
  }
}
