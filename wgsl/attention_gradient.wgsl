// The gradient of attention that kept its probabilities. Declared in src/ops/kernels/attention_gradient.ts, which runs the
// entry points in turn:
//   products    of y and dy, for four queries;
//   scores      the gradient of the scores of four queries and a key;
//   to_queries  a feature of the gradient of four queries;
//   to_keys     a feature of the gradients of a key and its value.
// Queries that there are none of have probabilities of 0.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> y: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> probabilities: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(7) var<storage, read_write> scratch: array<vec4f>;

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
  factor: f32,
  firstTerm: u32,
  someTerms: u32,
  firstQuery: u32,
  someQueries: u32,
}
@group(0) @binding(8) var<uniform> params: Params;

//! use attention_fours

/// Where the gradients of the scores begin in scratch memory, behind the products.
fn first_score() -> u32 {
  return params.heads * params.columns * fours();
}

/// Elements of a tensor of so many positions.
fn size_of(positions: u32) -> u32 {
  return params.heads * params.depth * positions * params.columns;
}

/// Writes an element of the gradients, or adds it to what the stretch before left.
fn leave(at: u32, value: f32) {
  var sum = value;
  if (!FIRST) {
    sum += gradients[at];
  }
  gradients[at] = sum;
}

@compute @workgroup_size(64)
fn products(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let four = i / params.columns;
  if (four >= params.heads * fours()) {
    return;
  }
  let head = four / fours();
  let column = i % params.columns;
  let to = (head * params.columns + column) * fours() + four % fours();
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[to];
  }
  for (var f = params.firstTerm; f < params.firstTerm + params.someTerms; f++) {
    let at = positions(head, f, four % fours(), column);
    sum += vec4f(y[at.x], y[at.y], y[at.z], y[at.w]) * vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
  }
  scratch[to] = sum;
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let to = four_and_key(invocation(group, groups, lane));
  if (to.head >= params.heads) {
    return;
  }
  let i = pair(to.head, to.column, to.four, to.key);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[first_score() + i];
  }
  for (var f = params.firstTerm; f < params.firstTerm + params.someTerms; f++) {
    let at = positions(to.head, f, to.four, to.column);
    sum += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]) *
      v[element(to.head, f, to.key, to.column, params.keys)];
  }
  if (LAST) {
    let p = probabilities[i];
    let dp = select(vec4f(), params.factor * sum, p > vec4f());
    let product = scratch[(to.head * params.columns + to.column) * fours() + to.four];
    sum = select(params.scale * abs(p) * (dp - product), vec4f(), p == vec4f());
  }
  scratch[first_score() + i] = sum;
}

@compute @workgroup_size(64)
fn to_queries(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let to = four_and_feature(invocation(group, groups, lane));
  if (to.head >= params.heads) {
    return;
  }
  var sum = vec4f();
  for (var key = params.firstTerm; key < params.firstTerm + params.someTerms; key++) {
    sum += scratch[first_score() + pair(to.head, to.column, to.four, key)] *
      k[element(to.head, to.feature, key, to.column, params.keys)];
  }
  let at = positions(to.head, to.feature, to.four, to.column);
  let exists = there(to.four);
  //! repeat e 0 4
  if (exists[${e}]) {
    leave(at[${e}], sum[${e}]);
  }
  //! end
}

@compute @workgroup_size(64)
fn to_keys(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let column = i % params.columns;
  let key = i / params.columns % params.keys;
  let row = i / params.columns / params.keys;
  if (row >= params.heads * params.depth) {
    return;
  }
  let head = row / params.depth;
  let feature = row % params.depth;
  var dk = 0.0;
  var dv = 0.0;
  for (var four = params.firstTerm; four < params.firstTerm + params.someTerms; four++) {
    let at = positions(head, feature, four, column);
    let i = pair(head, column, four, key);
    dk += dot(scratch[first_score() + i], vec4f(q[at.x], q[at.y], q[at.z], q[at.w]));
    dv += dot(max(probabilities[i], vec4f()), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]));
  }
  let to = size_of(params.queries) + element(head, feature, key, column, params.keys);
  leave(to, dk);
  leave(to + size_of(params.keys), params.factor * dv);
}
