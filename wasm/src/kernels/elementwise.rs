//! Loops over elements: whole vectors, then a last one that may be partly valid.

use crate::args::Share;
use crate::simd::F32x4;

/// How many of the four lanes at a place belong to the array; the others are neither read nor
/// written.
#[derive(Clone, Copy)]
pub struct Lanes(usize);

impl Lanes {
    /// The first `valid` lanes, at most all four.
    #[inline(always)]
    pub fn first(valid: usize) -> Self {
        Self(valid.min(4))
    }

    /// How many they are.
    #[inline(always)]
    pub fn count(self) -> usize {
        self.0
    }

    /// Reads the valid lanes; the others are 0.
    ///
    /// # Safety
    /// The valid lanes must be readable at `from`.
    #[inline(always)]
    pub unsafe fn load(self, from: *const f32) -> F32x4 {
        if self.0 == 4 {
            return F32x4::load(from);
        }
        let mut lanes = [0.0; 4];
        for (i, lane) in lanes.iter_mut().enumerate().take(self.0) {
            *lane = *from.add(i);
        }
        F32x4::from_array(lanes)
    }

    /// The bits of the valid lanes.
    #[inline(always)]
    pub fn bits(self, bits: u32) -> u32 {
        bits & ((1 << self.0) - 1)
    }

    /// Writes the valid lanes.
    ///
    /// # Safety
    /// The valid lanes must be writable at `to`.
    #[inline(always)]
    pub unsafe fn store(self, value: F32x4, to: *mut f32) {
        if self.0 == 4 {
            return value.store(to);
        }
        for (i, lane) in value.to_array().into_iter().enumerate().take(self.0) {
            *to.add(i) = lane;
        }
    }
}

/// Calls `body(i, lanes)` for this thread's share of `length` elements, `i` going up in fours.
#[inline(always)]
pub fn each_vector(length: usize, share: Share, mut body: impl FnMut(usize, Lanes)) {
    let vectors = share.range(length.div_ceil(4));
    for vector in vectors.start..vectors.end.min(length / 4) {
        body(4 * vector, Lanes(4));
    }
    if 4 * vectors.end > length && !vectors.is_empty() {
        body(length - length % 4, Lanes(length % 4));
    }
}

/// `y[i] = f(x[i])` for this thread's share of `length` elements.
///
/// # Safety
/// `x` must be readable and `y` writable over `length` elements.
#[inline(always)]
pub unsafe fn map(
    x: *const f32,
    y: *mut f32,
    length: usize,
    share: Share,
    f: impl Fn(F32x4) -> F32x4,
) {
    each_vector(length, share, |i, lanes| lanes.store(f(lanes.load(x.add(i))), y.add(i)));
}

/// `y[i] = f(a[i], b[i])` for this thread's share of `length` elements.
///
/// # Safety
/// `a` and `b` must be readable and `y` writable over `length` elements.
#[inline(always)]
pub unsafe fn zip(
    a: *const f32,
    b: *const f32,
    y: *mut f32,
    length: usize,
    share: Share,
    f: impl Fn(F32x4, F32x4) -> F32x4,
) {
    each_vector(length, share, |i, lanes| {
        lanes.store(f(lanes.load(a.add(i)), lanes.load(b.add(i))), y.add(i));
    });
}

/// Elements, classes or rows that are summed in f32 before the sum goes on in f64, lest small terms are lost in a
/// sum of many.
pub const CHUNK: usize = 1024;

/// The sum of `length` terms, `f` of the elements at `from` with f(0) = 0, in an order that depends on
/// `length` alone: by chunks in f32, of chunks in f64.
///
/// # Safety
/// `from` must be readable over `length` elements.
#[inline(always)]
pub unsafe fn sum(from: *const f32, length: usize, f: impl Fn(F32x4) -> F32x4) -> f32 {
    let mut total = 0.0;
    for begin in (0..length).step_by(CHUNK) {
        total += f64::from(sum_chunk(from.add(begin), CHUNK.min(length - begin), &f));
    }
    total as f32
}

/// Sixteen running sums, added pairwise at the end.
#[inline(always)]
unsafe fn sum_chunk(from: *const f32, length: usize, f: impl Fn(F32x4) -> F32x4) -> f32 {
    let mut sums = [F32x4::zero(); 4];
    let mut i = 0;
    while i + 16 <= length {
        for (j, sum) in sums.iter_mut().enumerate() {
            *sum = *sum + f(F32x4::load(from.add(i + 4 * j)));
        }
        i += 16;
    }
    while i < length {
        let lanes = Lanes((length - i).min(4));
        sums[0] = sums[0] + f(lanes.load(from.add(i)));
        i += 4;
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vector_visits_every_element_once() {
        for length in 0..40 {
            for threads in 1..6 {
                let mut visits = vec![0; length];
                for thread in 0..threads {
                    let share = Share { thread, threads, scratch: core::ptr::null_mut() };
                    each_vector(length, share, |i, lanes| {
                        visits[i..i + lanes.0].iter_mut().for_each(|v| *v += 1);
                    });
                }
                assert!(visits.iter().all(|&v| v == 1), "{length} elements, {threads} threads");
            }
        }
    }

    #[test]
    fn lanes_leave_what_lies_behind_alone() {
        let source = [1.0f32, 2.0, 3.0, 4.0];
        for valid in 1..=4 {
            let mut target = [9.0f32; 4];
            let lanes = Lanes(valid);
            // SAFETY: both arrays have four elements.
            unsafe { lanes.store(lanes.load(source.as_ptr()), target.as_mut_ptr()) };
            for i in 0..4 {
                assert_eq!(target[i], if i < valid { source[i] } else { 9.0 });
            }
        }
    }

    #[test]
    fn sum_adds_every_element() {
        for length in 0..70 {
            let x: Vec<f32> = (0..length).map(|i| (i + 1) as f32).collect();
            // SAFETY: `x` has `length` elements.
            let got = unsafe { sum(x.as_ptr(), length, |v| v) };
            assert_eq!(got, (length * (length + 1) / 2) as f32);
        }
    }

    #[test]
    fn sum_of_many_terms_loses_none() {
        let x = vec![0.1f32; 5_000_003];
        // SAFETY: `x` has as many elements.
        let got = unsafe { sum(x.as_ptr(), x.len(), |v| v) };
        let expected = f64::from(0.1f32) * x.len() as f64;
        assert!((f64::from(got) / expected - 1.0).abs() < 1e-6, "{got}, expected {expected}");
    }
}
