// Gradient of the active values: a dot product over the batch for every connection.
// Declared in src/ops/kernels/sddmm.ts, which chooses the entry point:
//   fours        four connections of one row for an invocation: a vector of dy serves four products;
//   eights       eight of them, and two cache lines of each input at a time, for software adapters;
//   shared_sums  four of them for a workgroup, its invocations along the columns.
// sddmm_subgroups.wgsl is the twin of the last one.

//! use grid
//! use rows
//! use tiles
//! use stretches

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
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn fours(
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
  let behind = span[row].y;
  var result = vec4f();
  if (slot < behind) {
    let stride = params.columns / 4u;
    let line = row * stride;
    let at = inputs_of(tile) * stride;
    //! repeat e 0 4
    var sum${e} = vec4f();
    //! end
    // Columns come in multiples of 32, so of two vectors.
    let end = (params.firstTerm + params.someTerms) / 4u;
    for (var i = params.firstTerm / 4u; i < end; i += 2u) {
      //! repeat s 0 2
      let d${s} = dy[line + i + ${s}u];
      //! repeat e 0 4
      sum${e} += d${s} * x[at[${e}] + i + ${s}u];
      //! end
      //! end
    }
    //! repeat e 0 4
    result[${e}] = select(0.0, (sum${e}.x + sum${e}.y) + (sum${e}.z + sum${e}.w), slot + ${e}u < behind);
    //! end
  }
  if (!FIRST) {
    result += gradient[tile];
  }
  gradient[tile] = result;
}

// ---- eights: numbered so that none lies in two rows: row r begins with number (begin + 4 r) / 8. What
// lies behind a list, up to the next one, belongs to its row.

@compute @workgroup_size(64)
fn eights(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let eight = invocation(group, groups, lane);
  var row = 0u;
  var high = params.rows;
  while (high - row > 1u) {
    let middle = (row + high) / 2u;
    if ((span[middle].x + 4u * middle) / 8u <= eight) {
      row = middle;
    } else {
      high = middle;
    }
  }
  let list = span[row];
  let slot = list.x + 8u * (eight - (list.x + 4u * row) / 8u);
  var behind = params.capacity;
  if (row + 1u < params.rows) {
    behind = span[row + 1u].x;
  }
  if (slot >= behind) {
    return;
  }
  //! repeat q 0 2
  var result${q} = vec4f();
  //! end
  if (slot < list.y) {
    let stride = params.columns / 4u;
    let line = row * stride;
    let at0 = inputs_of(slot / 4u) * stride;
    var at1 = at0;
    if (slot + 4u < list.y) {
      at1 = inputs_of(slot / 4u + 1u) * stride;
    }
    //! repeat q 0 2
    //! repeat e 0 4
    var sum${q}${e} = vec4f();
    //! end
    //! end
    // Columns come in multiples of 32, so of eight vectors.
    let end = (params.firstTerm + params.someTerms) / 4u;
    for (var i = params.firstTerm / 4u; i < end; i += 8u) {
      //! repeat s 0 8
      let d${s} = dy[line + i + ${s}u];
      //! end
      //! repeat q 0 2
      //! repeat e 0 4
      //! repeat s 0 8
      sum${q}${e} += d${s} * x[at${q}[${e}] + i + ${s}u];
      //! end
      //! end
      //! end
    }
    //! repeat q 0 2
    //! repeat e 0 4
    result${q}[${e}] = select(
      0.0,
      (sum${q}${e}.x + sum${q}${e}.y) + (sum${q}${e}.z + sum${q}${e}.w),
      slot + ${4*q+e}u < list.y,
    );
    //! end
    //! end
  }
  if (!FIRST) {
    result0 += gradient[slot / 4u];
  }
  gradient[slot / 4u] = result0;
  if (slot + 4u < behind) {
    if (!FIRST) {
      result1 += gradient[slot / 4u + 1u];
    }
    gradient[slot / 4u + 1u] = result1;
  }
}

// ---- shared

var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn shared_sums(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let slot = 4u * tile;
  let row = row_of(slot);
  let end = span[row].y;
  let stride = params.columns / 4u;
  var sum = vec4f();
  if (slot < end) {
    let line = row * stride;
    let at = inputs_of(tile) * stride;
    let last = (params.firstTerm + params.someTerms) / 4u;
    for (var i = params.firstTerm / 4u + lane; i < last; i += 64u) {
      let d = dy[line + i];
      //! repeat e 0 4
      sum[${e}] += dot(d, x[at[${e}] + i]);
      //! end
    }
  }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
  }
  if (lane == 0u && slot < params.capacity) {
    var total = select(vec4f(), sums[0], vec4u(slot) + vec4u(0u, 1u, 2u, 3u) < vec4u(end));
    if (!FIRST) {
      total += gradient[tile];
    }
    gradient[tile] = total;
  }
}
