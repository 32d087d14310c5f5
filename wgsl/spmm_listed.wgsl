// Sparse product with sparse features. Declared in src/ops/kernels/spmm_listed.ts:
//   begin  one invocation: an element of y, which is the bias of its row;
//   main   one invocation: a row of y, to which it adds.

//! use grid
//! use lists
@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> start: array<u32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read> weights: array<f32>;
@group(0) @binding(6) var<storage, read> bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

struct Params {
  rows: u32,
  inputs: u32,
  positions: u32,
  columns: u32,
  first: u32,
  capacity: u32,
  wide: u32,
  firstSlot: u32,
  someSlots: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(8) var<uniform> params: Params;

@compute @workgroup_size(64)
fn begin(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i < params.rows * params.columns) {
    y[i] = bias[i / params.columns];
  }
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
  let line = row * params.columns;
  let list = span[row];
  let head = list.x + params.firstSlot;
  let end = min(list.y, head + params.someSlots);
  for (var slot = head; slot < end; slot++) {
    let token = params.first + entry_of(slot);
    let value = values[slot];
    let last = min(start[token + 1u], params.firstTerm + params.someTerms);
    for (var at = max(start[token], params.firstTerm); at < last; at++) {
      let place = order[at];
      y[line + place % params.columns] += value * weights[place];
    }
  }
}
