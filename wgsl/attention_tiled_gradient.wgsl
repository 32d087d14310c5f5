// The gradient of attention that kept no probabilities. Declared in src/ops/kernels/attention_tiled_gradient.ts, which takes some
// queries at a time and runs the entry points in turn:
//   scores      of four queries and a key, in scratch memory;
//   shares      probabilities of scores, for eight queries and four keys, of which some are dropped;
//   slopes      the gradient of the scores, behind the probabilities;
//   to_queries  a feature of the gradient of four queries;
//   to_keys     a feature of the gradients of a key and its value, added up over the queries.

//! use grid
//! use stretches
//! use step
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> known: array<f32>;
@group(0) @binding(4) var<storage, read> step: array<u32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
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
  key0: u32,
  key1: u32,
  stream: u32,
  threshold: u32,
  factor: f32,
  firstTerm: u32,
  someTerms: u32,
  firstQuery: u32,
  someQueries: u32,
}
@group(0) @binding(8) var<uniform> params: Params;

//! use dropping
//! use attention_fours

/// Whether there are sums of earlier queries.
override ADDS: bool = false;

/// Where the gradients of the scores begin in scratch memory, behind the probabilities.
fn first_slope() -> u32 {
  return params.heads * params.columns * fours() * params.keys;
}

/// A number that is known of four queries.
fn row(which: u32, head: u32, column: u32, four: u32) -> vec4f {
  let rows = (which * params.heads + head) * params.queries;
  let at = (rows + queries_of(four)) * params.columns + column;
  return vec4f(known[at.x], known[at.y], known[at.z], known[at.w]);
}

/// Elements of a tensor of so many positions.
fn size_of(positions: u32) -> u32 {
  return params.heads * params.depth * positions * params.columns;
}

/// Writes an element of the gradients, or adds it to what is there.
fn leave(at: u32, value: f32) {
  var sum = value;
  if (ADDS || !FIRST) {
    sum += gradients[at];
  }
  gradients[at] = sum;
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
    sum = scratch[i];
  }
  for (var f = params.firstTerm; f < params.firstTerm + params.someTerms; f++) {
    let at = positions(to.head, f, to.four, to.column);
    sum += vec4f(q[at.x], q[at.y], q[at.z], q[at.w]) *
      k[element(to.head, f, to.key, to.column, params.keys)];
  }
  if (LAST) {
    let at = (3u * params.heads * params.queries + to.key) * params.columns + to.column;
    sum = select(vec4f(UNSEEN), params.scale * sum, sight(known[at] > 0.0, to.four, to.key));
  }
  scratch[i] = sum;
}

/// A probability for each score of vector `i` of the queries of all heads and columns.
fn share(score: vec4f, i: u32) -> vec4f {
  let head = i / fours() / params.columns;
  let column = i / fours() % params.columns;
  let largest = row(0u, head, column, i % fours());
  let some = exp(score - largest) * row(1u, head, column, i % fours());
  return select(some, vec4f(), score == vec4f(UNSEEN));
}

@compute @workgroup_size(64)
fn shares(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let tiles = (params.keys + 3u) / 4u;
  let eight = i / tiles;
  if (2u * eight >= params.heads * params.columns * fours()) {
    return;
  }
  let key = 4u * (i % tiles);
  let row = eight / (fours() / 2u);
  let number = row * ((params.queries + 7u) / 8u) + params.firstQuery / 8u + eight % (fours() / 2u);
  let draws = draws_of(number * tiles + i % tiles);
  let words = array<vec4u, 4>(draws.a, draws.b, draws.c, draws.d);
  //! repeat r 0 4
  if (key + ${r}u < params.keys) {
    let at = (eight * params.keys + key + ${r}u) * 2u;
    let low = share(scratch[at], 2u * eight);
    let high = share(scratch[at + 1u], 2u * eight + 1u);
    scratch[at] = select(-low, low, kept_low(words[${r}]));
    scratch[at + 1u] = select(-high, high, kept_high(words[${r}]));
  }
  //! end
}

@compute @workgroup_size(64)
fn slopes(
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
    sum = scratch[first_slope() + i];
  }
  for (var f = params.firstTerm; f < params.firstTerm + params.someTerms; f++) {
    let at = positions(to.head, f, to.four, to.column);
    sum += vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]) *
      v[element(to.head, f, to.key, to.column, params.keys)];
  }
  if (LAST) {
    let p = scratch[i];
    let dp = select(vec4f(), params.factor * sum, p > vec4f());
    let product = row(2u, to.head, to.column, to.four);
    sum = select(params.scale * abs(p) * (dp - product), vec4f(), p == vec4f());
  }
  scratch[first_slope() + i] = sum;
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
    sum += scratch[first_slope() + pair(to.head, to.column, to.four, key)] *
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
    dk += dot(scratch[first_slope() + i], vec4f(q[at.x], q[at.y], q[at.z], q[at.w]));
    dv += dot(max(scratch[i], vec4f()), vec4f(dy[at.x], dy[at.y], dy[at.z], dy[at.w]));
  }
  let to = size_of(params.queries) + element(head, feature, key, column, params.keys);
  leave(to, dk);
  leave(to + size_of(params.keys), params.factor * dv);
}
