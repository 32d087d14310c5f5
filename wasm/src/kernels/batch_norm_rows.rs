//! Rows of a batch normalisation: which of their elements count, and sums over them.
use super::elementwise::{Lanes, CHUNK};
use crate::simd::F32x4;

/// The elements of a row that count: the first of every run.
#[derive(Clone, Copy)]
pub struct Runs {
    /// Elements of a row, a multiple of 4.
    pub columns: usize,
    /// Elements of a run, a multiple of 4.
    pub batch: usize,
    /// Elements of a run that count.
    pub examples: usize,
}

impl Runs {
    /// Rows of `columns` elements in runs of `batch`, the first `examples` of which count.
    pub fn new(columns: usize, batch: usize, examples: usize) -> Self {
        Self { columns, batch, examples: examples.min(batch) }
    }

    /// Whether every element counts.
    pub fn are_whole(self) -> bool {
        self.examples == self.batch
    }

    /// How many elements count; at least 1, to divide by.
    pub fn count(self) -> f64 {
        (self.columns / self.batch * self.examples).max(1) as f64
    }

    /// The sums of `terms` of the elements that count, where the terms of `zero` are 0.
    ///
    /// # Safety
    /// `row` must be readable over all columns.
    #[inline(always)]
    pub unsafe fn sum<const N: usize>(
        self,
        row: *const f32,
        zero: f32,
        terms: impl Fn(F32x4) -> [F32x4; N],
    ) -> [f64; N] {
        if self.are_whole() {
            return sum(self.columns, |i| terms(F32x4::load(row.add(i))));
        }
        let whole = self.examples - self.examples % 4;
        let mut totals = [0.0; N];
        for run in (0..self.columns).step_by(self.batch) {
            let run = row.add(run);
            add(&mut totals, sum(whole, |i| terms(F32x4::load(run.add(i)))));
            if whole < self.examples {
                let mut rest = [zero; 4];
                for (i, element) in rest.iter_mut().enumerate().take(self.examples - whole) {
                    *element = *run.add(whole + i);
                }
                add(&mut totals, terms(F32x4::from_array(rest)).map(|term| term.sum().into()));
            }
        }
        totals
    }

    /// Writes `value(i)` to every vector of elements that count, and 0 to the others.
    ///
    /// # Safety
    /// `row` must be writable over all columns.
    #[inline(always)]
    pub unsafe fn write(self, row: *mut f32, value: impl Fn(usize) -> F32x4) {
        if self.are_whole() {
            for i in (0..self.columns).step_by(4) {
                value(i).store(row.add(i));
            }
            return;
        }
        let whole = self.examples - self.examples % 4;
        for run in (0..self.columns).step_by(self.batch) {
            for i in (run..run + whole).step_by(4) {
                value(i).store(row.add(i));
            }
            for i in (run + whole..run + self.batch).step_by(4) {
                F32x4::zero().store(row.add(i));
            }
            if whole < self.examples {
                let at = run + whole;
                Lanes::first(self.examples - whole).store(value(at), row.add(at));
            }
        }
    }
}

/// The sums of `terms(i)` for every fourth `i` below `length`, a multiple of 4: by chunks in f32, of chunks in f64, in an
/// order that depends on `length` alone.
#[inline(always)]
pub fn sum<const N: usize>(length: usize, terms: impl Fn(usize) -> [F32x4; N]) -> [f64; N] {
    let mut totals = [0.0; N];
    let mut i = 0;
    while i < length {
        let end = (i + CHUNK).min(length);
        let mut sums = [[F32x4::zero(); N]; 4];
        while i + 16 <= end {
            for (j, sums) in sums.iter_mut().enumerate() {
                plus(sums, terms(i + 4 * j));
            }
            i += 16;
        }
        while i < end {
            plus(&mut sums[0], terms(i));
            i += 4;
        }
        let [mut even, odd, other, last] = sums;
        plus(&mut even, odd);
        plus(&mut even, other);
        plus(&mut even, last);
        add(&mut totals, even.map(|sum| sum.sum().into()));
    }
    totals
}

#[inline(always)]
fn plus<const N: usize>(sums: &mut [F32x4; N], terms: [F32x4; N]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum = *sum + term;
    }
}

#[inline(always)]
fn add<const N: usize>(totals: &mut [f64; N], terms: [f64; N]) {
    for (total, term) in totals.iter_mut().zip(terms) {
        *total += term;
    }
}

/// `1 / sqrt(variance + epsilon)`.
pub fn inverse_deviation(variance: f32, epsilon: f32) -> f32 {
    1.0 / (variance + epsilon).sqrt()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Rows, pixels, padded examples, examples.
    pub const CASES: [[usize; 4]; 6] = [
        [1, 1, 32, 32],
        [3, 1, 64, 1],
        [5, 4, 32, 31],
        [4, 9, 32, 32],
        [2, 50, 32, 30],
        [7, 3, 64, 33],
    ];

    #[test]
    fn sum_and_write_see_the_elements_that_count() {
        for [_, pixels, batch, examples] in CASES {
            let columns = pixels * batch;
            let runs = Runs::new(columns, batch, examples);
            let counts = |i: usize| i % batch < examples;
            let x: Vec<f32> =
                (0..columns).map(|i| if counts(i) { (i % 97) as f32 } else { f32::NAN }).collect();
            let expected: f64 = x.iter().filter(|v| !v.is_nan()).map(|&v| f64::from(v)).sum();
            // SAFETY: `x` and `y` have as many elements as the runs say.
            let [all, shifted] =
                unsafe { runs.sum(x.as_ptr(), 5.0, |v| [v - F32x4::splat(5.0), F32x4::zero()]) };
            assert_eq!(all, expected - 5.0 * runs.count());
            assert_eq!(shifted, 0.0);
            let mut y = vec![f32::NAN; columns];
            // SAFETY: as above.
            unsafe { runs.write(y.as_mut_ptr(), |i| F32x4::splat((i + 1) as f32)) };
            for (i, &v) in y.iter().enumerate() {
                assert_eq!(v, if counts(i) { (i - i % 4 + 1) as f32 } else { 0.0 });
            }
        }
    }
}
