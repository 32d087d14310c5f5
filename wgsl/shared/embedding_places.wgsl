// What embedding_gradient and embedding_gradient_add have in common: all but their declarations. Uses the snippets grid and
// stretches.

/// Places that are added before their sum is added to that of the others.
const CHUNK: u32 = 256u;

/// What a place adds to a feature of its token.
fn term(feature: u32, place: u32) -> f32 {
  let value = dy[feature * params.columns + place % params.columns];
  if (params.weighted == 0u) {
    return value;
  }
  return weights[place] * value;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let token = i / params.features;
  if (token >= params.vocabulary) {
    return;
  }
  let feature = i % params.features;
  var total = 0.0;
  if (!FIRST) {
    total = gradient[i];
  }
  // The stretch of this list.
  let list_end = start[token + 1u];
  let first = min(start[token] + params.firstTerm, list_end);
  let end = first + min(params.someTerms, list_end - first);
  for (var begin = first; begin < end; begin += CHUNK) {
    let chunk_end = min(begin + CHUNK, end);
    var sum = 0.0;
    for (var at = begin; at < chunk_end; at++) {
      sum += term(feature, order[at]);
    }
    total += sum;
  }
  gradient[i] = total;
}
