/// log(1 + u) for u in [0, 1]: 2 artanh(u / (2 + u)) as a series, whose rest is below 2^-29 of it. What
/// drivers give for log near 1 is off by percents.
fn log_1p(u: f32) -> f32 {
  let s = u / (2.0 + u);
  let q = s * s;
  var sum = 1.0 / 15.0;
  sum = sum * q + 1.0 / 13.0;
  sum = sum * q + 1.0 / 11.0;
  sum = sum * q + 1.0 / 9.0;
  sum = sum * q + 1.0 / 7.0;
  sum = sum * q + 1.0 / 5.0;
  sum = sum * q + 1.0 / 3.0;
  return 2.0 * s * (sum * q + 1.0);
}
