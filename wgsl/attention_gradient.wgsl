// The gradient of attention that kept its probabilities. Declared in src/ops/kernels/attention_gradient.ts, which runs the
// entry points in turn:
//   products    of y and dy, for each query;
//   scores      the gradient of the score of a query and a key;
//   to_queries  a feature of the gradient of a query;
//   to_keys     a feature of the gradients of a key and its value.
// Columns that there are none of have probabilities of 0.

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
}
@group(0) @binding(8) var<uniform> params: Params;

//! use attention

/// Writes four columns of a gradient, as far as there are any, or adds them to what the stretch before left.
fn leave(unit: u32, at: u32, value: vec4f) {
  let there = exists(unit);
  //! repeat e 0 4
  if (there[${e}]) {
    var sum${e} = value[${e}];
    if (!FIRST) {
      sum${e} += gradients[at + ${e}u];
    }
    gradients[at + ${e}u] = sum${e};
  }
  //! end
}

/// Where the gradients of the scores begin in scratch memory.
fn first_score() -> u32 {
  return unit_count() * params.queries;
}

/// Elements of a tensor of so many positions.
fn size_of(positions: u32) -> u32 {
  return params.heads * params.depth * positions * params.columns;
}

@compute @workgroup_size(64)
fn products(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let unit = i / params.queries;
  if (unit >= unit_count()) {
    return;
  }
  var at = place(unit, params.firstTerm, i % params.queries, params.queries);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[i];
  }
  for (var f = 0u; f < params.someTerms; f++) {
    sum += vec4f(y[at], y[at + 1u], y[at + 2u], y[at + 3u]) * vec4f(dy[at], dy[at + 1u], dy[at + 2u], dy[at + 3u]);
    at += params.queries * params.columns;
  }
  scratch[i] = sum;
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let key = i % params.keys;
  let query = i / params.keys % params.queries;
  let unit = i / params.keys / params.queries;
  if (unit >= unit_count()) {
    return;
  }
  var atY = place(unit, params.firstTerm, query, params.queries);
  var atV = place(unit, params.firstTerm, key, params.keys);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[first_score() + i];
  }
  for (var f = 0u; f < params.someTerms; f++) {
    sum += vec4f(dy[atY], dy[atY + 1u], dy[atY + 2u], dy[atY + 3u]) * vec4f(v[atV], v[atV + 1u], v[atV + 2u], v[atV + 3u]);
    atY += params.queries * params.columns;
    atV += params.keys * params.columns;
  }
  if (LAST) {
    let p = probabilities[i];
    let dp = select(vec4f(), params.factor * sum, p > vec4f());
    let ds = params.scale * abs(p) * (dp - scratch[i / params.keys]);
    sum = select(ds, vec4f(), p == vec4f());
  }
  scratch[first_score() + i] = sum;
}

@compute @workgroup_size(64)
fn to_queries(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.depth * params.queries) {
    return;
  }
  let to = place_of(i, params.queries);
  var atS = first_score() + (to.unit * params.queries + to.position) * params.keys + params.firstTerm;
  var atK = place(to.unit, to.feature, params.firstTerm, params.keys);
  var sum = vec4f();
  for (var j = 0u; j < params.someTerms; j++) {
    sum += scratch[atS] * vec4f(k[atK], k[atK + 1u], k[atK + 2u], k[atK + 3u]);
    atS++;
    atK += params.columns;
  }
  leave(to.unit, place(to.unit, to.feature, to.position, params.queries), sum);
}

@compute @workgroup_size(64)
fn to_keys(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.depth * params.keys) {
    return;
  }
  let to = place_of(i, params.keys);
  var at = (to.unit * params.queries + params.firstTerm) * params.keys + to.position;
  var atQ = place(to.unit, to.feature, params.firstTerm, params.queries);
  var dk = vec4f();
  var dv = vec4f();
  for (var j = 0u; j < params.someTerms; j++) {
    dk += scratch[first_score() + at] * vec4f(q[atQ], q[atQ + 1u], q[atQ + 2u], q[atQ + 3u]);
    let p = probabilities[at];
    dv += params.factor * max(p, vec4f()) * vec4f(dy[atQ], dy[atQ + 1u], dy[atQ + 2u], dy[atQ + 3u]);
    at += params.keys;
    atQ += params.columns;
  }
  let toKey = size_of(params.queries) + place(to.unit, to.feature, to.position, params.keys);
  leave(to.unit, toKey, dk);
  leave(to.unit, toKey + size_of(params.keys), dv);
}
