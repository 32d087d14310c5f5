// Attention that keeps no probabilities. Declared in src/ops/kernels/attention_tiled.ts, which takes some queries at a time and
// runs the entry points in turn:
//   scores           of four queries and a key, in scratch memory;
//   largest_and_sum  the largest score of four queries, and at last 1 over the sum of exp(score - largest);
//   shares           probabilities of scores, for eight queries and four keys, of which some are dropped;
//   values           a feature of four queries.

//! use grid
//! use stretches
//! use step
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read> step: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> statistics: array<f32>;
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

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = four_and_key(invocation(group, groups, lane));
  if (at.head >= params.heads) {
    return;
  }
  let i = pair(at.head, at.column, at.four, at.key);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[i];
  }
  for (var f = params.firstTerm; f < params.firstTerm + params.someTerms; f++) {
    let atQ = positions(at.head, f, at.four, at.column);
    sum += vec4f(q[atQ.x], q[atQ.y], q[atQ.z], q[atQ.w]) *
      k[element(at.head, f, at.key, at.column, params.keys)];
  }
  if (LAST) {
    var open = true;
    if (params.masked != 0u) {
      open = mask[at.key * params.columns + at.column] > 0.0;
    }
    sum = select(vec4f(UNSEEN), params.scale * sum, sight(open, at.four, at.key));
  }
  scratch[i] = sum;
}

/// Where a statistic of four queries lies.
fn statistic(which: u32, row: u32, four: u32) -> vec4u {
  let head = which * params.heads + row / params.columns;
  return (head * params.queries + queries_of(four)) * params.columns + row % params.columns;
}

/// A statistic of four queries.
fn load(at: vec4u) -> vec4f {
  return vec4f(statistics[at.x], statistics[at.y], statistics[at.z], statistics[at.w]);
}

@compute @workgroup_size(64)
fn largest_and_sum(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= params.heads * params.columns * fours()) {
    return;
  }
  let four = i % fours();
  let at = statistic(0u, i / fours(), four);
  let atSum = statistic(1u, i / fours(), four);
  var largest = vec4f(UNSEEN);
  var sum = vec4f();
  if (!FIRST) {
    largest = load(at);
    sum = load(atSum);
  }
  for (var key = params.firstTerm; key < params.firstTerm + params.someTerms; key++) {
    let score = scratch[pair_of(i, key)];
    let more = max(largest, score);
    sum = sum * exp(largest - more) + select(exp(score - more), vec4f(), score == vec4f(UNSEEN));
    largest = more;
  }
  if (LAST) {
    // A query that sees nothing has no sum.
    let nothing = sum == vec4f();
    sum = select(1.0 / select(sum, vec4f(1.0), nothing), vec4f(), nothing);
  }
  let exists = there(four);
  //! repeat e 0 4
  if (exists[${e}]) {
    statistics[at[${e}]] = largest[${e}];
    statistics[atSum[${e}]] = sum[${e}];
  }
  //! end
}

/// A probability for each score of vector `i` of the queries of all heads and columns.
fn share(score: vec4f, i: u32) -> vec4f {
  let largest = load(statistic(0u, i / fours(), i % fours()));
  let some = exp(score - largest) * load(statistic(1u, i / fours(), i % fours()));
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
fn values(
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
    let p = params.factor * max(scratch[pair(to.head, to.column, to.four, key)], vec4f());
    sum += p * v[element(to.head, to.feature, key, to.column, params.keys)];
  }
  let at = positions(to.head, to.feature, to.four, to.column);
  let exists = there(to.four);
  //! repeat e 0 4
  if (exists[${e}]) {
    if (!FIRST) {
      sum[${e}] += y[at[${e}]];
    }
    y[at[${e}]] = sum[${e}];
  }
  //! end
}
