//! `bias`: adds one number to each row. See `src/ops/kernels/bias.ts`.
use super::elementwise::map;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y[r, c] = x[r, c] + bias[r]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/bias.ts` declares.
pub unsafe fn bias(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(2));
    let (rows, columns) = (args.word(3), args.word(4));
    let bias: &[f32] = args.read(1, rows);
    let whole = Share { thread: 0, threads: 1, ..share };
    for row in share.range(rows) {
        let offset = F32x4::splat(bias[row]);
        let at = row * columns;
        map(x.add(at), y.add(at), columns, whole, |v| v + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn bias_adds_to_each_row_its_own_number() {
        for (rows, columns) in [(1, 32), (5, 64), (4, 7)] {
            for threads in [1, 3] {
                let (mut x, mut b) = (numbers(rows * columns, 3), numbers(rows, 4));
                let expected: Vec<f32> =
                    x.iter().enumerate().map(|(i, v)| v + b[i / columns]).collect();
                let mut y = vec![f32::NAN; rows * columns];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut b),
                    Word::F32(&mut y),
                    Word::Number(rows),
                    Word::Number(columns),
                ];
                call(bias, threads, words);
                assert_eq!(y, expected);
            }
        }
    }
}
