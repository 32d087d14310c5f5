//! `unpack_bytes`: the numbers that bytes stand for. See `src/ops/kernels/unpack_bytes.ts`.
use crate::args::{Args, Share};
use crate::simd::F32x4;
use crate::step;

/// Numbers of a part of the table.
const VALUES: usize = 256;

/// `y[r, c] = table[r / part, byte r % 4 of words[r / 4, c]]` for c < step.examples, else 0.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/unpack_bytes.ts` declares.
pub unsafe fn unpack_bytes(args: Args, share: Share) {
    let block: &[u32] = args.read(2, step::WORDS);
    let call = Call {
        words: args.word(0) as *const u32,
        table: args.word(1) as *const f32,
        y: args.write(3),
        columns: args.word(5),
        part: args.word(6),
        examples: block[step::EXAMPLES] as usize,
    };
    let rows = args.word(4);
    for row in share.range(rows.div_ceil(4)).map(|word| 4 * word) {
        if row + 4 <= rows {
            call.unpack::<4>(row);
        } else {
            (row..rows).for_each(|row| call.unpack::<1>(row));
        }
    }
}

struct Call {
    words: *const u32,
    table: *const f32,
    y: *mut f32,
    columns: usize,
    part: usize,
    examples: usize,
}

impl Call {
    /// Writes the `N` rows from `row` on, whose bytes are in the same words: four columns at a time, each word read once.
    unsafe fn unpack<const N: usize>(&self, row: usize) {
        let words = self.words.add(row / 4 * self.columns);
        let rows: [(*const f32, *mut f32); N] = core::array::from_fn(|k| {
            let row = row + k;
            (self.table.add(row / self.part * VALUES), self.y.add(row * self.columns))
        });
        let first = if N == 4 { 0 } else { row % 4 };
        let byte = |word: u32, k: usize| (word >> (8 * (first + k)) & 255) as usize;
        let whole = self.examples - self.examples % 4;
        for column in (0..whole).step_by(4) {
            let four: [u32; 4] = core::array::from_fn(|i| *words.add(column + i));
            for (k, (table, y)) in rows.iter().enumerate() {
                F32x4::gather(four.map(|word| table.add(byte(word, k)))).store(y.add(column));
            }
        }
        for (k, (table, y)) in rows.iter().enumerate() {
            for column in whole..self.columns {
                let number = *table.add(byte(*words.add(column), k));
                *y.add(column) = if column < self.examples { number } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, step_block, Word};

    #[test]
    fn unpack_bytes_gives_what_each_byte_stands_for_and_zero_on_the_padding() {
        for (rows, part, threads) in [(1usize, 1, 1), (6, 3, 3), (10, 5, 2)] {
            let (columns, examples) = (8, 5);
            let mut words: Vec<u32> = (0..rows.div_ceil(4) * columns)
                .map(|i| (i as u32 + 1).wrapping_mul(2_654_435_761))
                .collect();
            let mut table = numbers(rows / part * VALUES, 1);
            let expected: Vec<f32> = (0..rows * columns)
                .map(|i| {
                    let (row, column) = (i / columns, i % columns);
                    let byte = words[row / 4 * columns + column].to_le_bytes()[row % 4];
                    if column < examples {
                        table[row / part * VALUES + byte as usize]
                    } else {
                        0.0
                    }
                })
                .collect();
            let mut block = step_block(&[(step::EXAMPLES, examples as u32)]);
            let mut y = vec![f32::NAN; rows * columns];
            let words = &mut [
                Word::U32(&mut words),
                Word::F32(&mut table),
                Word::U32(&mut block),
                Word::F32(&mut y),
                Word::Number(rows),
                Word::Number(columns),
                Word::Number(part),
            ];
            call(unpack_bytes, threads, words);
            assert_eq!(y, expected);
        }
    }
}
