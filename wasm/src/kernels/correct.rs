//! `correct`: whether the largest logit is the label. See `src/ops/kernels/correct.ts`.
use crate::args::{Args, Share};

/// `out[c]` is 1 where the first largest logit of column c is its label, else 0.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/correct.ts` declares.
pub unsafe fn correct(args: Args, share: Share) {
    let (classes, columns) = (args.word(3), args.word(4));
    let logits: &[f32] = args.read(0, classes * columns);
    let labels: &[u32] = args.read(1, columns);
    let out = args.write::<f32>(2);
    for column in share.range(columns) {
        let (mut best, mut largest) = (0, logits[column]);
        for class in 1..classes {
            let logit = logits[class * columns + column];
            if logit > largest {
                (best, largest) = (class, logit);
            }
        }
        *out.add(column) = if best == labels[column] as usize { 1.0 } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, Word};

    #[test]
    fn correct_takes_the_lowest_class_among_equals() {
        // Three classes, four columns: the largest is class 2; 0 and 1 equal; all equal; class 1.
        let mut logits = [1.0, 5.0, 2.0, -3.0, 2.0, 5.0, 2.0, -1.0, 3.0, 4.0, 2.0, -2.0];
        for (labels, expected) in
            [([2, 0, 0, 1], [1.0, 1.0, 1.0, 1.0]), ([0, 1, 2, 0], [0.0, 0.0, 0.0, 0.0])]
        {
            for threads in [1, 3] {
                let (mut labels, mut out) = (labels, [f32::NAN; 4]);
                let words = &mut [
                    Word::F32(&mut logits),
                    Word::U32(&mut labels),
                    Word::F32(&mut out),
                    Word::Number(3),
                    Word::Number(4),
                ];
                call(correct, threads, words);
                assert_eq!(out, expected);
            }
        }
    }
}
