//! `square_sum`: sums of squares by chunks. See `src/ops/kernels/square_sum.ts`.
use super::elementwise::sum;
use crate::args::{Args, Share};
use crate::constants::SQUARE_CHUNK;

/// `partial[offset + i]` is the sum of the squares of chunk i of `x`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/square_sum.ts` declares.
pub unsafe fn square_sum(args: Args, share: Share) {
    let (length, offset) = (args.word(2), args.word(3));
    let (x, partial) = (args.word(0) as *const f32, args.write::<f32>(1));
    for chunk in share.range(length.div_ceil(SQUARE_CHUNK)) {
        let begin = chunk * SQUARE_CHUNK;
        let elements = SQUARE_CHUNK.min(length - begin);
        *partial.add(offset + chunk) = sum(x.add(begin), elements, |v| v * v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn square_sum_fills_one_entry_per_chunk() {
        for length in [1, SQUARE_CHUNK, SQUARE_CHUNK + 1, 3 * SQUARE_CHUNK - 5] {
            for threads in [1, 3] {
                let mut x = numbers(length, 14);
                let chunks = x.chunks(SQUARE_CHUNK);
                let sums = chunks.map(|c| c.iter().map(|&v| f64::from(v) * f64::from(v)).sum());
                let mut expected = vec![-1.0, -1.0];
                expected.extend(sums.collect::<Vec<f64>>());
                expected.push(-1.0);
                let mut partial = vec![-1.0; expected.len()];
                let words = &mut [
                    Word::F32(&mut x),
                    Word::F32(&mut partial),
                    Word::Number(length),
                    Word::Number(2),
                ];
                call(square_sum, threads, words);
                assert_close(&partial, &expected, 1e-6);
            }
        }
    }
}
