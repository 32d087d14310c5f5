//! `cross_entropy_gradient`. See `src/ops/kernels/cross_entropy_gradient.ts`.
use super::elementwise::each_vector;
use super::softmax::Columns;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `dlogits[i, c] = (softmax(logits[:, c])[i] - labelShare [i = labels[c]] - classShare) * upstream[c]`;
/// a label that is no class equals none.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/cross_entropy_gradient.ts` declares.
pub unsafe fn cross_entropy_gradient(args: Args, share: Share) {
    let (logits, upstream) = (args.word(0) as *const f32, args.word(2) as *const f32);
    let dlogits = args.write::<f32>(3);
    let (classes, stride) = (args.word(4), args.word(5));
    let labels: &[u32] = args.read(1, stride);
    let (label_share, class_share) = (args.float(6), args.float(7));
    // The target of the right class.
    let hit = label_share + class_share;
    each_vector(stride, share, |c, lanes| {
        let columns = Columns { logits: logits.add(c), classes, stride, lanes };
        let gradient = dlogits.add(c);
        let (_, sum) =
            columns.softmax(|class, term| lanes.store(term, gradient.add(class * stride)));
        let (inverse, upstream) = (F32x4::splat(1.0) / sum, lanes.load(upstream.add(c)));
        // The label's own entry is set right afterwards, which spares a comparison per class.
        let (inverses, upstreams) = (inverse.to_array(), upstream.to_array());
        let labels = labels[c..].iter().map(|&label| label as usize).take(4).enumerate();
        let labels = labels.filter(|&(_, label)| label < classes);
        let mut hits = [0.0; 4];
        for (lane, label) in labels.clone() {
            let term = *gradient.add(label * stride + lane);
            hits[lane] = (term * inverses[lane] - hit) * upstreams[lane];
        }
        for class in 0..classes {
            let at = gradient.add(class * stride);
            let share = lanes.load(at) * inverse - F32x4::splat(class_share);
            lanes.store(share * upstream, at);
        }
        for (lane, label) in labels {
            *gradient.add(label * stride + lane) = hits[lane];
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn cross_entropy_gradient_equals_the_formula() {
        for (classes, columns) in [(1, 32), (2, 3), (10, 64), (33, 37)] {
            for threads in [1, 3] {
                let mut logits: Vec<f32> =
                    numbers(classes * columns, 11).iter().map(|v| 10.0 * v).collect();
                let mut labels: Vec<u32> = (0..columns).map(|c| (c * 5 % classes) as u32).collect();
                let mut upstream = numbers(columns, 12);
                let mut expected = vec![0.0; classes * columns];
                for c in 0..columns {
                    let logit = |i: usize| f64::from(logits[i * columns + c]);
                    let sum: f64 = (0..classes).map(|i| logit(i).exp()).sum();
                    for i in 0..classes {
                        let hit = if labels[c] as usize == i { 1.0 } else { 0.0 };
                        expected[i * columns + c] =
                            (logit(i).exp() / sum - hit) * f64::from(upstream[c]);
                    }
                }
                let mut dlogits = vec![f32::NAN; classes * columns];
                let words = &mut [
                    Word::F32(&mut logits),
                    Word::U32(&mut labels),
                    Word::F32(&mut upstream),
                    Word::F32(&mut dlogits),
                    Word::Number(classes),
                    Word::Number(columns),
                    Word::Float(1.0),
                    Word::Number(0),
                ];
                call(cross_entropy_gradient, threads, words);
                assert_close(&dlogits, &expected, 1e-5);
            }
        }
    }
    #[test]
    fn cross_entropy_gradient_stays_inside_when_a_label_is_no_class() {
        let (mut logits, mut labels) = ([0.0; 4], [2, 1]);
        let (mut upstream, mut dlogits) = ([1.0, 1.0], [9.0; 6]);
        let words = &mut [
            Word::F32(&mut logits),
            Word::U32(&mut labels),
            Word::F32(&mut upstream),
            Word::F32(&mut dlogits),
            Word::Number(2),
            Word::Number(2),
            Word::Float(1.0),
            Word::Number(0),
        ];
        call(cross_entropy_gradient, 1, words);
        assert_eq!(dlogits, [0.5, 0.5, 0.5, -0.5, 9.0, 9.0]);
    }
}
