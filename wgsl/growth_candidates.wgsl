// The inactive entries of largest gradient, for every segment of every list. Declared in
// src/ops/kernels/growth_candidates.ts. For each block of lists
//   scores  computes the block's dense gradient, 16 rows x 16 inputs in registers, and the scores of the
//           units in it; one invocation: one such tile, or those of a larger unit;
// and the entry points of shared/candidates.wgsl choose among them.

//! use grid
//! use lists
//! use products
//! use stretches
//! use candidates
/// Size of a unit: 1, 4, 8, 16 or 32 rows, 1 input or as many as rows.
override HEIGHT: u32 = 1u;
override WIDTH: u32 = 1u;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> input: array<u32>;
@group(0) @binding(5) var<storage, read_write> score: array<f32>;
@group(0) @binding(6) var<storage, read_write> scratch: array<u32>;

struct Params {
  rows: u32,
  inputs: u32,
  columns: u32,
  wide: u32,
  count: u32,
  height: u32,
  width: u32,
  segment: u32,
  norm: u32,
  firstList: u32,
  blockLists: u32,
  firstTerm: u32,
  someTerms: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

/// Columns of units: what a list's entries are below.
fn entries() -> u32 {
  return (params.inputs + WIDTH - 1u) / WIDTH;
}

/// Entries from which the best are chosen together.
fn segment_length() -> u32 {
  return params.segment;
}

// ---- scores: the tile is computed transposed, four rows in a vector. Norms are collected over the
// rows of a unit for each of 16 inputs, then over its inputs.

/// Gradients as the norm collects them; 0, which no norm feels, where they do not exist.
fn parts_of(sums: vec4f, inside: vec4<bool>, exists: bool) -> vec4f {
  let parts = select(abs(sums), sums * sums, params.norm == NORM_L2);
  return select(vec4f(), parts, inside & vec4<bool>(exists));
}

/// Two collected parts of a norm as one.
fn merge(a: f32, b: f32) -> f32 {
  return select(a + b, max(a, b), params.norm == NORM_MAX);
}

/// Four collected parts as one.
fn merge4(parts: vec4f) -> f32 {
  return merge(merge(parts.x, parts.y), merge(parts.z, parts.w));
}

/// Stores the key of a unit, unless it lies beyond the edge.
fn store(collected: f32, number: u32, entry: u32) {
  if (number >= params.blockLists || entry >= entries()) {
    return;
  }
  var result = collected;
  if (params.norm == NORM_L2) {
    result = sqrt(collected);
  } else if (params.norm == NORM_MEAN) {
    let height = min(HEIGHT, params.rows - (params.firstList + number) * HEIGHT);
    let width = min(WIDTH, params.inputs - entry * WIDTH);
    result = collected / f32(height * width);
  }
  scratch[number * entries() + entry] = bitcast<u32>(result) + 1u;
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let stride = params.columns / 4u;
  let across = max(WIDTH, 16u);
  let tiles = (params.inputs + across - 1u) / across;
  let firstInput = across * (i % tiles);
  let firstRow = params.firstList * HEIGHT + max(HEIGHT, 16u) * (i / tiles);
  let endRow = min((params.firstList + params.blockLists) * HEIGHT, params.rows);
  if (firstRow >= endRow) {
    return;
  }
  let number = firstRow / HEIGHT - params.firstList;
  var whole = 0.0;
  for (var column = firstInput; column < firstInput + across; column += 16u) {
    // Rows and inputs beyond the edge repeat the last one and do not count.
    //! repeat c 0 16
    let exists${c} = column + ${c}u < params.inputs;
    let input${c} = min(column + ${c}u, params.inputs - 1u) * stride;
    //! repeat q 0 4
    var part${c}_${q} = 0.0;
    //! end
    //! end
    for (var row = firstRow; row < firstRow + max(HEIGHT, 16u); row += 16u) {
      //! repeat r 0 16
      let row${r} = min(row + ${r}u, endRow - 1u) * stride;
      //! end
      //! repeat c 0 16
      //! repeat q 0 4
      var sum${c}_${q} = vec4f();
      //! end
      //! end
      let end = (params.firstTerm + params.someTerms) / 4u;
      for (var at = params.firstTerm / 4u; at < end; at++) {
        //! repeat q 0 4
        //! repeat e 0 4
        let d${q}${e} = dy[row${4*q+e} + at];
        //! end
        //! repeat s 0 4
        let t${q}_${s} = vec4f(d${q}0[${s}], d${q}1[${s}], d${q}2[${s}], d${q}3[${s}]);
        //! end
        //! end
        //! repeat c 0 16
        let x${c} = x[input${c} + at];
        //! repeat q 0 4
        //! repeat s 0 4
        sum${c}_${q} += x${c}[${s}] * t${q}_${s};
        //! end
        //! end
        //! end
      }
      if (HEIGHT == 1u) {
        //! repeat r 0 16
        if (row + ${r}u < endRow) {
          let keys = (number + ${r}u) * params.inputs + column;
          //! repeat c 0 16
          if (exists${c}) {
            // Before the last stretch scratch memory holds a sum, then a key.
            if (!FIRST) {
              sum${c}_${r/4}[${r%4}] += bitcast<f32>(scratch[keys + ${c}u]);
            }
            let key = bitcast<u32>(abs(sum${c}_${r/4}[${r%4}])) + 1u;
            scratch[keys + ${c}u] = select(bitcast<u32>(sum${c}_${r/4}[${r%4}]), key, LAST);
          }
          //! end
        }
        //! end
      } else {
        //! repeat q 0 4
        let inside${q} = vec4u(row + ${4*q}u) + vec4u(0u, 1u, 2u, 3u) < vec4u(endRow);
        //! repeat c 0 16
        part${c}_${q} = merge(part${c}_${q}, merge4(parts_of(sum${c}_${q}, inside${q}, exists${c})));
        //! end
        //! end
      }
    }
    // Of one input: units of 4 rows are one part each, those of 8 are two, larger ones all four.
    //! repeat c 0 16
    let upper${c} = merge(part${c}_0, part${c}_1);
    let lower${c} = merge(part${c}_2, part${c}_3);
    let all${c} = merge(upper${c}, lower${c});
    if (HEIGHT > 1u && WIDTH == 1u) {
      if (HEIGHT == 4u) {
        //! repeat q 0 4
        store(part${c}_${q}, number + ${q}u, column + ${c}u);
        //! end
      } else if (HEIGHT == 8u) {
        store(upper${c}, number, column + ${c}u);
        store(lower${c}, number + 1u, column + ${c}u);
      } else {
        store(all${c}, number, column + ${c}u);
      }
    }
    //! end
    //! repeat b 0 4
    if (WIDTH == 4u) {
      //! repeat q 0 4
      store(
        merge4(vec4f(part${4*b}_${q}, part${4*b+1}_${q}, part${4*b+2}_${q}, part${4*b+3}_${q})),
        number + ${q}u,
        column / 4u + ${b}u,
      );
      //! end
    }
    let upperFour${b} = merge4(vec4f(upper${4*b}, upper${4*b+1}, upper${4*b+2}, upper${4*b+3}));
    let lowerFour${b} = merge4(vec4f(lower${4*b}, lower${4*b+1}, lower${4*b+2}, lower${4*b+3}));
    whole = merge(whole, merge(upperFour${b}, lowerFour${b}));
    //! end
    if (WIDTH == 8u) {
      //! repeat b 0 2
      store(merge(upperFour${2*b}, upperFour${2*b+1}), number, column / 8u + ${b}u);
      store(merge(lowerFour${2*b}, lowerFour${2*b+1}), number + 1u, column / 8u + ${b}u);
      //! end
    }
  }
  if (WIDTH >= 16u) {
    store(whole, number, firstInput / WIDTH);
  }
}
