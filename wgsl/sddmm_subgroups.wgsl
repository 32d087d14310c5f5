// The twin of `shared_sums` of sddmm.wgsl, for adapters with the feature "subgroups": invocations of
// a subgroup add by exchange, and only the sums of subgroups meet in workgroup memory.
enable subgroups;

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

/// The sum of a subgroup where its first invocation stands, else 0.
var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) place: u32,
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
  let together = subgroupAdd(sum);
  // Which invocations make up a subgroup is not said, so each first one keeps to its own place.
  sums[lane] = select(vec4f(), together, place == 0u);
  workgroupBarrier();
  if (lane == 0u && slot < params.capacity) {
    var total = vec4f();
    for (var i = 0u; i < 64u; i++) {
      total += sums[i];
    }
    total = select(vec4f(), total, vec4u(slot) + vec4u(0u, 1u, 2u, 3u) < vec4u(end));
    if (!FIRST) {
      total += gradient[tile];
    }
    gradient[tile] = total;
  }
}
