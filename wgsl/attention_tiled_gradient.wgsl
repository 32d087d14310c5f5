// The gradient of attention that kept no probabilities. Declared in src/ops/kernels/attention_tiled_gradient.ts, which takes some
// queries at a time and runs the entry points in turn:
//   scores      the probability of a query and a key, in scratch memory;
//   slopes      the gradient of their score, behind the probabilities;
//   to_queries  a feature of the gradient of a query;
//   to_keys     a feature of the gradients of a key and its value, added up over the queries.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> known: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(6) var<storage, read_write> scratch: array<vec4f>;

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
@group(0) @binding(7) var<uniform> params: Params;

//! use attention

/// Whether there are sums of earlier queries.
override ADDS: bool = false;

/// Writes four columns of a gradient, as far as there are any, or adds them to what is there.
fn leave(unit: u32, at: u32, value: vec4f) {
  let there = exists(unit);
  //! repeat e 0 4
  if (there[${e}]) {
    var sum${e} = value[${e}];
    if (ADDS || !FIRST) {
      sum${e} += gradients[at + ${e}u];
    }
    gradients[at + ${e}u] = sum${e};
  }
  //! end
}

/// Where the gradients of the scores begin in scratch memory, behind the probabilities.
fn first_slope() -> u32 {
  return unit_count() * params.someQueries * params.keys;
}

/// Four columns of one of the rows that are known of every query.
fn row(which: u32, unit: u32, query: u32) -> vec4f {
  let head = unit / groups_of_columns();
  let at = ((which * params.heads + head) * params.queries + query) * params.columns + column_of(unit);
  return vec4f(known[at], known[at + 1u], known[at + 2u], known[at + 3u]);
}

/// Which columns of a unit see a key.
fn sight(unit: u32, query: u32, key: u32) -> vec4<bool> {
  let at = (3u * params.heads * params.queries + key) * params.columns + column_of(unit);
  var seen = exists(unit);
  //! repeat e 0 4
  if (seen[${e}]) {
    seen[${e}] = known[at + ${e}u] > 0.0;
  }
  //! end
  return seen & vec4<bool>(params.causal == 0u || key <= query + params.offset);
}

/// Elements of a tensor of so many positions.
fn size_of(positions: u32) -> u32 {
  return params.heads * params.depth * positions * params.columns;
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let key = i % params.keys;
  let query = params.firstQuery + i / params.keys % params.someQueries;
  let unit = i / params.keys / params.someQueries;
  if (unit >= unit_count()) {
    return;
  }
  var at = place(unit, params.firstTerm, query, params.queries);
  var atKey = place(unit, params.firstTerm, key, params.keys);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[i];
  }
  for (var f = 0u; f < params.someTerms; f++) {
    sum += vec4f(q[at], q[at + 1u], q[at + 2u], q[at + 3u]) *
      vec4f(k[atKey], k[atKey + 1u], k[atKey + 2u], k[atKey + 3u]);
    at += params.queries * params.columns;
    atKey += params.keys * params.columns;
  }
  if (LAST) {
    let share = exp(params.scale * sum - row(0u, unit, query)) * row(1u, unit, query);
    sum = select(vec4f(), share, sight(unit, query, key));
  }
  scratch[i] = sum;
}

@compute @workgroup_size(64)
fn slopes(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let key = i % params.keys;
  let query = params.firstQuery + i / params.keys % params.someQueries;
  let unit = i / params.keys / params.someQueries;
  if (unit >= unit_count()) {
    return;
  }
  var at = place(unit, params.firstTerm, query, params.queries);
  var atKey = place(unit, params.firstTerm, key, params.keys);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[first_slope() + i];
  }
  for (var f = 0u; f < params.someTerms; f++) {
    sum += vec4f(dy[at], dy[at + 1u], dy[at + 2u], dy[at + 3u]) *
      vec4f(v[atKey], v[atKey + 1u], v[atKey + 2u], v[atKey + 3u]);
    at += params.queries * params.columns;
    atKey += params.keys * params.columns;
  }
  if (LAST) {
    let p = scratch[i];
    let dp = select(vec4f(), params.factor * sum, p > vec4f());
    let ds = params.scale * abs(p) * (dp - row(2u, unit, query));
    sum = select(ds, vec4f(), p == vec4f());
  }
  scratch[first_slope() + i] = sum;
}

@compute @workgroup_size(64)
fn to_queries(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.depth * params.someQueries) {
    return;
  }
  let to = place_of(i, params.someQueries);
  var atS = first_slope() + (to.unit * params.someQueries + to.position) * params.keys + params.firstTerm;
  var atK = place(to.unit, to.feature, params.firstTerm, params.keys);
  var sum = vec4f();
  for (var j = 0u; j < params.someTerms; j++) {
    sum += scratch[atS] * vec4f(k[atK], k[atK + 1u], k[atK + 2u], k[atK + 3u]);
    atS++;
    atK += params.columns;
  }
  let query = params.firstQuery + to.position;
  leave(to.unit, place(to.unit, to.feature, query, params.queries), sum);
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
  var at = (to.unit * params.someQueries + params.firstTerm) * params.keys + to.position;
  let query = params.firstQuery + params.firstTerm;
  var atQ = place(to.unit, to.feature, query, params.queries);
  var dk = vec4f();
  var dv = vec4f();
  for (var j = 0u; j < params.someTerms; j++) {
    dk += scratch[first_slope() + at] * vec4f(q[atQ], q[atQ + 1u], q[atQ + 2u], q[atQ + 3u]);
    dv += params.factor * max(scratch[at], vec4f()) * vec4f(dy[atQ], dy[atQ + 1u], dy[atQ + 2u], dy[atQ + 3u]);
    at += params.keys;
    atQ += params.columns;
  }
  let toKey = size_of(params.queries) + place(to.unit, to.feature, to.position, params.keys);
  leave(to.unit, toKey, dk);
  leave(to.unit, toKey + size_of(params.keys), dv);
}
