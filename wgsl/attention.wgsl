// Attention that keeps its probabilities. Declared in src/ops/kernels/attention.ts, which runs the entry points in turn:
//   scores      of a query and a key for an invocation, in the place of probabilities;
//   statistics  the largest score of a query, and the sum of exp(score - largest);
//   shares      probabilities of scores;
//   values      a feature of a query.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> probabilities: array<vec4f>;
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
}
@group(0) @binding(7) var<uniform> params: Params;

//! use attention

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
  let query = i / params.keys % params.queries;
  let unit = i / params.keys / params.queries;
  if (unit >= unit_count()) {
    return;
  }
  let stepQ = params.queries * params.columns;
  let stepK = params.keys * params.columns;
  var atQ = place(unit, params.firstTerm, query, params.queries);
  var atK = place(unit, params.firstTerm, key, params.keys);
  var sum = vec4f();
  if (!FIRST) {
    sum = probabilities[i];
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
  probabilities[i] = sum;
}

@compute @workgroup_size(64)
fn statistics(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.queries) {
    return;
  }
  var largest = vec4f(UNSEEN);
  var sum = vec4f();
  if (!FIRST) {
    largest = scratch[2u * i];
    sum = scratch[2u * i + 1u];
  }
  let begin = i * params.keys + params.firstTerm;
  for (var at = begin; at < begin + params.someTerms; at++) {
    let score = probabilities[at];
    let more = max(largest, score);
    sum = sum * exp(largest - more) + select(exp(score - more), vec4f(), score == vec4f(UNSEEN));
    largest = more;
  }
  scratch[2u * i] = largest;
  scratch[2u * i + 1u] = sum;
}

@compute @workgroup_size(64)
fn shares(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.queries * params.keys) {
    return;
  }
  let score = probabilities[i];
  let largest = scratch[2u * (i / params.keys)];
  // A query that sees nothing has no sum.
  let sum = scratch[2u * (i / params.keys) + 1u];
  let share = exp(score - largest) / select(sum, vec4f(1.0), sum == vec4f());
  probabilities[i] = select(share, vec4f(), score == vec4f(UNSEEN));
}

@compute @workgroup_size(64)
fn values(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i >= unit_count() * params.depth * params.queries) {
    return;
  }
  let to = place_of(i, params.queries);
  let at = place(to.unit, to.feature, to.position, params.queries);
  var atV = place(to.unit, to.feature, params.firstTerm, params.keys);
  var atP = (to.unit * params.queries + to.position) * params.keys + params.firstTerm;
  var sum = vec4f();
  let seen = exists(to.unit);
  for (var j = 0u; j < params.someTerms; j++) {
    sum += probabilities[atP] * vec4f(v[atV], v[atV + 1u], v[atV + 2u], v[atV + 3u]);
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
