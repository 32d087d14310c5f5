//! `copy_columns`: a run of columns, from one place to another. See `src/ops/kernels/copy_columns.ts`.
use crate::args::{Args, Share};

/// `y[r, to + i] = x[r, begin + i]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/copy_columns.ts` declares.
pub unsafe fn copy_columns(args: Args, share: Share) {
    let (rows, count) = (args.word(2), args.word(3));
    let x = (args.word(0) as *const f32).add(args.word(5));
    let y = args.write::<f32>(1).add(args.word(7));
    let (from, into) = (args.word(4), args.word(6));
    for row in share.range(rows) {
        core::ptr::copy_nonoverlapping(x.add(row * from), y.add(row * into), count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn copy_columns_leaves_the_other_columns_alone() {
        for (rows, count, threads) in [(1, 1, 1), (5, 7, 2), (3, 32, 3)] {
            let (from, into) = (count + 5, count + 3);
            let mut x = numbers(rows * from, 1);
            let mut y = vec![7.0; rows * into];
            let mut expected = y.clone();
            for row in 0..rows {
                for i in 0..count {
                    expected[row * into + 2 + i] = x[row * from + 4 + i];
                }
            }
            let words = &mut [
                Word::F32(&mut x),
                Word::F32(&mut y),
                Word::Number(rows),
                Word::Number(count),
                Word::Number(from),
                Word::Number(4),
                Word::Number(into),
                Word::Number(2),
            ];
            call(copy_columns, threads, words);
            assert_eq!(y, expected);
        }
    }
}
