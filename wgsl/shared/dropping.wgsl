// Which elements are dropped: those whose draw of 16 bits is below the threshold. See src/ops/kernels/dropping.ts. Needs the
// snippet `step`, the binding `step`, and the parameters key0, key1, stream and threshold.

/// Words of four blocks of Philox4x32-10, a block in each lane.
struct Draws {
  a: vec4u,
  b: vec4u,
  c: vec4u,
  d: vec4u,
}

/// The high halves of the products of `x` and a constant.
fn multiply_high(x: vec4u, by: u32) -> vec4u {
  let low = x & vec4u(0xffffu);
  let high = x >> vec4u(16u);
  let middle = high * (by & 0xffffu) + ((low * (by & 0xffffu)) >> vec4u(16u));
  let cross = low * (by >> 16u) + (middle & vec4u(0xffffu));
  return high * (by >> 16u) + (middle >> vec4u(16u)) + (cross >> vec4u(16u));
}

/// The blocks with these numbers.
fn random_blocks(numbers: vec4u) -> Draws {
  var a = numbers;
  var b = vec4u(step[STEP_BEFORE]);
  var c = vec4u(step[STEP_STEP]);
  var d = vec4u(params.stream);
  //! repeat round 0 10
  {
    let first = multiply_high(a, 0xd2511f53u);
    let second = multiply_high(c, 0xcd9e8d57u);
    let low = c * 0xcd9e8d57u;
    c = first ^ d ^ vec4u(params.key1 + ${round}u * 0xbb67ae85u);
    d = a * 0xd2511f53u;
    a = second ^ b ^ vec4u(params.key0 + ${round}u * 0x9e3779b9u);
    b = low;
  }
  //! end
  return Draws(a, b, c, d);
}

/// The draws of the elements from `32 * group` on: `kept_low` and `kept_high` of a, of b, of c and of d, four elements each.
fn draws_of(group: u32) -> Draws {
  return random_blocks(vec4u(4u * group) + vec4u(0u, 1u, 2u, 3u));
}

/// Which of four elements are kept, by the low halves of their words.
fn kept_low(words: vec4u) -> vec4<bool> {
  return (words & vec4u(0xffffu)) >= vec4u(params.threshold);
}

/// Which of the next four are kept, by the high halves.
fn kept_high(words: vec4u) -> vec4<bool> {
  return (words >> vec4u(16u)) >= vec4u(params.threshold);
}

/// Whether an element is kept, where one is asked for alone: four blocks are made for it.
fn is_kept(element: u32) -> bool {
  let draws = draws_of(element / 32u);
  let place = element % 32u / 8u;
  let words = select(
    select(draws.a, draws.b, place == 1u),
    select(draws.c, draws.d, place == 3u),
    place >= 2u,
  );
  let kept = select(kept_high(words), kept_low(words), element % 8u < 4u);
  return kept[element % 4u];
}
