// What the gradient of attention by tiles knows. Declared in src/ops/kernels/attention_known.ts, which runs two entry points:
//   rows   the statistics of a query and the product of y and dy, for one column;
//   sight  an element of the mask.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> known: array<f32>;

struct Params {
  heads: u32,
  depth: u32,
  queries: u32,
  keys: u32,
  columns: u32,
  scale: f32,
  masked: u32,
  causal: u32,
  offset: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let size = params.heads * params.queries * params.columns;
  if (i >= size) {
    return;
  }
  let step = params.queries * params.columns;
  var at = i / step * params.depth * step + i % step + params.firstTerm * step;
  var sum = 0.0;
  if (!FIRST) {
    sum = known[2u * size + i];
  }
  for (var f = 0u; f < params.someTerms; f++) {
    sum += y[at] * dy[at];
    at += step;
  }
  known[i] = statistics[i];
  known[size + i] = statistics[size + i];
  known[2u * size + i] = sum;
}

@compute @workgroup_size(64)
fn sight(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.keys * params.columns) {
    return;
  }
  let first = 3u * params.heads * params.queries * params.columns;
  if (params.masked != 0u) {
    known[first + i] = mask[i];
  } else {
    known[first + i] = 1.0;
  }
}
