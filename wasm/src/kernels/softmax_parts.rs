//! `softmax_parts`: the softmax of parts of columns. See `src/ops/kernels/softmax_parts.ts`.
use super::elementwise::Lanes;
use super::softmax::Exponential;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Words of a part. As in `src/ops/kernels/softmax_parts.ts`.
const WORDS: usize = 64;
/// Most parts of a column. As in `src/ops/kernels/parts.ts`.
const MOST_PARTS: usize = 1 << 14;

/// Words of a part of a vocabulary.
pub fn words_of(vocabulary: usize) -> usize {
    WORDS * vocabulary.div_ceil(WORDS * MOST_PARTS)
}

/// Vectors of columns that are gone through together: a cache line.
const VECTORS: usize = 4;

/// `parts` holds the largest logit of each part, the sum of exp(logit - largest), and that of (logit - largest).
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/softmax_parts.ts` declares.
pub unsafe fn softmax_parts(args: Args, share: Share) {
    let (logits, parts) = (args.word(0) as *const f32, args.write::<f32>(1));
    let (vocabulary, columns) = (args.word(2), args.word(3));
    let size = words_of(vocabulary);
    let count = vocabulary.div_ceil(size);
    for part in share.range(count) {
        let first = part * size;
        let rows = size.min(vocabulary - first);
        let logits = logits.add(first * columns);
        let to = parts.add(part * columns);
        let plane = count * columns;
        let mut c = 0;
        while c + 4 * VECTORS <= columns {
            let full = Lanes::first(4);
            softmax::<VECTORS>(logits.add(c), rows, columns, full, to.add(c), plane);
            c += 4 * VECTORS;
        }
        while c < columns {
            let lanes = Lanes::first(columns - c);
            softmax::<1>(logits.add(c), rows, columns, lanes, to.add(c), plane);
            c += 4;
        }
    }
}

/// The softmax of `N` vectors of columns, of which the last has some lanes.
#[inline(always)]
unsafe fn softmax<const N: usize>(
    logits: *const f32,
    rows: usize,
    stride: usize,
    lanes: Lanes,
    to: *mut f32,
    plane: usize,
) {
    let logit = |row: usize, vector: usize| lanes.load(logits.add(row * stride + 4 * vector));
    let mut largest: [F32x4; N] = core::array::from_fn(|vector| logit(0, vector));
    for row in 1..rows {
        for (vector, largest) in largest.iter_mut().enumerate() {
            *largest = largest.max(logit(row, vector));
        }
    }
    let exp = Exponential::held();
    let mut sums = [F32x4::zero(); N];
    let mut below = [F32x4::zero(); N];
    for row in 0..rows {
        for vector in 0..N {
            let shifted = logit(row, vector) - largest[vector];
            sums[vector] = sums[vector] + exp.of(shifted);
            below[vector] = below[vector] + shifted;
        }
    }
    for vector in 0..N {
        let to = to.add(4 * vector);
        lanes.store(largest[vector], to);
        lanes.store(sums[vector], to.add(plane));
        lanes.store(below[vector], to.add(2 * plane));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn softmax_parts_equal_the_formula() {
        for (vocabulary, columns) in [(1, 1), (130, 33), (64, 16), (7, 5)] {
            let part = words_of(vocabulary);
            for threads in [1, 3] {
                let mut logits = numbers(vocabulary * columns, 3);
                let count = vocabulary.div_ceil(part);
                let mut expected = vec![0.0; 3 * count * columns];
                for i in 0..count * columns {
                    let first = i / columns * part;
                    let rows = first..vocabulary.min(first + part);
                    let line: Vec<f64> =
                        rows.map(|r| f64::from(logits[r * columns + i % columns])).collect();
                    let largest = line.iter().copied().fold(f64::MIN, f64::max);
                    expected[i] = largest;
                    expected[count * columns + i] = line.iter().map(|v| (v - largest).exp()).sum();
                    expected[2 * count * columns + i] = line.iter().map(|v| v - largest).sum();
                }
                let mut parts = vec![f32::NAN; expected.len()];
                let words = &mut [
                    Word::F32(&mut logits),
                    Word::F32(&mut parts),
                    Word::Number(vocabulary),
                    Word::Number(columns),
                ];
                call(softmax_parts, threads, words);
                assert_close(&parts, &expected, 1e-5);
            }
        }
    }
}
