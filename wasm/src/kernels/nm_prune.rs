//! `nm_prune`: takes from a weight what its mask leaves out. See `src/ops/kernels/nm_prune.ts`.
use super::nm_gradient::each_masked;
use crate::args::{Args, Share};

/// `values = 0` where the mask has none.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/nm_prune.ts` declares.
pub unsafe fn nm_prune(args: Args, share: Share) {
    let values = args.write::<f32>(0);
    let shape = [args.word(2), args.word(3)];
    each_masked(shape, args.word(1) as *const u32, share, |at, lanes, inside| {
        lanes.store(lanes.load(values.add(at)).words().and(inside).floats(), values.add(at));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn nm_prune_leaves_what_is_in_the_mask() {
        for (rows, inputs, threads) in [(1, 1, 1), (5, 70, 3)] {
            let mut values = numbers(rows * inputs, 3);
            let words = inputs.div_ceil(32);
            let mut bits = vec![0x5a5a_1234u32; rows * words];
            let expected: Vec<f32> = (0..rows * inputs)
                .map(|at| {
                    let (row, input) = (at / inputs, at % inputs);
                    let inside = bits[row * words + input / 32] >> (input % 32) & 1 == 1;
                    if inside {
                        values[at]
                    } else {
                        0.0
                    }
                })
                .collect();
            let words = &mut [
                Word::F32(&mut values),
                Word::U32(&mut bits),
                Word::Number(rows),
                Word::Number(inputs),
            ];
            call(nm_prune, threads, words);
            assert_eq!(values, expected);
        }
    }
}
