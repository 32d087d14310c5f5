// The inactive entries of largest gradient for every segment of every list of a sparse convolution.
// Declared in src/ops/kernels/conv_growth_candidates.ts. For each block of lists
//   scores  computes the block's dense gradient over some pixels; one workgroup: four rows x four inputs;
//   norms   makes a score of the gradients of each unit, where units are more than connections; one
//           invocation: one unit;
// and the entry points of shared/candidates.wgsl choose among the scores.

//! use grid
//! use lists
//! use products
//! use windows
//! use window_products
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
  channels: u32,
  height: u32,
  width: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padding: u32,
  outHeight: u32,
  outWidth: u32,
  columns: u32,
  wide: u32,
  count: u32,
  unitHeight: u32,
  unitWidth: u32,
  segment: u32,
  norm: u32,
  firstList: u32,
  blockLists: u32,
  firstPixel: u32,
  somePixels: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

/// Columns of units: what a list's entries are below.
fn entries() -> u32 {
  return (window_inputs() + WIDTH - 1u) / WIDTH;
}

/// Entries from which the best are chosen together.
fn segment_length() -> u32 {
  return params.segment;
}

/// Where scratch memory holds the gradients of the block's rows; those of connections are where their keys will be.
fn first_gradient() -> u32 {
  return select(params.blockLists * entries(), 0u, HEIGHT == 1u);
}

@compute @workgroup_size(64)
fn scores(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let inputs = window_inputs();
  let across = (inputs + 3u) / 4u;
  let tile = group.y * groups.x + group.x;
  let firstNumber = 4u * (tile / across);
  let firstInput = 4u * (tile % across);
  let firstRow = params.firstList * HEIGHT + firstNumber;
  multiply_windows(firstRow, vec4u(firstInput) + vec4u(0u, 1u, 2u, 3u), lane);
  let number = firstNumber + lane / 4u;
  let own = firstInput + lane % 4u;
  if (lane < 16u && number < params.blockLists * HEIGHT && own < inputs) {
    let at = first_gradient() + number * inputs + own;
    var sum = window_products[64u * (lane / 4u)][lane % 4u];
    // Before the last pixel scratch memory holds a sum, then the key of a connection.
    if (params.firstPixel > 0u) {
      sum += bitcast<f32>(scratch[at]);
    }
    let last = params.firstPixel + params.somePixels == out_pixels();
    scratch[at] = select(bitcast<u32>(sum), bitcast<u32>(abs(sum)) + 1u, last && HEIGHT == 1u);
  }
}

@compute @workgroup_size(64)
fn norms(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  let number = i / entries();
  let entry = i % entries();
  if (number >= params.blockLists) {
    return;
  }
  let inputs = window_inputs();
  let height = min(HEIGHT, params.rows - (params.firstList + number) * HEIGHT);
  let width = min(WIDTH, inputs - entry * WIDTH);
  var result = 0.0;
  for (var row = 0u; row < height; row++) {
    let at = first_gradient() + (number * HEIGHT + row) * inputs + entry * WIDTH;
    for (var c = 0u; c < width; c++) {
      let gradient = abs(bitcast<f32>(scratch[at + c]));
      if (params.norm == NORM_MAX) {
        result = max(result, gradient);
      } else if (params.norm == NORM_L2) {
        result += gradient * gradient;
      } else {
        result += gradient;
      }
    }
  }
  if (params.norm == NORM_L2) {
    result = sqrt(result);
  } else if (params.norm == NORM_MEAN) {
    result /= f32(height * width);
  }
  scratch[number * entries() + entry] = bitcast<u32>(result) + 1u;
}
