// Gradient of the active units of a sparse convolution. Declared in src/ops/kernels/conv_block_sddmm.ts.
// One workgroup: four rows of a unit x four inputs of its list over some pixels, of which it takes eight at
// a time; all of them, unless that takes too many steps.

//! use grid
//! use lists
//! use rows
//! use windows
//! use window_products
/// Inputs of a unit: 1 or a multiple of 4.
override WIDTH: u32 = 1u;

@group(0) @binding(0) var<storage, read> span: array<vec2u>;
@group(0) @binding(1) var<storage, read> index: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> gradient: array<vec4f>;

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
  capacity: u32,
  wide: u32,
  unitHeight: u32,
  unitWidth: u32,
  firstPixel: u32,
  somePixels: u32,
}
@group(0) @binding(5) var<uniform> params: Params;

/// The input at `slot * WIDTH + c`.
fn input_at(at: u32) -> u32 {
  return entry_of(at / WIDTH) * WIDTH + at % WIDTH;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let height4 = params.unitHeight / 4u;
  let tile = group.y * groups.x + group.x;
  let inner4 = tile % height4;
  // Four inputs are those of four slots of a list, or of one slot.
  let first = 4u * (tile / height4);
  let list = list_at(first / WIDTH, (params.rows + params.unitHeight - 1u) / params.unitHeight);
  let row = list * params.unitHeight + 4u * inner4;
  let inputs = vec4u(
    input_at(first),
    input_at(first + 1u),
    input_at(first + 2u),
    input_at(first + 3u),
  );
  multiply_windows(row, inputs, lane);
  let at = first + lane;
  if (lane < 4u && at < params.capacity * WIDTH) {
    var total = vec4f(
      window_products[0u][lane],
      window_products[64u][lane],
      window_products[128u][lane],
      window_products[192u][lane],
    );
    let exists = at < span[list].y * WIDTH && inputs[lane] < window_inputs();
    let inside = vec4u(row) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.rows);
    total = select(vec4f(), total, inside & vec4<bool>(exists));
    if (params.firstPixel > 0u) {
      total += gradient[at * height4 + inner4];
    }
    gradient[at * height4 + inner4] = total;
  }
}
