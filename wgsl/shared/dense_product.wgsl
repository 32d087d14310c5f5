// The loops of the dense product: three entry points, which src/ops/kernels/gemm.ts chooses among. Uses the snippets grid and
// stretches. Whoever uses them has the bindings of operands and result under both names, a, b, c and a4, b4, c4, the sizes in
// params, and fn finish(sum: f32, row: u32, column: u32) -> f32, which makes an element of its sum.

override TRANSPOSE_A: bool = false;
override TRANSPOSE_B: bool = false;
/// Whether k is no multiple of 4.
override RAGGED: bool = false;
/// Of eight neighbouring invocations of `registers`, how many lie along a row of c: 1, 2, 4 or 8.
/// Software runs eight as one, and those beyond an edge for nothing.
override ACROSS: u32 = 8u;

/// Four neighbouring elements of c.
fn finish4(sum: vec4f, row: u32, column: u32) -> vec4f {
  return vec4f(
    finish(sum.x, row, column),
    finish(sum.y, row, column + 1u),
    finish(sum.z, row, column + 2u),
    finish(sum.w, row, column + 3u),
  );
}

@compute @workgroup_size(64)
fn plain(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let row = i / params.n;
  let column = i % params.n;
  if (row >= params.m) {
    return;
  }
  let stepA = select(1u, params.m, TRANSPOSE_A);
  let stepB = select(params.n, 1u, TRANSPOSE_B);
  var atA = select(row * params.k, row, TRANSPOSE_A) + params.firstTerm * stepA;
  var atB = select(column, column * params.k, TRANSPOSE_B) + params.firstTerm * stepB;
  var sum = 0.0;
  for (var k = 0u; k < params.someTerms; k++) {
    sum += a[atA] * b[atB];
    atA += stepA;
    atB += stepB;
  }
  if (!FIRST) {
    sum += c[i];
  }
  c[i] = finish(sum, row, column);
}

// ---- registers: rows 4 q + e, columns 4 j.., four steps s of the sum at a time. An operand that
// lies along the sum is read by rows, the other by steps; its tile comes as vectors of four either
// way. Rows and columns beyond the edge repeat the last one and are not stored.

@compute @workgroup_size(64)
fn registers(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n4 = params.n / 4u;
  // These are params.m and params.k. Lavapipe compiles a module anew for every dispatch, in 20 ms, if that
  // makes branches on uniforms go away; it lets what depends on a buffer alone.
  let rows = min(params.m, 4u * arrayLength(&c4));
  let steps = min(params.k, 16u * max(arrayLength(&a4), arrayLength(&b4)));
  // The eights fill the workgroup's 8 x 8 tiles row by row.
  let down = 8u / ACROSS;
  let eight = lane / 8u;
  let tileRow = 8u * group.y + down * (eight / down) + lane % 8u / ACROSS;
  let tileColumn = 8u * group.x + ACROSS * (eight % down) + lane % ACROSS;
  let row = 16u * tileRow;
  let column4 = 4u * tileColumn;
  if (row >= rows || column4 >= n4) {
    return;
  }
  let k4 = steps / 4u;
  let m4 = rows / 4u;
  //! repeat j 0 4
  let columnB${j} = min(column4 + ${j}u, n4 - 1u);
  //! repeat e 0 4
  let rowB${j}${e} = (4u * columnB${j} + ${e}u) * k4;
  //! end
  //! end
  //! repeat q 0 4
  let columnA${q} = min(row / 4u + ${q}u, max(m4, 1u) - 1u);
  //! repeat e 0 4
  let rowA${q}${e} = min(row + 4u * ${q}u + ${e}u, rows - 1u) * k4;
  //! repeat j 0 4
  var sum${q}${e}_${j} = vec4f();
  //! end
  //! end
  //! end
  let end = min(steps, params.firstTerm + params.someTerms);
  for (var k = params.firstTerm; k < end; k += 4u) {
    //! repeat s 0 4
    let line${s} = select(k + ${s}u, min(k + ${s}u, steps - 1u), RAGGED);
    //! repeat j 0 4
    var b${s}_${j} = vec4f();
    //! end
    //! end
    if (TRANSPOSE_B) {
      //! repeat j 0 4
      //! repeat e 0 4
      let u${j}${e} = b4[rowB${j}${e} + k / 4u];
      //! end
      //! repeat s 0 4
      b${s}_${j} = vec4f(u${j}0[${s}], u${j}1[${s}], u${j}2[${s}], u${j}3[${s}]);
      //! end
      //! end
    } else {
      //! repeat s 0 4
      //! repeat j 0 4
      b${s}_${j} = b4[line${s} * n4 + columnB${j}];
      //! end
      //! end
    }
    //! repeat q 0 4
    //! repeat e 0 4
    var a${q}${e} = vec4f();
    //! end
    if (TRANSPOSE_A) {
      //! repeat s 0 4
      var t${s} = a4[line${s} * m4 + columnA${q}];
      if (RAGGED) {
        t${s} = select(vec4f(), t${s}, k + ${s}u < steps);
      }
      //! end
      //! repeat e 0 4
      a${q}${e} = vec4f(t0[${e}], t1[${e}], t2[${e}], t3[${e}]);
      //! end
    } else {
      //! repeat e 0 4
      a${q}${e} = a4[rowA${q}${e} + k / 4u];
      //! end
    }
    //! repeat e 0 4
    //! repeat j 0 4
    //! repeat s 0 4
    sum${q}${e}_${j} += a${q}${e}[${s}] * b${s}_${j};
    //! end
    //! end
    //! end
    //! end
  }
  //! repeat q 0 4
  //! repeat e 0 4
  if (row + 4u * ${q}u + ${e}u < rows) {
    let row${q}${e} = row + 4u * ${q}u + ${e}u;
    //! repeat j 0 4
    if (column4 + ${j}u < n4) {
      let at${q}${e}_${j} = row${q}${e} * n4 + column4 + ${j}u;
      if (!FIRST) {
        sum${q}${e}_${j} += c4[at${q}${e}_${j}];
      }
      c4[at${q}${e}_${j}] = finish4(sum${q}${e}_${j}, row${q}${e}, 4u * (column4 + ${j}u));
    }
    //! end
  }
  //! end
  //! end
}

// ---- shared: 16 steps of the sum at a time in workgroup memory, step by step, four rows or columns
// in a vector; 8 x 8 elements of c in an invocation.

var<workgroup> tile_a: array<vec4f, 256>;
var<workgroup> tile_b: array<vec4f, 256>;

/// An element of op(a), 0 beyond its edges.
fn element_a(row: u32, k: u32) -> f32 {
  let inside = row < params.m && k < params.k;
  let at = select(row * params.k + k, k * params.m + row, TRANSPOSE_A);
  return select(0.0, a[select(0u, at, inside)], inside);
}

/// An element of op(b), 0 beyond its edges.
fn element_b(k: u32, column: u32) -> f32 {
  let inside = column < params.n && k < params.k;
  let at = select(k * params.n + column, column * params.k + k, TRANSPOSE_B);
  return select(0.0, b[select(0u, at, inside)], inside);
}

/// Stores an element of c, unless it lies beyond the edges.
fn store(sum: f32, row: u32, column: u32) {
  if (row < params.m && column < params.n) {
    let at = row * params.n + column;
    var total = sum;
    if (!FIRST) {
      total += c[at];
    }
    c[at] = finish(total, row, column);
  }
}

@compute @workgroup_size(64)
fn shared_tiles(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = 64u * group.y;
  let column = 64u * group.x;
  let row8 = 8u * (lane / 8u);
  let column8 = 8u * (lane % 8u);
  //! repeat e 0 4
  //! repeat j 0 2
  var upper${e}_${j} = vec4f();
  var lower${e}_${j} = vec4f();
  //! end
  //! end
  for (var k = params.firstTerm; k < params.firstTerm + params.someTerms; k += 16u) {
    //! repeat v 0 4
    // Neighbours read along the direction in which the operand lies.
    let v${v} = lane + 64u * ${v}u;
    let stepA${v} = select(v${v} % 16u, v${v} / 16u, TRANSPOSE_A);
    let fourA${v} = select(v${v} / 16u, v${v} % 16u, TRANSPOSE_A);
    let stepB${v} = select(v${v} / 16u, v${v} % 16u, TRANSPOSE_B);
    let fourB${v} = select(v${v} % 16u, v${v} / 16u, TRANSPOSE_B);
    var nextA${v} = vec4f();
    var nextB${v} = vec4f();
    //! repeat e 0 4
    nextA${v}[${e}] = element_a(row + 4u * fourA${v} + ${e}u, k + stepA${v});
    nextB${v}[${e}] = element_b(k + stepB${v}, column + 4u * fourB${v} + ${e}u);
    //! end
    //! end
    workgroupBarrier();
    //! repeat v 0 4
    tile_a[16u * stepA${v} + fourA${v}] = nextA${v};
    tile_b[16u * stepB${v} + fourB${v}] = nextB${v};
    //! end
    workgroupBarrier();
    //! repeat s 0 16
    {
      let a0 = tile_a[16u * ${s}u + row8 / 4u];
      let a1 = tile_a[16u * ${s}u + row8 / 4u + 1u];
      let b0 = tile_b[16u * ${s}u + column8 / 4u];
      let b1 = tile_b[16u * ${s}u + column8 / 4u + 1u];
      //! repeat e 0 4
      //! repeat j 0 2
      upper${e}_${j} += a0[${e}] * b${j};
      lower${e}_${j} += a1[${e}] * b${j};
      //! end
      //! end
    }
    //! end
  }
  //! repeat e 0 4
  //! repeat j 0 2
  //! repeat d 0 4
  store(upper${e}_${j}[${d}], row + row8 + ${e}u, column + column8 + 4u * ${j}u + ${d}u);
  store(lower${e}_${j}[${d}], row + row8 + 4u + ${e}u, column + column8 + 4u * ${j}u + ${d}u);
  //! end
  //! end
  //! end
}
