//! `target_losses_gradient`. See `src/ops/kernels/target_losses_gradient.ts`.
use super::elementwise::each_vector;
use super::targets::{Logistic, ABSOLUTE, LOGISTIC, SQUARE};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `doutputs[i, c]` is `share * upstream[c]` times the derivative of the loss of an output.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/target_losses_gradient.ts` declares.
pub unsafe fn target_losses_gradient(args: Args, share: Share) {
    let logistic = Logistic::new(args.float(7), args.float(8), args.float(9));
    let one = F32x4::splat(1.0);
    match args.word(6) {
        SQUARE => each_output(args, share, |x, t| (x - t) + (x - t)),
        ABSOLUTE => each_output(args, share, |x, t| one.gate(x - t) - one.gate(t - x)),
        LOGISTIC => each_output(args, share, |x, t| logistic.slope(x, t)),
        _ => {}
    }
}

/// Writes the gradient of every output.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/target_losses_gradient.ts` declares.
#[inline(always)]
unsafe fn each_output(args: Args, share: Share, slope: impl Fn(F32x4, F32x4) -> F32x4) {
    let (outputs, targets) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let (upstream, doutputs) = (args.word(2) as *const f32, args.write::<f32>(3));
    let (rows, columns) = (args.word(4), args.word(5));
    let part = F32x4::splat(args.float(10));
    each_vector(columns, share, |c, lanes| {
        let upstream = lanes.load(upstream.add(c)) * part;
        for row in 0..rows {
            let at = row * columns + c;
            let slope = slope(lanes.load(outputs.add(at)), lanes.load(targets.add(at)));
            lanes.store(slope * upstream, doutputs.add(at));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn target_losses_gradient_equals_the_formulas() {
        for (rows, columns) in [(1, 32), (2, 3), (10, 64), (33, 37)] {
            for threads in [1, 3] {
                let length = rows * columns;
                let mut outputs: Vec<f32> = numbers(length, 20).iter().map(|v| 5.0 * v).collect();
                let mut targets: Vec<f32> =
                    numbers(length, 21).iter().map(|v| 0.25 * v + 0.5).collect();
                let mut upstream = numbers(columns, 22);
                for kind in [SQUARE, ABSOLUTE, LOGISTIC] {
                    let expected: Vec<f64> = (0..length)
                        .map(|i| {
                            let (x, t) = (f64::from(outputs[i]), f64::from(targets[i]));
                            let u = 0.75 * t + 0.125;
                            let slope = match kind {
                                SQUARE => 2.0 * (x - t),
                                ABSOLUTE => (x - t).signum(),
                                _ => (1.0 - u) / (1.0 + (-x).exp()) - 3.0 * u / (1.0 + x.exp()),
                            };
                            slope * f64::from(upstream[i % columns]) * 0.5
                        })
                        .collect();
                    let mut doutputs = vec![f32::NAN; length];
                    let words = &mut [
                        Word::F32(&mut outputs),
                        Word::F32(&mut targets),
                        Word::F32(&mut upstream),
                        Word::F32(&mut doutputs),
                        Word::Number(rows),
                        Word::Number(columns),
                        Word::Number(kind),
                        Word::Float(3.0),
                        Word::Float(0.75),
                        Word::Float(0.125),
                        Word::Float(0.5),
                    ];
                    call(target_losses_gradient, threads, words);
                    assert_close(&doutputs, &expected, 1e-5);
                }
            }
        }
    }
}
