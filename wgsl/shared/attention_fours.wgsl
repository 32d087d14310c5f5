// Attention in vectors of four queries: see src/ops/kernels/attention_sizes.ts. Needs the snippet `grid`. Numbers of the queries
// from firstQuery on, someQueries of them, and of all keys lie as [heads, columns, queries / 8, keys, 8]. Neighbouring invocations
// have neighbouring columns.

/// What a score is where a query does not see a key.
const UNSEEN: f32 = -3.4028234663852886e38;

/// Vectors that the queries fill, of which two lie side by side.
fn fours() -> u32 {
  return (params.someQueries + 7u) / 8u * 2u;
}

/// Where a feature of a position lies in a tensor [heads * depth, positions, columns].
fn element(head: u32, feature: u32, position: u32, column: u32, positions: u32) -> u32 {
  return ((head * params.depth + feature) * positions + position) * params.columns + column;
}

/// The positions of four queries; where there are none, the last one.
fn queries_of(four: u32) -> vec4u {
  let some = min(4u * four + vec4u(0u, 1u, 2u, 3u), vec4u(params.someQueries - 1u));
  return params.firstQuery + some;
}

/// Which of four queries there are.
fn there(four: u32) -> vec4<bool> {
  return 4u * four + vec4u(0u, 1u, 2u, 3u) < vec4u(params.someQueries);
}

/// Where a feature of four queries lies.
fn positions(head: u32, feature: u32, four: u32, column: u32) -> vec4u {
  let row = (head * params.depth + feature) * params.queries;
  return (row + queries_of(four)) * params.columns + column;
}

/// Where a number of vector `i` of the queries of all heads and columns and of a key lies.
fn pair_of(i: u32, key: u32) -> u32 {
  return (i / 2u * params.keys + key) * 2u + i % 2u;
}

/// Where a number of four queries and a key lies.
fn pair(head: u32, column: u32, four: u32, key: u32) -> u32 {
  return pair_of((head * params.columns + column) * fours() + four, key);
}

/// Which of four queries see a key that `open` says is seen by some.
fn sight(open: bool, four: u32, key: u32) -> vec4<bool> {
  let causal = vec4<bool>(params.causal == 0u) | (vec4u(key) <= queries_of(four) + params.offset);
  return vec4<bool>(open) & causal & there(four);
}

/// Four queries of a head and a column, and a key or a feature.
struct Four {
  head: u32,
  four: u32,
  key: u32,
  feature: u32,
  column: u32,
}

/// The queries and the key that an invocation stands for.
fn four_and_key(i: u32) -> Four {
  let row = i / params.columns;
  let four = row / params.keys;
  return Four(four / fours(), four % fours(), row % params.keys, 0u, i % params.columns);
}

/// The queries and the feature that an invocation stands for.
fn four_and_feature(i: u32) -> Four {
  let row = i / params.columns;
  let of_head = row / fours();
  return Four(of_head / params.depth, row % fours(), 0u, of_head % params.depth, i % params.columns);
}
