// How invocations are numbered: workgroups of 64 in a grid folded into two dimensions, because one
// dimension ends at 65535. Mirrors src/ops/kernels/grid.ts.

/// The number of an invocation.
fn invocation(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

/// Which of the four elements of vector `i` lie below `length`.
fn below(i: u32, length: u32) -> vec4<bool> {
  return vec4u(4u * i) + vec4u(0u, 1u, 2u, 3u) < vec4u(length);
}
