// Two sums at a time over the 256 invocations of a workgroup.
var<workgroup> partial_pairs: array<vec2f, 256>;

/// Sums of both halves of every invocation's `value`, in a fixed order.
fn sum_pairs(value: vec2f, lane: u32) -> vec2f {
  // Somebody may still be reading the sums before these.
  workgroupBarrier();
  partial_pairs[lane] = value;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial_pairs[lane] += partial_pairs[lane + half];
    }
    workgroupBarrier();
  }
  return partial_pairs[0];
}

/// Sum of the four elements.
fn sum_of(v: vec4f) -> f32 {
  return (v.x + v.z) + (v.y + v.w);
}
