// Where each token stands. Declared in src/ops/kernels/token_lists.ts, which says how.
//   clear         one invocation: a count;
//   rank          one invocation: a place, which counts its token in its chunk;
//   chunk_starts  one invocation: a token, whose counts become where each chunk's places go in its list;
//   starts        one workgroup: where the lists of a stretch of tokens begin;
//   main          one invocation: a place, and the element of order of the same number.

//! use grid
//! use stretches
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read_write> start: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;
// A count for each token of each chunk, then the rank of each place.
@group(0) @binding(3) var<storage, read_write> scratch: array<u32>;

struct Params {
  vocabulary: u32,
  length: u32,
  padding: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(4) var<uniform> params: Params;

/// Places of a chunk.
override CHUNK: u32 = 256u;
const NONE: u32 = 0xffffffffu;

/// How many chunks there are.
fn chunk_count() -> u32 {
  return (params.length - 1u) / CHUNK + 1u;
}

/// Whether a token has a list.
fn is_listed(token: u32) -> bool {
  return token < params.vocabulary && token != params.padding;
}

@compute @workgroup_size(64)
fn clear(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (i < params.vocabulary * chunk_count()) {
    scratch[i] = 0u;
  }
}

@compute @workgroup_size(64)
fn rank(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = invocation(group, groups, lane);
  if (place >= params.length) {
    return;
  }
  let token = tokens[place];
  if (!is_listed(token)) {
    return;
  }
  let chunk = place / CHUNK;
  let end = min(CHUNK * chunk + CHUNK, params.length);
  var before = 0u;
  var after = 0u;
  for (var other = CHUNK * chunk; other < end; other++) {
    if (tokens[other] == token) {
      before += u32(other < place);
      after += u32(other > place);
    }
  }
  scratch[params.vocabulary * chunk_count() + place] = before;
  if (after == 0u) {
    scratch[chunk * params.vocabulary + token] = before + 1u;
  }
}

@compute @workgroup_size(64)
fn chunk_starts(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let token = invocation(group, groups, lane);
  if (token >= params.vocabulary) {
    return;
  }
  var count = 0u;
  for (var chunk = 0u; chunk < chunk_count(); chunk++) {
    let at = chunk * params.vocabulary + token;
    let some = scratch[at];
    scratch[at] = count;
    count += some;
  }
  start[token] = count;
}

var<workgroup> lane_counts: array<u32, 256>;

@compute @workgroup_size(256)
fn starts(@builtin(local_invocation_index) lane: u32) {
  let each = (params.someTerms - 1u) / 256u + 1u;
  let stretch_end = params.firstTerm + params.someTerms;
  let first = min(params.firstTerm + lane * each, stretch_end);
  let end = min(first + each, stretch_end);
  var count = 0u;
  for (var token = first; token < end; token++) {
    count += start[token];
  }
  lane_counts[lane] = count;
  var before = 0u;
  if (!FIRST) {
    before = start[params.vocabulary];
  }
  workgroupBarrier();
  for (var other = 0u; other < lane; other++) {
    before += lane_counts[other];
  }
  for (var token = first; token < end; token++) {
    let some = start[token];
    start[token] = before;
    before += some;
  }
  // How many places the lists have so far.
  if (lane == 255u) {
    start[params.vocabulary] = before;
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = invocation(group, groups, lane);
  if (place >= params.length) {
    return;
  }
  // Lists end before the elements that are filled up.
  if (place >= start[params.vocabulary]) {
    order[place] = NONE;
  }
  let token = tokens[place];
  if (is_listed(token)) {
    let before = scratch[params.vocabulary * chunk_count() + place];
    let chunk_start = scratch[place / CHUNK * params.vocabulary + token];
    order[start[token] + chunk_start + before] = place;
  }
}
