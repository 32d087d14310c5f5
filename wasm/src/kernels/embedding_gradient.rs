//! `embedding_gradient`: the gradient of a table of which tokens name rows. See
//! `src/ops/kernels/embedding_gradient.ts`.
//!
//! A thread turns some features, so that a column is one line of memory, then goes through tokens in order and writes what each
//! has of these features, once. It has features of its own, or tokens where there are few columns to turn: a sum has the same
//! order either way.
use core::ops::Range;

use super::elementwise::{Lanes, CHUNK};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Features that are turned at a time. As in `src/ops/kernels/embedding_gradient.ts`.
const BLOCK: usize = 256;
/// Columns are few where there are so many tokens for each.
const FEW: usize = 8;
/// Elements of a cache line.
const LINE: usize = 16;
/// Vectors of features that are added at a time.
const VECTORS: usize = 4;

/// `gradient[t, f]` is the sum of `weights[p, c] dy[f, c]` over the places (p, c) of token t.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/embedding_gradient.ts` declares.
pub unsafe fn embedding_gradient(args: Args, share: Share) {
    add_places(args, share, false);
}

/// The gradient, in the place of what is there or added to it: the words of both kernels are the same.
///
/// # Safety
/// As that of the kernels.
pub unsafe fn add_places(args: Args, share: Share, onto: bool) {
    let (vocabulary, features) = (args.word(5), args.word(6));
    let (positions, columns) = (args.word(7), args.word(8));
    let start: &[u32] = args.read(0, vocabulary + 1);
    let places = Places {
        order: args.read(1, positions * columns),
        weights: (args.word(9) != 0).then(|| args.word(2) as *const f32),
        columns,
        onto,
        turned: share.scratch.cast(),
    };
    let (dy, gradient) = (args.word(3) as *const f32, args.write::<f32>(4));
    let groups = features.div_ceil(4);
    let (tokens, own) = if FEW * columns <= vocabulary {
        (share_of_tokens(start, share), 0..groups)
    } else {
        (0..vocabulary, share.range(groups))
    };
    for first in own.clone().step_by(BLOCK / 4) {
        let block = 4 * first..features.min(4 * own.end).min(4 * first + BLOCK);
        places.turn(dy, block.clone());
        let mut token = tokens.start;
        while token < tokens.end {
            let to = gradient.add(token * features + block.start);
            let list = start[token] as usize..start[token + 1] as usize;
            if !list.is_empty() {
                places.add(list, block.len(), to);
                token += 1;
            } else if onto {
                token += 1;
            } else if block.len() == features {
                // Whole rows lie one behind the other.
                let next = &start[token + 1..=tokens.end];
                let rows = next.iter().take_while(|&&at| at == start[token]).count();
                core::ptr::write_bytes(to, 0, rows * features);
                token += rows;
            } else {
                core::ptr::write_bytes(to, 0, block.len());
                token += 1;
            }
        }
    }
}

/// A thread's tokens: as many rows and places together as others have.
fn share_of_tokens(start: &[u32], share: Share) -> Range<usize> {
    let vocabulary = start.len() - 1;
    let work = |token: usize| token as u64 + u64::from(start[token]);
    let bound = |thread: usize| {
        let before = work(vocabulary) * thread as u64 / share.threads as u64;
        let (mut low, mut high) = (0, vocabulary);
        while low < high {
            let middle = (low + high) / 2;
            if work(middle) < before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    };
    bound(share.thread)..bound(share.thread + 1)
}

/// The places of all tokens, and what they add.
struct Places {
    order: &'static [u32],
    weights: Option<*const f32>,
    columns: usize,
    /// Whether the sums are added to what is there.
    onto: bool,
    /// Some features of every column: `[columns][features, in whole vectors]`.
    turned: *mut f32,
}

impl Places {
    /// Turns some rows of `dy`, a cache line of each at a time: rows may lie a power of two apart, where few of their lines
    /// fit a cache together.
    unsafe fn turn(&self, dy: *const f32, rows: Range<usize>) {
        let stride = rows.len().next_multiple_of(4);
        for line in (0..self.columns).step_by(LINE) {
            let end = self.columns.min(line + LINE);
            for row in rows.clone().step_by(4) {
                let to = self.turned.add(row - rows.start);
                for column in (line..end).step_by(4) {
                    let lanes = Lanes::first(end - column);
                    let four: [F32x4; 4] = core::array::from_fn(|i| {
                        if row + i < rows.end {
                            lanes.load(dy.add((row + i) * self.columns + column))
                        } else {
                            F32x4::zero()
                        }
                    });
                    for (i, turned) in F32x4::transpose(four).into_iter().enumerate() {
                        if column + i < end {
                            turned.store(to.add((column + i) * stride));
                        }
                    }
                }
            }
        }
    }

    /// Writes the sums of a list's places, of as many features as were turned.
    #[inline(always)]
    unsafe fn add(&self, list: Range<usize>, features: usize, to: *mut f32) {
        let stride = features.next_multiple_of(4);
        for from in (0..stride).step_by(4 * VECTORS) {
            let vectors = VECTORS.min((stride - from) / 4);
            let sums = if vectors == VECTORS {
                self.sums::<VECTORS>(list.clone(), from, stride)
            } else {
                let mut sums = [F32x4::zero(); VECTORS];
                for (vector, sum) in sums.iter_mut().enumerate().take(vectors) {
                    [*sum] = self.sums::<1>(list.clone(), from + 4 * vector, stride);
                }
                sums
            };
            for (vector, sum) in sums.into_iter().enumerate().take(vectors) {
                let at = from + 4 * vector;
                let lanes = Lanes::first(features - at);
                let sum = if self.onto { lanes.load(to.add(at)) + sum } else { sum };
                lanes.store(sum, to.add(at));
            }
        }
    }

    /// The sums of some vectors.
    #[inline(always)]
    unsafe fn sums<const N: usize>(
        &self,
        list: Range<usize>,
        from: usize,
        stride: usize,
    ) -> [F32x4; N] {
        let mut total = [F32x4::zero(); N];
        for begin in list.clone().step_by(CHUNK) {
            let mut sums = [F32x4::zero(); N];
            for &place in &self.order[begin..(begin + CHUNK).min(list.end)] {
                let place = place as usize;
                let weight = self.weights.map_or(1.0, |weights| *weights.add(place));
                let line = self.turned.add(place % self.columns * stride + from);
                for (vector, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.madd(F32x4::splat(weight), F32x4::load(line.add(4 * vector)));
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
    use crate::args::Kernel;
    use crate::kernels::testing::{assert_close, numbers};
    use crate::kernels::token_lists::token_lists;

    /// Calls a kernel as `threads` threads would, with scratch memory.
    fn call(kernel: Kernel, threads: usize, words: &[usize], scratch: &mut [f32]) {
        for thread in 0..threads {
            let share = Share { thread, threads, scratch: scratch.as_mut_ptr().cast() };
            // SAFETY: the buffers have the lengths that the parameters tell.
            unsafe { kernel(Args(words), share) };
        }
    }

    #[test]
    fn embedding_gradient_adds_what_the_places_of_a_token_have() {
        for [vocabulary, features, positions, columns] in [
            [1, 1, 1, 1],
            [5, 16, 1, 32],
            [90, 19, 3, 7],
            [900, 300, 9, 64],
            [40, 133, 5, 64],
            [2, 4, 2100, 5],
        ] {
            for (threads, weighted) in [(1, 0), (1, 1), (3, 0), (3, 1)] {
                let length = positions * columns;
                let weights = numbers(length, 2);
                let dy = numbers(features * columns, 3);
                let tokens: Vec<u32> =
                    (0..length).map(|i| (i * i % (vocabulary + 1)) as u32).collect();
                let mut expected = vec![0.0; vocabulary * features];
                for (i, &token) in tokens.iter().enumerate() {
                    let weight = if weighted == 1 { f64::from(weights[i]) } else { 1.0 };
                    for f in 0..features {
                        if let Some(sum) = expected.get_mut(token as usize * features + f) {
                            *sum += weight * f64::from(dy[f * columns + i % columns]);
                        }
                    }
                }
                let mut start = vec![0u32; vocabulary + 1];
                let mut order = vec![0u32; length];
                let mut gradient = vec![f32::NAN; vocabulary * features];
                let mut scratch = vec![f32::NAN; columns * BLOCK];
                let start = start.as_mut_ptr() as usize;
                let order = order.as_mut_ptr() as usize;
                let lists =
                    [tokens.as_ptr() as usize, start, order, vocabulary, length, usize::MAX];
                call(token_lists, 1, &lists, &mut []);
                let (weights, dy) = (weights.as_ptr() as usize, dy.as_ptr() as usize);
                let to = gradient.as_mut_ptr() as usize;
                let sizes = [vocabulary, features, positions, columns, weighted];
                let words = [[start, order, weights, dy, to], sizes].concat();
                call(embedding_gradient, threads, &words, &mut scratch);
                assert_close(&gradient, &expected, 1e-4);
            }
        }
    }
}
