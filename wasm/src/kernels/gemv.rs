//! `gemv`: dense product with one vector. See `src/ops/kernels/gemv.ts`.
//!
//! Four rows at a time share what is read of the vector.
use super::epilogue::Epilogue;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Rows at a time.
const ROWS: usize = 4;

/// `y = A x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/gemv.ts` declares.
pub unsafe fn gemv(args: Args, share: Share) {
    let (a, x) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let (m, k) = (args.word(4), args.word(5));
    let epilogue = Epilogue { kind: args.word(6), extra: args.word(2) as *const f32, stride: 1 };
    let y = args.write::<f32>(3);
    let tiles = share.range(m.div_ceil(ROWS));
    for row in (tiles.start * ROWS..m.min(tiles.end * ROWS)).step_by(ROWS) {
        if row + ROWS <= m {
            let sums = dots::<ROWS>(a.add(row * k), k, x);
            for (i, sum) in sums.into_iter().enumerate() {
                store(&epilogue, sum, row + i, y);
            }
        } else {
            for row in row..m {
                let [sum] = dots::<1>(a.add(row * k), k, x);
                store(&epilogue, sum, row, y);
            }
        }
    }
}

/// Stores a sum as element `row`.
///
/// # Safety
/// `row` must be a row of `y` and of the bias.
#[inline(always)]
pub unsafe fn store(epilogue: &Epilogue, sum: f32, row: usize, y: *mut f32) {
    *y.add(row) = epilogue.finish_one(sum + epilogue.start(row), row, 0);
    epilogue.finish_stored(y, 1, 1, 1, [row, 0]);
}

/// The dot products of `N` neighbouring rows of length `k` with `x`.
#[inline(always)]
unsafe fn dots<const N: usize>(a: *const f32, k: usize, x: *const f32) -> [f32; N] {
    let mut sums = [[F32x4::zero(); 2]; N];
    let whole = k / 8 * 8;
    for i in (0..whole).step_by(8) {
        let (low, high) = (F32x4::load(x.add(i)), F32x4::load(x.add(i + 4)));
        for (row, sums) in sums.iter_mut().enumerate() {
            let a = a.add(row * k + i);
            sums[0] = sums[0].madd(F32x4::load(a), low);
            sums[1] = sums[1].madd(F32x4::load(a.add(4)), high);
        }
    }
    core::array::from_fn(|row| {
        let mut sum = (sums[row][0] + sums[row][1]).sum();
        for i in whole..k {
            sum += *a.add(row * k + i) * *x.add(i);
        }
        sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::epilogue::{BIAS, EPILOGUE_FORMS};
    use crate::kernels::pointwise_operations::Constants;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn gemv_equals_the_formula() {
        for (m, k) in [(1, 1), (5, 7), (8, 64), (33, 100)] {
            for (threads, operation) in [(1, 0), (3, 1)] {
                let (mut a, mut x, mut bias) = (numbers(m * k, 1), numbers(k, 2), numbers(m, 3));
                let expected: Vec<f64> = (0..m)
                    .map(|row| {
                        let products = (0..k).map(|i| f64::from(a[row * k + i]) * f64::from(x[i]));
                        let sum =
                            F32x4::splat((products.sum::<f64>() + f64::from(bias[row])) as f32);
                        let value = Constants::written().value(operation, sum);
                        f64::from(value.to_array()[0])
                    })
                    .collect();
                let mut y = vec![f32::NAN; m];
                let words = &mut [
                    Word::F32(&mut a),
                    Word::F32(&mut x),
                    Word::F32(&mut bias),
                    Word::F32(&mut y),
                    Word::Number(m),
                    Word::Number(k),
                    Word::Number(BIAS + EPILOGUE_FORMS * operation),
                ];
                call(gemv, threads, words);
                assert_close(&y, &expected, 1e-5);
            }
        }
    }
}
