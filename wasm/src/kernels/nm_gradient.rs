//! `nm_gradient`: the gradient of a weight under a mask. See `src/ops/kernels/nm_gradient.ts`.
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::constants::{mask, MASK_WORDS};
use crate::simd::{F32x4, U32x4};

/// Calls `body(at, lanes, inside)` for every four weights of this thread's rows: `inside` has all bits where the mask has them.
///
/// # Safety
/// `bits` must be readable over the words of all rows.
#[inline(always)]
pub unsafe fn each_masked(
    [rows, inputs]: [usize; 2],
    bits: *const u32,
    share: Share,
    mut body: impl FnMut(usize, Lanes, U32x4),
) {
    let words = inputs.div_ceil(32);
    let own = U32x4::from_array([1, 2, 4, 8]);
    for row in share.range(rows) {
        for word in 0..words {
            let mut of = U32x4::splat(*bits.add(row * words + word));
            let (begin, rest) = (row * inputs + 32 * word, inputs - 32 * word);
            if rest >= 32 {
                for i in 0..8 {
                    body(begin + 4 * i, Lanes::first(4), of.and(own).above(U32x4::splat(0)));
                    of = of.shift_right(4);
                }
                continue;
            }
            for place in (0..rest).step_by(4) {
                let inside = of.and(own).above(U32x4::splat(0));
                body(begin + place, Lanes::first(rest - place), inside);
                of = of.shift_right(4);
            }
        }
    }
}

/// `gradient` inside; `beta` times it, or it, outside, and `decay * w`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/nm_gradient.ts` declares.
pub unsafe fn nm_gradient(args: Args, share: Share) {
    let (gradient, values) = (args.write::<f32>(0), args.word(1) as *const f32);
    let control: &[u32] = args.read(3, MASK_WORDS);
    let beta = if args.word(6) == 1 { f32::from_bits(control[mask::BETA]) } else { 1.0 };
    let (beta, decay) = (F32x4::splat(beta), F32x4::splat(f32::from_bits(control[mask::DECAY])));
    let shape = [args.word(4), args.word(5)];
    each_masked(shape, args.word(2) as *const u32, share, |at, lanes, inside| {
        let (dw, w) = (lanes.load(gradient.add(at)), lanes.load(values.add(at)));
        let outside = beta * dw + decay * w;
        lanes.store(dw.words().pick(outside.words(), inside).floats(), gradient.add(at));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn nm_gradient_changes_what_is_outside_of_the_mask() {
        for (rows, inputs, threads) in [(1, 1, 1), (5, 70, 3), (2, 64, 3)] {
            let (mut dw, mut w) = (numbers(rows * inputs, 3), numbers(rows * inputs, 4));
            let words = inputs.div_ceil(32);
            let mut bits = vec![0x5a5a_1234u32; rows * words];
            let mut control = [0, 0, 0.25f32.to_bits(), 0, 0.5f32.to_bits(), 0, 0, 0];
            for exact in [0, 1] {
                let expected: Vec<f64> = (0..rows * inputs)
                    .map(|at| {
                        let (row, input) = (at / inputs, at % inputs);
                        let inside = bits[row * words + input / 32] >> (input % 32) & 1 == 1;
                        let beta = if exact == 1 { 0.25 } else { 1.0 };
                        let outside = beta * f64::from(dw[at]) + 0.5 * f64::from(w[at]);
                        if inside {
                            f64::from(dw[at])
                        } else {
                            outside
                        }
                    })
                    .collect();
                let words = &mut [
                    Word::F32(&mut dw),
                    Word::F32(&mut w),
                    Word::U32(&mut bits),
                    Word::U32(&mut control),
                    Word::Number(rows),
                    Word::Number(inputs),
                    Word::Number(exact),
                ];
                call(nm_gradient, threads, words);
                assert_close(&dw, &expected, 1e-6);
            }
        }
    }
}
