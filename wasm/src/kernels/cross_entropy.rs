//! `cross_entropy`: softmax cross-entropy of every column. See `src/ops/kernels/cross_entropy.ts`.
use super::elementwise::each_vector;
use super::softmax::Columns;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `losses[c] = log(sum_i exp(logits[i, c])) - labelShare logits[labels[c], c]
/// - classShare sum_i logits[i, c]`,
/// NaN where the label is no class.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/cross_entropy.ts` declares.
pub unsafe fn cross_entropy(args: Args, share: Share) {
    let (logits, losses) = (args.word(0) as *const f32, args.write::<f32>(2));
    let (classes, stride) = (args.word(3), args.word(4));
    let (label_share, class_share) = (args.float(5), args.float(6));
    let labels: &[u32] = args.read(1, stride);
    each_vector(stride, share, |c, lanes| {
        let columns = Columns { logits: logits.add(c), classes, stride, lanes };
        let (largest, sum) = columns.softmax(|_, _| ());
        let mut chosen = [f32::NAN; 4];
        for (lane, (chosen, &label)) in chosen.iter_mut().zip(&labels[c..]).enumerate() {
            if (label as usize) < classes {
                *chosen = *logits.add(label as usize * stride + c + lane);
            }
        }
        let log = F32x4::from_array(sum.to_array().map(f32::ln));
        let target = F32x4::splat(label_share) * (F32x4::from_array(chosen) - largest);
        let mut loss = log - target;
        if class_share != 0.0 {
            loss = loss - F32x4::splat(class_share) * columns.sum_below(largest);
        }
        lanes.store(loss, losses.add(c));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn cross_entropy_equals_the_formula() {
        for (classes, columns) in [(1, 32), (2, 3), (10, 64), (33, 37)] {
            for threads in [1, 3] {
                let mut logits: Vec<f32> =
                    numbers(classes * columns, 10).iter().map(|v| 30.0 * v).collect();
                let mut labels: Vec<u32> = (0..columns).map(|c| (c * 7 % classes) as u32).collect();
                let expected: Vec<f64> = (0..columns)
                    .map(|c| {
                        let logit = |i: usize| f64::from(logits[i * columns + c]);
                        let sum: f64 = (0..classes).map(|i| logit(i).exp()).sum();
                        sum.ln() - logit(labels[c] as usize)
                    })
                    .collect();
                let mut losses = vec![f32::NAN; columns];
                let words = &mut [
                    Word::F32(&mut logits),
                    Word::U32(&mut labels),
                    Word::F32(&mut losses),
                    Word::Number(classes),
                    Word::Number(columns),
                    Word::Float(1.0),
                    Word::Number(0),
                ];
                call(cross_entropy, threads, words);
                assert_close(&losses, &expected, 1e-5);
            }
        }
    }
    #[test]
    fn cross_entropy_of_a_label_that_is_no_class_is_nan() {
        let (mut logits, mut labels) = ([1.0, 2.0, 3.0, 4.0], [2, 1]);
        let mut losses = [0.0; 2];
        let words = &mut [
            Word::F32(&mut logits),
            Word::U32(&mut labels),
            Word::F32(&mut losses),
            Word::Number(2),
            Word::Number(2),
            Word::Float(1.0),
            Word::Number(0),
        ];
        call(cross_entropy, 1, words);
        assert!(losses[0].is_nan() && losses[1] > 0.0, "{losses:?}");
    }
}
