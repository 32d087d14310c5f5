// A product of matrices for every group and every column. Declared in src/ops/kernels/batched_product.ts, which chooses the
// entry point:
//   plain  one element of c for an invocation;
//   tiles  4 x 4 elements of a matrix for an invocation, each for four columns.
// Buffers have two names, because an entry point sees them as vectors or as numbers.

//! use grid
//! use stretches
override TRANSPOSE_A: bool = false;
override TRANSPOSE_B: bool = false;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(0) var<storage, read> a4: array<vec4f>;
@group(0) @binding(1) var<storage, read> b4: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> c4: array<vec4f>;

struct Params {
  groups: u32,
  m: u32,
  n: u32,
  k: u32,
  columns: u32,
  transposeA: u32,
  transposeB: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(3) var<uniform> params: Params;

/// Where row `i` of a begins in its group, in runs of columns.
fn row_a(i: u32) -> u32 {
  return select(i * params.k, i, TRANSPOSE_A);
}

/// Where column `j` of b begins in its group.
fn column_b(j: u32) -> u32 {
  return select(j, j * params.k, TRANSPOSE_B);
}

@compute @workgroup_size(64)
fn plain(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let column = i % params.columns;
  let j = i / params.columns % params.n;
  let row = i / params.columns / params.n % params.m;
  let g = i / params.columns / params.n / params.m;
  if (g >= params.groups) {
    return;
  }
  let stepA = select(1u, params.m, TRANSPOSE_A) * params.columns;
  let stepB = select(params.n, 1u, TRANSPOSE_B) * params.columns;
  var atA = (g * params.m * params.k + row_a(row)) * params.columns + column + params.firstTerm * stepA;
  var atB = (g * params.n * params.k + column_b(j)) * params.columns + column + params.firstTerm * stepB;
  var sum = 0.0;
  for (var l = 0u; l < params.someTerms; l++) {
    sum += a[atA] * b[atB];
    atA += stepA;
    atB += stepB;
  }
  if (!FIRST) {
    sum += c[i];
  }
  c[i] = sum;
}

@compute @workgroup_size(64)
fn tiles(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let columns = params.columns / 4u;
  let down = (params.m + 3u) / 4u;
  let across = (params.n + 3u) / 4u;
  let column = i % columns;
  let j = 4u * (i / columns % across);
  let row = 4u * (i / columns / across % down);
  let g = i / columns / across / down;
  if (g >= params.groups) {
    return;
  }
  let stepA = select(1u, params.m, TRANSPOSE_A) * columns;
  let stepB = select(params.n, 1u, TRANSPOSE_B) * columns;
  let baseA = g * params.m * params.k * columns + column + params.firstTerm * stepA;
  let baseB = g * params.n * params.k * columns + column + params.firstTerm * stepB;
  // Rows and columns beyond the edge repeat the last one and are not stored.
  //! repeat t 0 4
  var atA${t} = baseA + row_a(min(row + ${t}u, params.m - 1u)) * columns;
  var atB${t} = baseB + column_b(min(j + ${t}u, params.n - 1u)) * columns;
  //! repeat s 0 4
  var sum${t}${s} = vec4f();
  //! end
  //! end
  for (var l = 0u; l < params.someTerms; l++) {
    //! repeat t 0 4
    let a${t} = a4[atA${t}];
    let b${t} = b4[atB${t}];
    atA${t} += stepA;
    atB${t} += stepB;
    //! end
    //! repeat t 0 4
    //! repeat s 0 4
    sum${t}${s} += a${t} * b${s};
    //! end
    //! end
  }
  //! repeat t 0 4
  //! repeat s 0 4
  if (row + ${t}u < params.m && j + ${s}u < params.n) {
    let at${t}${s} = ((g * params.m + row + ${t}u) * params.n + j + ${s}u) * columns + column;
    if (!FIRST) {
      sum${t}${s} += c4[at${t}${s}];
    }
    c4[at${t}${s}] = sum${t}${s};
  }
  //! end
  //! end
}
