// Gradient of the active values of a product with sparse features. Declared in src/ops/kernels/sddmm_listed.ts. One invocation: one
// slot.

//! use grid
//! use lists
//! use rows
//! use stretches
@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> start: array<u32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;
@group(0) @binding(4) var<storage, read> weights: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradient: array<f32>;

struct Params {
  rows: u32,
  inputs: u32,
  positions: u32,
  columns: u32,
  first: u32,
  capacity: u32,
  wide: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let slot = invocation(group, groups, lane);
  if (slot >= params.capacity) {
    return;
  }
  let row = row_of(slot);
  var sum = 0.0;
  if (!FIRST) {
    sum = gradient[slot];
  }
  if (slot < span[row].y) {
    let line = row * params.columns;
    let token = params.first + entry_of(slot);
    let last = min(start[token + 1u], params.firstTerm + params.someTerms);
    for (var at = max(start[token], params.firstTerm); at < last; at++) {
      let place = order[at];
      sum += dy[line + place % params.columns] * weights[place];
    }
  }
  gradient[slot] = sum;
}
