//! `feature_norm`: columns normalised over their rows. See `src/ops/kernels/feature_norm.ts`.
//!
//! Whole rows pass by, from the first to the last, and what is known of each column lies in the first cache: reading down the
//! columns would touch another page at every step.
use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Columns whose statistics stay in the first cache.
pub const TILE: usize = 4096;

/// Columns that threads share: a cache line of them.
const PIECE: usize = 16;

/// Rows that are taken together.
const ROWS: usize = 4;

/// `y = (x - mean) * inverse * gain + bias`, and `statistics`: mean and inverse deviation of every column.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/feature_norm.ts` declares.
pub unsafe fn feature_norm(args: Args, share: Share) {
    let (rows, columns) = (args.word(5), args.word(6));
    let norm = Norm {
        x: args.word(0) as *const f32,
        gain: args.word(1) as *const f32,
        bias: (args.word(9) != 0).then_some(args.word(2) as *const f32),
        mean: args.write::<f32>(3),
        inverse: args.write::<f32>(3).add(columns),
        y: args.write::<f32>(4),
        rows,
        columns,
        epsilon: args.float(7),
    };
    let pieces = share.range(columns.div_ceil(PIECE));
    let (first, end) = (PIECE * pieces.start, columns.min(PIECE * pieces.end));
    if args.word(8) != 0 {
        norm.write::<true>(first, end);
    } else {
        norm.write::<false>(first, end);
    }
}

struct Norm {
    x: *const f32,
    gain: *const f32,
    bias: Option<*const f32>,
    mean: *mut f32,
    inverse: *mut f32,
    y: *mut f32,
    rows: usize,
    columns: usize,
    epsilon: f32,
}

impl Norm {
    /// Normalises the columns from `first` up to but not including `end`.
    unsafe fn write<const CENTRED: bool>(&self, first: usize, end: usize) {
        let whole = end - end % 4;
        for tile in (first..whole).step_by(TILE) {
            self.tile::<CENTRED>(tile, whole.min(tile + TILE), Lanes::first(4));
        }
        if whole < end {
            self.tile::<CENTRED>(whole, end, Lanes::first(end - whole));
        }
    }

    #[inline(always)]
    unsafe fn tile<const CENTRED: bool>(&self, first: usize, end: usize, lanes: Lanes) {
        for column in (first..end).step_by(4) {
            lanes.store(F32x4::zero(), self.mean.add(column));
            lanes.store(F32x4::zero(), self.inverse.add(column));
        }
        let whole = self.rows - self.rows % ROWS;
        for row in (0..whole).step_by(ROWS) {
            self.measure::<CENTRED, ROWS>(row, first, end, lanes);
        }
        for row in whole..self.rows {
            self.measure::<CENTRED, 1>(row, first, end, lanes);
        }
        let (one, count) = (F32x4::splat(1.0), F32x4::splat(self.rows as f32));
        for column in (first..end).step_by(4) {
            let variance = lanes.load(self.inverse.add(column)) / count;
            let inverse = one / (variance + F32x4::splat(self.epsilon)).sqrt();
            lanes.store(inverse, self.inverse.add(column));
        }
        for row in (0..whole).step_by(ROWS) {
            self.normalise::<CENTRED, ROWS>(row, first, end, lanes);
        }
        for row in whole..self.rows {
            self.normalise::<CENTRED, 1>(row, first, end, lanes);
        }
    }

    /// Adds rows to means and sums of squared deviations (Chan, Golub and LeVeque 1983): no sum of squares cancels.
    #[inline(always)]
    unsafe fn measure<const CENTRED: bool, const N: usize>(
        &self,
        row: usize,
        first: usize,
        end: usize,
        lanes: Lanes,
    ) {
        let (before, some) = (row as f32, N as f32);
        let share = F32x4::splat(some / (before + some));
        let between = F32x4::splat(before * (some / (before + some)));
        let part = F32x4::splat(1.0 / some);
        for column in (first..end).step_by(4) {
            let x: [F32x4; N] = self.rows_at(self.x, row, column, lanes);
            let mut squares = lanes.load(self.inverse.add(column));
            if CENTRED {
                let mean = lanes.load(self.mean.add(column));
                let here = sum(x) * part;
                let apart = here - mean;
                for x in x {
                    squares = squares.madd(x - here, x - here);
                }
                squares = squares.madd(apart * apart, between);
                lanes.store(mean.madd(apart, share), self.mean.add(column));
            } else {
                for x in x {
                    squares = squares.madd(x, x);
                }
            }
            lanes.store(squares, self.inverse.add(column));
        }
    }

    #[inline(always)]
    unsafe fn normalise<const CENTRED: bool, const N: usize>(
        &self,
        row: usize,
        first: usize,
        end: usize,
        lanes: Lanes,
    ) {
        let gain: [F32x4; N] = core::array::from_fn(|i| F32x4::splat(*self.gain.add(row + i)));
        let bias: [F32x4; N] = core::array::from_fn(|i| {
            self.bias.map_or(F32x4::zero(), |bias| F32x4::splat(*bias.add(row + i)))
        });
        for column in (first..end).step_by(4) {
            let x: [F32x4; N] = self.rows_at(self.x, row, column, lanes);
            let mean = if CENTRED { lanes.load(self.mean.add(column)) } else { F32x4::zero() };
            let inverse = lanes.load(self.inverse.add(column));
            for i in 0..N {
                let deviation = if CENTRED { x[i] - mean } else { x[i] };
                let y = bias[i].madd(deviation * inverse, gain[i]);
                lanes.store(y, self.y.add((row + i) * self.columns + column));
            }
        }
    }

    #[inline(always)]
    unsafe fn rows_at<const N: usize>(
        &self,
        from: *const f32,
        row: usize,
        column: usize,
        lanes: Lanes,
    ) -> [F32x4; N] {
        core::array::from_fn(|i| lanes.load(from.add((row + i) * self.columns + column)))
    }
}

#[inline(always)]
fn sum<const N: usize>(vectors: [F32x4; N]) -> F32x4 {
    let mut sum = vectors[0];
    for vector in &vectors[1..] {
        sum = sum + *vector;
    }
    sum
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    /// Rows and columns.
    pub const CASES: [[usize; 2]; 6] = [[1, 32], [2, 1], [5, 7], [6, 64], [19, 4128], [130, 33]];

    /// Means and inverse deviations of the columns.
    pub fn statistics(x: &[f32], rows: usize, columns: usize, centred: bool) -> [Vec<f64>; 2] {
        let of = |column: usize, f: &dyn Fn(f64) -> f64| {
            let at = |row: usize| f64::from(x[row * columns + column]);
            (0..rows).map(|row| f(at(row))).sum::<f64>() / rows as f64
        };
        let means: Vec<f64> =
            (0..columns).map(|c| if centred { of(c, &|x| x) } else { 0.0 }).collect();
        let inverses = (0..columns)
            .map(|c| 1.0 / (of(c, &|x| (x - means[c]).powi(2)) + 0.01).sqrt())
            .collect();
        [means, inverses]
    }

    #[test]
    fn feature_norm_is_the_formula_on_any_number_of_threads() {
        for [rows, columns] in CASES {
            for (centred, shifted) in [(1, 1), (1, 0), (0, 0)] {
                let mut x = numbers(rows * columns, 5);
                let (mut gain, mut bias) = (numbers(rows, 3), numbers(rows, 4));
                let [means, inverses] = statistics(&x, rows, columns, centred == 1);
                let expected: Vec<f64> = (0..rows * columns)
                    .map(|i| {
                        let (row, c) = (i / columns, i % columns);
                        let h = (f64::from(x[i]) - means[c]) * inverses[c];
                        h * f64::from(gain[row]) + shifted as f64 * f64::from(bias[row])
                    })
                    .collect();
                let mut first: Option<Vec<u32>> = None;
                for threads in [1, 3] {
                    let mut y = vec![f32::NAN; rows * columns];
                    let mut statistics = vec![f32::NAN; 2 * columns];
                    let words = &mut [
                        Word::F32(&mut x),
                        Word::F32(&mut gain),
                        Word::F32(&mut bias),
                        Word::F32(&mut statistics),
                        Word::F32(&mut y),
                        Word::Number(rows),
                        Word::Number(columns),
                        Word::Float(0.01),
                        Word::Number(centred),
                        Word::Number(shifted),
                    ];
                    call(feature_norm, threads, words);
                    assert_close(&y, &expected, 1e-5);
                    assert_close(&statistics, &[means.clone(), inverses.clone()].concat(), 1e-5);
                    let bits: Vec<u32> = y.iter().map(|y| y.to_bits()).collect();
                    assert_eq!(*first.get_or_insert(bits.clone()), bits);
                }
            }
        }
    }
}
