// Product with the transpose of a matrix of groups. Declared in
// src/ops/kernels/group_spmm_transposed.ts, which chooses the entry point:
//   ranges    for software: an invocation owns a range of inputs in 4 VECTORS columns of y. It walks over
//             the groups with their rows of x in registers and adds every slot to y; where there are
//             too many slots for the loops of an invocation, some groups at a time;
//   partials, then gather, for hardware: what each slot adds lies in scratch memory, some columns at a
//             time; then a workgroup sums up an input, whose slots its invocations search in the lists.
// Both add the groups in their order.

//! use epilogue
//! use grid
//! use lists
//! use pointwise
//! use products
/// Vectors of four rows of a group; 8 is the most.
override HEIGHT4: u32 = 4u;
/// Vectors of four columns that an invocation of `ranges` owns: 1, 2, 4 or 8.
override VECTORS: u32 = 4u;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read> extra: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> scratch: array<vec4f>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  capacity: u32,
  wide: u32,
  epilogue: u32,
  height: u32,
  firstColumn: u32,
  someColumns: u32,
  firstList: u32,
  someLists: u32,
  ranges: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

/// The first slot from `begin` on whose input is `input` or larger; `end` if there is none.
fn search(begin: u32, end: u32, input: u32) -> u32 {
  var low = begin;
  var high = end;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (entry_of(middle) < input) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  return low;
}

/// A vector of x, 0 beyond its last row.
fn x_at(row: u32, column4: u32) -> vec4f {
  let inside = row < params.rows;
  return select(vec4f(), x[select(0u, row, inside) * (params.columns / 4u) + column4], inside);
}

@compute @workgroup_size(8)
fn ranges(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = params.columns / 4u;
  let lanes = stride / VECTORS;
  let i = (group.y * groups.x + group.x) * 8u + lane;
  let range = i / lanes;
  if (range >= params.ranges) {
    return;
  }
  let column = VECTORS * (i % lanes);
  let size = (params.inputs + params.ranges - 1u) / params.ranges;
  let low = range * size;
  let high = min(low + size, params.inputs);
  if (params.firstList == 0u) {
    for (var input = low; input < high; input++) {
      //! repeat v 0 8
      if (${v}u < VECTORS) {
        y[input * stride + column + ${v}u] = vec4f();
      }
      //! end
    }
  }
  let lists = (params.rows + params.height - 1u) / params.height;
  let endList = params.firstList + params.someLists;
  for (var l = params.firstList; l < endList; l++) {
    // Rows beyond the edge are 0.
    //! repeat r 0 32
    let row${r} = l * params.height + ${r}u;
    let line${r} = min(row${r}, params.rows - 1u) * stride + column;
    let inside${r} = ${r/4}u < HEIGHT4 && row${r} < params.rows;
    //! repeat v 0 8
    var x${r}_${v} = vec4f();
    if (${v}u < VECTORS && inside${r}) {
      x${r}_${v} = x[line${r} + ${v}u];
    }
    //! end
    //! end
    let list = span[l];
    for (var slot = search(list.x, list.y, low); slot < list.y; slot++) {
      let input = entry_of(slot);
      if (input >= high) {
        break;
      }
      let at = input * stride + column;
      //! repeat v 0 8
      var sum${v} = vec4f();
      if (${v}u < VECTORS) {
        sum${v} = y[at + ${v}u];
      }
      //! end
      //! repeat q 0 8
      if (${q}u < HEIGHT4) {
        let w = values[slot * HEIGHT4 + ${q}u];
        //! repeat e 0 4
        //! repeat v 0 8
        if (${v}u < VECTORS) {
          sum${v} += w[${e}] * x${4*q+e}_${v};
        }
        //! end
        //! end
      }
      //! end
      //! repeat v 0 8
      if (${v}u < VECTORS) {
        y[at + ${v}u] = sum${v};
      }
      //! end
    }
  }
  if (endList == lists && params.epilogue != EPILOGUE_NONE) {
    for (var input = low; input < high; input++) {
      //! repeat v 0 8
      if (${v}u < VECTORS) {
        let at = input * stride + column + ${v}u;
        y[at] = finish(y[at], input, at);
      }
      //! end
    }
  }
}

// ---- partials: eight slots of a list x four columns in an invocation. The eights are numbered so that
// none lies in two lists: list l begins with number (begin + 7 l) / 8.

@compute @workgroup_size(64)
fn partials(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let lanes = params.someColumns / 4u;
  let i = invocation(group, groups, lane);
  let eight = i / lanes;
  let column = i % lanes;
  var low = 0u;
  var high = (params.rows + params.height - 1u) / params.height;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if ((span[middle].x + 7u * middle) / 8u <= eight) {
      low = middle;
    } else {
      high = middle;
    }
  }
  let list = span[low];
  let slot = list.x + 8u * (eight - (list.x + 7u * low) / 8u);
  if (slot >= list.y) {
    return;
  }
  //! repeat s 0 8
  let values${s} = min(slot + ${s}u, list.y - 1u) * HEIGHT4;
  var sum${s} = vec4f();
  //! end
  for (var q = 0u; q < HEIGHT4; q++) {
    //! repeat e 0 4
    let x${e} = x_at(low * params.height + 4u * q + ${e}u, params.firstColumn / 4u + column);
    //! end
    //! repeat s 0 8
    {
      let w = values[values${s} + q];
      //! repeat e 0 4
      sum${s} += w[${e}] * x${e};
      //! end
    }
    //! end
  }
  //! repeat s 0 8
  if (slot + ${s}u < list.y) {
    scratch[(slot + ${s}u) * lanes + column] = sum${s};
  }
  //! end
}

/// The slots of the workgroup's input in 64 neighbouring lists: begin and end.
var<workgroup> slots: array<vec2u, 64>;

@compute @workgroup_size(64)
fn gather(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let lanes = params.someColumns / 4u;
  let tiles = (lanes + 63u) / 64u;
  let tile = group.y * groups.x + group.x;
  let input = tile / tiles;
  let column = 64u * (tile % tiles) + lane;
  let lists = (params.rows + params.height - 1u) / params.height;
  var sum = vec4f();
  for (var first = 0u; first < lists; first += 64u) {
    var found = vec2u();
    if (first + lane < lists) {
      let list = span[first + lane];
      found = vec2u(search(list.x, list.y, input));
      while (found.y < list.y && entry_of(found.y) == input) {
        found.y++;
      }
    }
    workgroupBarrier();
    slots[lane] = found;
    workgroupBarrier();
    if (column < lanes) {
      for (var l = 0u; l < 64u; l++) {
        for (var slot = slots[l].x; slot < slots[l].y; slot++) {
          sum += scratch[slot * lanes + column];
        }
      }
    }
  }
  if (input < params.inputs && column < lanes) {
    let at = input * (params.columns / 4u) + params.firstColumn / 4u + column;
    y[at] = finish(sum, input, at);
  }
}
