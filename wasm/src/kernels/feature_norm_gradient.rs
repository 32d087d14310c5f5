//! `feature_norm_gradient`: gradients of what was normalised, of gains and of biases. See
//! `src/ops/kernels/feature_norm_gradient.ts`.
use super::elementwise::Lanes;
use super::feature_norm::TILE;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Rows that are taken together.
const ROWS: usize = 4;

/// `dx = inverse * (g - mean of g - h * mean of g h)` with `g = gain * dy` and `h = (x - mean) * inverse`; `dgain` and `dbias` are the
/// sums of `dy h` and of `dy` over every chunk of columns.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/feature_norm_gradient.ts` declares.
pub unsafe fn feature_norm_gradient(args: Args, share: Share) {
    let (rows, columns, chunk) = (args.word(7), args.word(8), args.word(9));
    let tile = (TILE / chunk).max(1) * chunk;
    let gradient = Gradient {
        dy: args.word(0) as *const f32,
        x: args.word(1) as *const f32,
        mean: args.word(2) as *const f32,
        inverse: (args.word(2) as *const f32).add(columns),
        gain: args.word(3) as *const f32,
        dgain: args.write(4),
        dbias: args.write(5),
        dx: args.write(6),
        sums: share.scratch.cast(),
        products: share.scratch.cast::<f32>().add(tile),
        rows,
        columns,
        chunk,
    };
    let chunks = share.range(columns.div_ceil(chunk));
    let end = columns.min(chunk * chunks.end);
    for first in (chunk * chunks.start..end).step_by(tile) {
        let end = end.min(first + tile);
        if args.word(10) != 0 {
            gradient.tile::<true>(first, end);
        } else {
            gradient.tile::<false>(first, end);
        }
    }
}

struct Gradient {
    dy: *const f32,
    x: *const f32,
    mean: *const f32,
    inverse: *const f32,
    gain: *const f32,
    dgain: *mut f32,
    dbias: *mut f32,
    dx: *mut f32,
    /// What is known of each column of a tile: first the sums of `g`, then what is subtracted.
    sums: *mut f32,
    /// The sums of `g h`, then what deviations are multiplied by.
    products: *mut f32,
    rows: usize,
    columns: usize,
    chunk: usize,
}

impl Gradient {
    /// The columns from `first`, where a chunk begins, up to but not including `end`.
    unsafe fn tile<const CENTRED: bool>(&self, first: usize, end: usize) {
        for i in 0..(end - first).div_ceil(4) {
            F32x4::zero().store(self.sums.add(4 * i));
            F32x4::zero().store(self.products.add(4 * i));
        }
        let whole = self.rows - self.rows % ROWS;
        for row in (0..whole).step_by(ROWS) {
            self.sum::<CENTRED, ROWS>(row, first, end);
        }
        for row in whole..self.rows {
            self.sum::<CENTRED, 1>(row, first, end);
        }
        let count = F32x4::splat(self.rows as f32);
        self.each(first, end, |column, lanes| {
            let (sums, products) =
                (self.sums.add(column - first), self.products.add(column - first));
            let inverse = lanes.load(self.inverse.add(column));
            let mean = if CENTRED { F32x4::load(sums) / count } else { F32x4::zero() };
            (F32x4::zero() - inverse * mean).store(sums);
            (F32x4::zero() - inverse * inverse * (F32x4::load(products) / count)).store(products);
        });
        for row in (0..whole).step_by(ROWS) {
            self.write::<CENTRED, ROWS>(row, first, end);
        }
        for row in whole..self.rows {
            self.write::<CENTRED, 1>(row, first, end);
        }
    }

    /// Adds rows to the sums of columns, and chunks of columns up to those of rows.
    #[inline(always)]
    unsafe fn sum<const CENTRED: bool, const N: usize>(
        &self,
        row: usize,
        first: usize,
        end: usize,
    ) {
        let gain: [F32x4; N] = core::array::from_fn(|i| F32x4::splat(*self.gain.add(row + i)));
        for begin in (first..end).step_by(self.chunk) {
            let (mut dgain, mut dbias) = ([F32x4::zero(); N], [F32x4::zero(); N]);
            self.each(begin, end.min(begin + self.chunk), |column, lanes| {
                let (sums, products) =
                    (self.sums.add(column - first), self.products.add(column - first));
                let (mut sum, mut product) = (F32x4::load(sums), F32x4::load(products));
                let inverse = lanes.load(self.inverse.add(column));
                let mean = if CENTRED { lanes.load(self.mean.add(column)) } else { F32x4::zero() };
                for i in 0..N {
                    let at = (row + i) * self.columns + column;
                    let (dy, x) = (lanes.load(self.dy.add(at)), lanes.load(self.x.add(at)));
                    let deviation = if CENTRED { x - mean } else { x };
                    let slope = dy * (deviation * inverse);
                    dgain[i] = dgain[i] + slope;
                    dbias[i] = dbias[i] + dy;
                    sum = sum.madd(dy, gain[i]);
                    product = product.madd(slope, gain[i]);
                }
                sum.store(sums);
                product.store(products);
            });
            let to = begin / self.chunk * self.rows + row;
            for i in 0..N {
                *self.dgain.add(to + i) = dgain[i].sum();
                *self.dbias.add(to + i) = dbias[i].sum();
            }
        }
    }

    #[inline(always)]
    unsafe fn write<const CENTRED: bool, const N: usize>(
        &self,
        row: usize,
        first: usize,
        end: usize,
    ) {
        let gain: [F32x4; N] = core::array::from_fn(|i| F32x4::splat(*self.gain.add(row + i)));
        self.each(first, end, |column, lanes| {
            let offset = F32x4::load(self.sums.add(column - first));
            let factor = F32x4::load(self.products.add(column - first));
            let inverse = lanes.load(self.inverse.add(column));
            let mean = if CENTRED { lanes.load(self.mean.add(column)) } else { F32x4::zero() };
            for (i, gain) in gain.into_iter().enumerate() {
                let at = (row + i) * self.columns + column;
                let (dy, x) = (lanes.load(self.dy.add(at)), lanes.load(self.x.add(at)));
                let deviation = if CENTRED { x - mean } else { x };
                let dx = offset.madd(deviation, factor).madd(dy * gain, inverse);
                lanes.store(dx, self.dx.add(at));
            }
        });
    }

    /// Calls `body` with every fourth column and the lanes of it that there are; those beyond hold nothing but 0 in sums.
    #[inline(always)]
    unsafe fn each(&self, first: usize, end: usize, mut body: impl FnMut(usize, Lanes)) {
        let whole = end - (end - first) % 4;
        for column in (first..whole).step_by(4) {
            body(column, Lanes::first(4));
        }
        if whole < end {
            body(whole, Lanes::first(end - whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::feature_norm::tests::{statistics, CASES};
    use crate::kernels::testing::{assert_close, numbers};

    const CHUNK: usize = 64;

    #[test]
    fn feature_norm_gradient_is_the_formula_on_any_number_of_threads() {
        for [rows, columns] in CASES {
            for centred in [true, false] {
                let (dy, x, gain) =
                    (numbers(rows * columns, 1), numbers(rows * columns, 5), numbers(rows, 3));
                let [means, inverses] = statistics(&x, rows, columns, centred);
                let of = |i: usize| {
                    let (row, c) = (i / columns, i % columns);
                    let h = (f64::from(x[i]) - means[c]) * inverses[c];
                    (f64::from(gain[row]) * f64::from(dy[i]), h)
                };
                let chunks = columns.div_ceil(CHUNK);
                let mut expected = vec![0.0; rows * columns];
                let (mut dgain, mut dbias) = (vec![0.0; chunks * rows], vec![0.0; chunks * rows]);
                for i in 0..rows * columns {
                    let column = (0..rows).map(|row| of(row * columns + i % columns));
                    let [sum, product] = column.fold([0.0; 2], |[s, p], (g, h)| [s + g, p + g * h]);
                    let mean = if centred { sum / rows as f64 } else { 0.0 };
                    let (g, h) = of(i);
                    expected[i] = inverses[i % columns] * (g - mean - h * product / rows as f64);
                    let at = i % columns / CHUNK * rows + i / columns;
                    dgain[at] += f64::from(dy[i]) * h;
                    dbias[at] += f64::from(dy[i]);
                }
                let known: Vec<f32> =
                    means.iter().chain(&inverses).map(|&value| value as f32).collect();
                let mut first: Option<Vec<u32>> = None;
                for threads in [1, 3] {
                    let mut dx = vec![f32::NAN; rows * columns];
                    let (mut gains, mut biases) =
                        (vec![f32::NAN; chunks * rows], vec![f32::NAN; chunks * rows]);
                    let words: Vec<usize> = [&dy, &x, &known, &gain]
                        .map(|buffer| buffer.as_ptr() as usize)
                        .into_iter()
                        .chain([&mut gains, &mut biases, &mut dx].map(|b| b.as_mut_ptr() as usize))
                        .chain([rows, columns, CHUNK, usize::from(centred)])
                        .collect();
                    let mut scratch = vec![f32::NAN; 2 * TILE];
                    for thread in 0..threads {
                        let scratch = scratch.as_mut_ptr().cast();
                        // SAFETY: the buffers have the lengths that the parameters tell.
                        unsafe {
                            feature_norm_gradient(Args(&words), Share { thread, threads, scratch });
                        }
                    }
                    assert_close(&dx, &expected, 1e-4);
                    assert_close(&gains, &dgain, 1e-4);
                    assert_close(&biases, &dbias, 1e-4);
                    let bits: Vec<u32> =
                        [&dx, &gains, &biases].into_iter().flatten().map(|v| v.to_bits()).collect();
                    assert_eq!(*first.get_or_insert(bits.clone()), bits);
                }
            }
        }
    }
}
