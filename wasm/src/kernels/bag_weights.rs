//! `bag_weights`: what the tokens of a bag count. See `src/ops/kernels/bag_weights.ts`.
use super::elementwise::CHUNK;
use crate::args::{Args, Share};

/// `out[p, c]` is the weight of a token, 0 for padding, divided by the sum of its column's where a mean is asked for.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/bag_weights.ts` declares.
pub unsafe fn bag_weights(args: Args, share: Share) {
    let (positions, columns, padding) = (args.word(3), args.word(4), args.word(5));
    let (mean, weighted) = (args.word(6) != 0, args.word(7) != 0);
    let tokens: &[u32] = args.read(0, positions * columns);
    let (weights, out) = (args.word(1) as *const f32, args.write::<f32>(2));
    let weight = |at: usize| {
        if tokens[at] as usize == padding {
            0.0
        } else if weighted {
            *weights.add(at)
        } else {
            1.0
        }
    };
    for column in share.range(columns) {
        let mut factor = 1.0;
        if mean {
            let mut total = 0.0;
            for begin in (0..positions).step_by(CHUNK) {
                let end = (begin + CHUNK).min(positions);
                total += (begin..end).map(|p| weight(p * columns + column)).sum::<f32>();
            }
            factor = total;
        }
        for at in (column..positions * columns).step_by(columns) {
            *out.add(at) = if factor == 0.0 { 0.0 } else { weight(at) / factor };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, Word};

    #[test]
    fn bag_weights_leave_padding_out_of_a_mean() {
        // Three columns: two of three tokens, one, none.
        let mut tokens = [1, 0, 9, 9, 9, 9, 2, 9, 9];
        let mut weights = [3.0, 2.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        for (mean, weighted, expected) in [
            (0, 0, [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
            (1, 0, [0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0]),
            (0, 1, [3.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
            (1, 1, [0.75, 1.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.0]),
        ] {
            let mut out = [f32::NAN; 9];
            let words = &mut [
                Word::U32(&mut tokens),
                Word::F32(&mut weights),
                Word::F32(&mut out),
                Word::Number(3),
                Word::Number(3),
                Word::Number(9),
                Word::Number(mean),
                Word::Number(weighted),
            ];
            call(bag_weights, 3, words);
            assert_eq!(out, expected);
        }
    }
}
