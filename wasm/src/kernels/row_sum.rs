//! `row_sum`: the gradient of a bias. See `src/ops/kernels/row_sum.ts`.
use super::elementwise::sum;
use crate::args::{Args, Share};

/// `out[r]` is the sum of row r of `x` (rows, columns).
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/row_sum.ts` declares.
pub unsafe fn row_sum(args: Args, share: Share) {
    let (x, out) = (args.word(0) as *const f32, args.write::<f32>(1));
    let (rows, columns) = (args.word(2), args.word(3));
    for row in share.range(rows) {
        *out.add(row) = sum(x.add(row * columns), columns, |v| v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn row_sum_adds_each_row() {
        for (rows, columns) in [(1, 32), (5, 96), (7, 33)] {
            for threads in [1, 3] {
                let mut x = numbers(rows * columns, 2);
                let expected: Vec<f64> =
                    x.chunks(columns).map(|row| row.iter().map(|&v| f64::from(v)).sum()).collect();
                let mut out = vec![f32::NAN; rows];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut out),
                    Word::Number(rows),
                    Word::Number(columns),
                ];
                call(row_sum, threads, words);
                assert_close(&out, &expected, 1e-4);
            }
        }
    }
}
