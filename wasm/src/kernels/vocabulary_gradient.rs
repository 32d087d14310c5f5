//! `vocabulary_gradient`: the gradient of the losses of a softmax, in the place of its logits. See
//! `src/ops/kernels/vocabulary_gradient.ts`.
//!
//! Threads have rows, so that a row's sum is one thread's, and memory is gone through in its order.
use super::elementwise::Lanes;
use super::softmax::Exponential;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `logits[i, c] = (exp(logits[i, c] - largest[c]) inverse[c] - labelShare [i = words[c]] - classShare) shares[c]`, and
/// `sums[i]` the sum over the columns.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/vocabulary_gradient.ts` declares.
pub unsafe fn vocabulary_gradient(args: Args, share: Share) {
    let (vocabulary, columns, begin) = (args.word(5), args.word(6), args.word(7));
    let (label_share, class_share) = (args.float(8), F32x4::splat(args.float(9)));
    let (logits, largest) = (args.write::<f32>(0), args.word(1) as *const f32);
    let inverse = largest.add(columns);
    let words: &[u32] = args.read(2, begin + columns);
    let shares = (args.word(3) as *const f32).add(begin);
    let sums = args.write::<f32>(4);
    let exp = Exponential::held();
    let rows = share.range(vocabulary);
    for row in rows.clone() {
        let line = logits.add(row * columns);
        let gradient = |c: usize, lanes: Lanes| {
            let chance = exp.of(lanes.load(line.add(c)) - lanes.load(largest.add(c)))
                * lanes.load(inverse.add(c));
            let gradient = (chance - class_share) * lanes.load(shares.add(c));
            lanes.store(gradient, line.add(c));
            gradient
        };
        let mut sum = [F32x4::zero(); 4];
        let mut c = 0;
        while c + 16 <= columns {
            for (i, sum) in sum.iter_mut().enumerate() {
                *sum = *sum + gradient(c + 4 * i, Lanes::first(4));
            }
            c += 16;
        }
        while c < columns {
            sum[0] = sum[0] + gradient(c, Lanes::first(columns - c));
            c += 4;
        }
        *sums.add(row) = ((sum[0] + sum[1]) + (sum[2] + sum[3])).sum();
    }
    // The words' own entries are set right afterwards, which spares a comparison for each of the others.
    for (c, &word) in words[begin..].iter().enumerate() {
        let word = word as usize;
        if rows.contains(&word) {
            let less = label_share * *shares.add(c);
            *logits.add(word * columns + c) -= less;
            *sums.add(word) -= less;
        }
    }
}
