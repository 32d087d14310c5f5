// Attention that keeps no probabilities. Declared in src/ops/kernels/attention_tiled.ts, which takes some queries at a time and runs
// the entry points in turn:
//   scores           of a query and a key for an invocation, in scratch memory;
//   largest_and_sum  the largest score of a query, and at last 1 over the sum of exp(score - largest);
//   shares           probabilities of scores;
//   values           a feature of a query.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> statistics: array<f32>;
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
  firstTerm: u32,
  someTerms: u32,
  firstQuery: u32,
  someQueries: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

//! use attention

/// Where a statistic of a query begins.
fn statistic(which: u32, unit: u32, query: u32) -> u32 {
  let head = unit / groups_of_columns();
  return ((which * params.heads + head) * params.queries + query) * params.columns + column_of(unit);
}

/// A statistic of four columns.
fn statistics_at(at: u32) -> vec4f {
  return vec4f(statistics[at], statistics[at + 1u], statistics[at + 2u], statistics[at + 3u]);
}

/// Which columns of a unit see a key.
fn sight(unit: u32, query: u32, key: u32) -> vec4<bool> {
  var seen = exists(unit);
  if (params.masked != 0u) {
    let at = key * params.columns + column_of(unit);
    //! repeat e 0 4
    if (seen[${e}]) {
      seen[${e}] = mask[at + ${e}u] > 0.0;
    }
    //! end
  }
  return seen & vec4<bool>(params.causal == 0u || key <= query + params.offset);
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
  let stepQ = params.queries * params.columns;
  let stepK = params.keys * params.columns;
  var atQ = place(unit, params.firstTerm, query, params.queries);
  var atK = place(unit, params.firstTerm, key, params.keys);
  var sum = vec4f();
  if (!FIRST) {
    sum = scratch[i];
  }
  for (var f = 0u; f < params.someTerms; f++) {
    sum += vec4f(q[atQ], q[atQ + 1u], q[atQ + 2u], q[atQ + 3u]) *
      vec4f(k[atK], k[atK + 1u], k[atK + 2u], k[atK + 3u]);
    atQ += stepQ;
    atK += stepK;
  }
  if (LAST) {
    sum = select(vec4f(UNSEEN), params.scale * sum, sight(unit, query, key));
  }
  scratch[i] = sum;
}

@compute @workgroup_size(64)
fn largest_and_sum(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let unit = i / params.someQueries;
  if (unit >= unit_count()) {
    return;
  }
  let query = params.firstQuery + i % params.someQueries;
  let at = statistic(0u, unit, query);
  let atSum = statistic(1u, unit, query);
  var largest = vec4f(UNSEEN);
  var sum = vec4f();
  if (!FIRST) {
    largest = statistics_at(at);
    sum = statistics_at(atSum);
  }
  let begin = i * params.keys + params.firstTerm;
  for (var j = begin; j < begin + params.someTerms; j++) {
    let score = scratch[j];
    let more = max(largest, score);
    sum = sum * exp(largest - more) + select(exp(score - more), vec4f(), score == vec4f(UNSEEN));
    largest = more;
  }
  if (LAST) {
    // A query that sees nothing has no sum.
    let nothing = sum == vec4f();
    sum = select(1.0 / select(sum, vec4f(1.0), nothing), vec4f(), nothing);
  }
  let there = exists(unit);
  //! repeat e 0 4
  if (there[${e}]) {
    statistics[at + ${e}u] = largest[${e}];
    statistics[atSum + ${e}u] = sum[${e}];
  }
  //! end
}

@compute @workgroup_size(64)
fn shares(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let unit = i / params.keys / params.someQueries;
  if (unit >= unit_count()) {
    return;
  }
  let query = params.firstQuery + i / params.keys % params.someQueries;
  let score = scratch[i];
  let share = exp(score - statistics_at(statistic(0u, unit, query))) *
    statistics_at(statistic(1u, unit, query));
  scratch[i] = select(share, vec4f(), score == vec4f(UNSEEN));
}

@compute @workgroup_size(64)
fn values(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.depth * params.someQueries) {
    return;
  }
  let to = place_of(i, params.someQueries);
  let at = place(to.unit, to.feature, params.firstQuery + to.position, params.queries);
  var atV = place(to.unit, to.feature, params.firstTerm, params.keys);
  var atP = (to.unit * params.someQueries + to.position) * params.keys + params.firstTerm;
  var sum = vec4f();
  let seen = exists(to.unit);
  for (var j = 0u; j < params.someTerms; j++) {
    sum += scratch[atP] * vec4f(v[atV], v[atV + 1u], v[atV + 2u], v[atV + 3u]);
    atP++;
    atV += params.columns;
  }
  //! repeat e 0 4
  if (seen[${e}]) {
    if (!FIRST) {
      sum[${e}] += y[at + ${e}u];
    }
    y[at + ${e}u] = sum[${e}];
  }
  //! end
}
