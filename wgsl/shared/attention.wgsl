// Attention in vectors of four columns: see src/ops/kernels/attention_sizes.ts. Needs the snippet `grid`. A unit is a head of
// four columns; numbers of a unit's queries and keys lie side by side.

/// What a score is where a query does not see a key.
const UNSEEN: f32 = -3.4028234663852886e38;

/// Vectors that the columns fill.
fn groups_of_columns() -> u32 {
  return (params.columns + 3u) / 4u;
}

/// Heads of four columns.
fn unit_count() -> u32 {
  return params.heads * groups_of_columns();
}

/// The first column of a unit.
fn column_of(unit: u32) -> u32 {
  return 4u * (unit % groups_of_columns());
}

/// Which columns of a unit there are.
fn exists(unit: u32) -> vec4<bool> {
  return vec4u(column_of(unit)) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.columns);
}

/// Where a feature of a position begins in a tensor [heads * depth, positions, columns]: in elements.
fn place(unit: u32, feature: u32, position: u32, positions: u32) -> u32 {
  let row = unit / groups_of_columns() * params.depth + feature;
  return (row * positions + position) * params.columns + column_of(unit);
}

/// A feature of a position of a unit.
struct Place {
  unit: u32,
  feature: u32,
  position: u32,
}

/// The place that an invocation stands for: neighbours have neighbouring columns.
fn place_of(i: u32, positions: u32) -> Place {
  let group = i % groups_of_columns();
  let row = i / groups_of_columns() / positions;
  let unit = row / params.depth * groups_of_columns() + group;
  return Place(unit, row % params.depth, i / groups_of_columns() % positions);
}
