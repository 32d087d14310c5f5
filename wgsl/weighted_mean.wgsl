// Mean of the first `examples` entries, weighted by class. Declared in src/ops/kernels/weighted_mean.ts.
// One workgroup.

//! use step
//! use pairs
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> step: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> total: array<f32>;

struct Params {
  columns: u32,
  classes: u32,
}
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) lane: u32) {
  let end = min(step[STEP_EXAMPLES], params.columns);
  var products = 0.0;
  var sum = 0.0;
  for (var i = lane; i < end; i += 1024u) {
    // Some are added before they join the sum, lest rounding adds up over all.
    var some = vec2f();
    //! repeat b 0 4
    if (i + ${256*b}u < end) {
      let weight${b} = weights[min(labels[i + ${256*b}u], params.classes - 1u)];
      some += vec2f(weight${b} * x[i + ${256*b}u], weight${b});
    }
    //! end
    products += some.x;
    sum += some.y;
  }
  let sums = sum_pairs(vec2f(products, sum), lane);
  if (lane == 0u) {
    // Where nothing weighs anything, both sums are 0.
    out[0] = sums.x / select(1.0, sums.y, sums.y > 0.0);
    total[0] = sums.y;
  }
}
