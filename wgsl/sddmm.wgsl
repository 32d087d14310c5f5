// Gradient of the active values: a dot product over the batch for every connection.
// Declared in src/ops/kernels/sddmm.ts. One invocation: one list tile, four connections of one row,
// so that a vector of dy serves four products.

//! use grid
/// Whether an index is a whole word, not half of one.
override WIDE: bool = false;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<vec2u>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4f>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  capacity: u32,
  wide: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

/// The four inputs of list tile `tile`.
fn inputs_of(tile: u32) -> vec4u {
  if (WIDE) {
    return vec4u(index[2u * tile], index[2u * tile + 1u]);
  }
  let pairs = index[tile];
  return vec4u(pairs.x & 0xffffu, pairs.x >> 16u, pairs.y & 0xffffu, pairs.y >> 16u);
}

/// The last row whose list begins at `slot` or before. Begins ascend, so of the rows that share
/// one only the last can have connections.
fn row_of(slot: u32) -> u32 {
  var low = 0u;
  var high = params.rows;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (span[middle].x <= slot) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = invocation(group, groups, lane);
  let slot = 4u * tile;
  if (slot >= params.capacity) {
    return;
  }
  let row = row_of(slot);
  let end = span[row].y;
  var result = vec4f();
  if (slot < end) {
    let stride = params.columns / 4u;
    let line = row * stride;
    let at = inputs_of(tile) * stride;
    //! repeat e 0 4
    var sum${e} = vec4f();
    //! end
    // Columns come in multiples of 32, so of two vectors.
    for (var i = 0u; i < stride; i += 2u) {
      //! repeat s 0 2
      let d${s} = dy[line + i + ${s}u];
      //! repeat e 0 4
      sum${e} += d${s} * x[at[${e}] + i + ${s}u];
      //! end
      //! end
    }
    //! repeat e 0 4
    result[${e}] = select(0.0, (sum${e}.x + sum${e}.y) + (sum${e}.z + sum${e}.w), slot + ${e}u < end);
    //! end
  }
  gradient[tile] = result;
}
