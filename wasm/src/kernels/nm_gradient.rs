//! `nm_gradient`: the gradient of a weight under a mask. See `src/ops/kernels/nm_gradient.ts`.
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::constants::{mask, MASK_WORDS};
use crate::simd::F32x4;

/// The four masks that four bits stand for begin here, 16 for each lane: 1 where the bit is set.
const ONES: [[f32; 4]; 16] = ones();

const fn ones() -> [[f32; 4]; 16] {
    let mut table = [[0.0; 4]; 16];
    let mut bits = 0;
    while bits < 16 {
        let mut lane = 0;
        while lane < 4 {
            table[bits][lane] = if bits >> lane & 1 == 1 { 1.0 } else { 0.0 };
            lane += 1;
        }
        bits += 1;
    }
    table
}

/// Calls `body(at, lanes, inside)` for every four weights of this thread's rows: `inside` is 1 where the mask has them.
///
/// # Safety
/// `bits` must be readable over the words of all rows.
#[inline(always)]
pub unsafe fn each_masked(
    [rows, inputs]: [usize; 2],
    bits: *const u32,
    share: Share,
    mut body: impl FnMut(usize, Lanes, F32x4),
) {
    let words = inputs.div_ceil(32);
    for row in share.range(rows) {
        for word in 0..words {
            let of = *bits.add(row * words + word);
            for place in (32 * word..inputs.min(32 * word + 32)).step_by(4) {
                let inside = F32x4::from_array(ONES[(of >> (place % 32) & 15) as usize]);
                body(row * inputs + place, Lanes::first(inputs - place), inside);
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
        lanes.store(dw.select(beta * dw + decay * w, inside), gradient.add(at));
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
