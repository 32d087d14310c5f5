// Units of a matrix, each transposed, in the order of the transposed view. Declared in
// src/ops/kernels/block_transpose.ts, which chooses the entry point:
//   squares  four rows by four inputs of a unit for an invocation;
//   plain    one connection for an invocation: units that fours do not fit.
// Buffers have two names, because an entry point sees them as vectors or as numbers.

//! use grid
//! use products
@group(0) @binding(0) var<storage, read> slot: array<u32>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> values4: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out4: array<vec4f>;

struct Params {
  length: u32,
  height: u32,
  width: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn squares(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let height4 = params.height / 4u;
  let width4 = params.width / 4u;
  let unit = i / (height4 * width4);
  if (unit >= params.length) {
    return;
  }
  let row4 = i / width4 % height4;
  let input4 = i % width4;
  let place = slot[unit];
  //! repeat c 0 4
  var line${c} = vec4f();
  //! end
  if (place != NONE) {
    //! repeat c 0 4
    line${c} = values4[(place * params.width + 4u * input4 + ${c}u) * height4 + row4];
    //! end
  }
  //! repeat r 0 4
  out4[(unit * params.height + 4u * row4 + ${r}u) * width4 + input4] =
    vec4f(line0[${r}], line1[${r}], line2[${r}], line3[${r}]);
  //! end
}

@compute @workgroup_size(64)
fn plain(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let size = params.height * params.width;
  let unit = i / size;
  if (unit >= params.length) {
    return;
  }
  let row = i % size / params.width;
  let input = i % params.width;
  let place = slot[unit];
  var value = 0.0;
  if (place != NONE) {
    value = values[place * size + input * params.height + row];
  }
  out[i] = value;
}
