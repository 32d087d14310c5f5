//! `embedding`: sums of rows of a table that tokens name. See `src/ops/kernels/embedding.ts`.
//!
//! Rows of the table lie along features and those of `y` along columns, so a tile of both is turned in registers: whole
//! cache lines are read and written.
use super::elementwise::{Lanes, CHUNK};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Features of a tile: two cache lines of a row, which come together.
const DEEP: usize = 32;
/// Columns of a tile: a cache line.
const ACROSS: usize = 16;
/// Vectors of the features of a tile.
const VECTORS: usize = DEEP / 4;

/// `y[f, c]` is the sum over p of `weights[p, c] table[tokens[p, c], f]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/embedding.ts` declares.
pub unsafe fn embedding(args: Args, share: Share) {
    let bags = Bags {
        tokens: args.word(0) as *const u32,
        table: args.word(1) as *const f32,
        weights: args.word(2) as *const f32,
        vocabulary: args.word(4),
        features: args.word(5),
        positions: args.word(6),
        columns: args.word(7),
        weighted: args.word(8) != 0,
    };
    let y = args.write::<f32>(3);
    let across = bags.columns.div_ceil(ACROSS);
    for tile in share.range(across * bags.features.div_ceil(DEEP)) {
        let (feature, column) = (tile / across * DEEP, tile % across * ACROSS);
        if feature + DEEP <= bags.features && column + ACROSS <= bags.columns {
            bags.tile(feature, column, |_| Lanes::first(4), y);
        } else {
            bags.tile(feature, column, |rest| Lanes::first(rest), y);
        }
    }
}

/// What is added up.
struct Bags {
    tokens: *const u32,
    table: *const f32,
    weights: *const f32,
    vocabulary: usize,
    features: usize,
    positions: usize,
    columns: usize,
    weighted: bool,
}

impl Bags {
    /// Writes the tile that begins with a feature and a column; `lanes` says which of the lanes count where so many
    /// elements are left.
    #[inline(always)]
    unsafe fn tile(
        &self,
        feature: usize,
        column: usize,
        lanes: impl Fn(usize) -> Lanes,
        y: *mut f32,
    ) {
        let deep = DEEP.min(self.features - feature);
        let across = ACROSS.min(self.columns - column);
        let mut sums = [[F32x4::zero(); VECTORS]; ACROSS];
        for (c, sums) in sums.iter_mut().enumerate().take(across) {
            *sums = self.bag(feature, column + c, deep, &lanes);
        }
        for vector in 0..deep.div_ceil(4) {
            for c in (0..across).step_by(4) {
                let four: [F32x4; 4] = core::array::from_fn(|i| sums[c + i][vector]);
                for (i, line) in F32x4::transpose(four).into_iter().enumerate() {
                    let row = 4 * vector + i;
                    if row < deep {
                        let to = y.add((feature + row) * self.columns + column + c);
                        lanes(across - c).store(line, to);
                    }
                }
            }
        }
    }

    /// The sum of a column, of at most so many features from one on.
    #[inline(always)]
    unsafe fn bag(
        &self,
        feature: usize,
        column: usize,
        deep: usize,
        lanes: &impl Fn(usize) -> Lanes,
    ) -> [F32x4; VECTORS] {
        let mut total = [F32x4::zero(); VECTORS];
        for begin in (0..self.positions).step_by(CHUNK) {
            let mut sums = [F32x4::zero(); VECTORS];
            for position in begin..(begin + CHUNK).min(self.positions) {
                let at = position * self.columns + column;
                let token = *self.tokens.add(at) as usize;
                let weight = if self.weighted { *self.weights.add(at) } else { 1.0 };
                if token >= self.vocabulary || weight == 0.0 {
                    continue;
                }
                let row = self.table.add(token * self.features + feature);
                for (vector, sum) in sums.iter_mut().enumerate() {
                    let value =
                        lanes(deep.saturating_sub(4 * vector)).load(row.wrapping_add(4 * vector));
                    *sum = sum.madd(F32x4::splat(weight), value);
                }
            }
            for (total, sum) in total.iter_mut().zip(sums) {
                *total = *total + sum;
            }
        }
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    /// vocabulary, features, positions, columns
    pub const CASES: [[usize; 4]; 5] =
        [[1, 1, 1, 1], [5, 16, 1, 32], [9, 19, 3, 7], [40, 33, 5, 64], [3, 4, 2100, 5]];

    #[test]
    fn embedding_adds_the_rows_of_a_column() {
        for [vocabulary, features, positions, columns] in CASES {
            for (threads, weighted) in [(1, 0), (1, 1), (3, 0), (3, 1)] {
                let length = positions * columns;
                let mut table = numbers(vocabulary * features, 1);
                let mut weights = numbers(length, 2);
                let mut tokens: Vec<u32> =
                    (0..length).map(|i| (i * 7 % (vocabulary + 1)) as u32).collect();
                let mut expected = vec![0.0; features * columns];
                for i in 0..length {
                    let weight = if weighted == 1 { f64::from(weights[i]) } else { 1.0 };
                    for f in 0..features {
                        let value = table.get(tokens[i] as usize * features + f);
                        let term = weight * value.map_or(0.0, |&v| f64::from(v));
                        expected[f * columns + i % columns] += term;
                    }
                }
                let mut y = vec![f32::NAN; features * columns];
                let words = &mut [
                    Word::U32(&mut tokens),
                    Word::F32(&mut table),
                    Word::F32(&mut weights),
                    Word::F32(&mut y),
                    Word::Number(vocabulary),
                    Word::Number(features),
                    Word::Number(positions),
                    Word::Number(columns),
                    Word::Number(weighted),
                ];
                call(embedding, threads, words);
                assert_close(&y, &expected, 1e-4);
            }
        }
    }
}
