// Nothing but multiply-adds in registers: what the arithmetic of a device can do at most.
// Declared in src/profile/multiply_add.ts. One invocation: sixteen independent chains of vectors of four.

//! use grid
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;

struct Params {
  length: u32,
  rounds: u32,
  factor: f32,
}
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = invocation(group, groups, lane);
  if (4u * i >= params.length) {
    return;
  }
  // Neither is known to the compiler; with a factor of 1 the chains only count.
  let factor = vec4f(params.factor);
  let one = vec4f(params.factor);
  //! repeat chain 0 16
  var sum${chain} = vec4f(${chain}.0);
  //! end
  for (var round = 0u; round < params.rounds; round++) {
    //! repeat turn 0 4
    //! repeat chain 0 16
    sum${chain} = fma(sum${chain}, factor, one);
    //! end
    //! end
  }
  var total = vec4f();
  //! repeat chain 0 16
  total += sum${chain};
  //! end
  y[i] = total;
}
