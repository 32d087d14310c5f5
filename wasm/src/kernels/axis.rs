//! Tensors along one of their axes: `[outer, length, inner]`, of which the elements of `inner` are contiguous.
use super::elementwise::Lanes;
use crate::args::{Args, Share};

/// Elements of `inner` that a thread goes through together: a cache line.
pub const CHUNK: usize = 16;

/// Sizes of a tensor along an axis.
#[derive(Clone, Copy)]
pub struct Axis {
    /// Product of the axes before it.
    pub outer: usize,
    /// Its elements.
    pub length: usize,
    /// Product of the axes behind it.
    pub inner: usize,
}

impl Axis {
    /// The sizes, from word `first` on.
    pub fn read(args: Args, first: usize) -> Self {
        let [outer, length, inner] = [0, 1, 2].map(|i| args.word(first + i));
        Self { outer, length, inner }
    }

    /// Calls `body(o, i, some)` for this thread's share: elements `i` to `i + some` of `inner`, at most [`CHUNK`].
    #[inline(always)]
    pub fn each_chunk(&self, share: Share, mut body: impl FnMut(usize, usize, usize)) {
        let chunks = self.inner.div_ceil(CHUNK);
        for unit in share.range(self.outer * chunks) {
            let i = unit % chunks * CHUNK;
            body(unit / chunks, i, CHUNK.min(self.inner - i));
        }
    }

    /// Where element `[o, l, i]` lies.
    #[inline(always)]
    pub fn at(&self, o: usize, l: usize, i: usize) -> usize {
        (o * self.length + l) * self.inner + i
    }
}

/// The four vectors of a chunk of `some` elements: where each begins, and its lanes.
#[inline(always)]
pub fn vectors(some: usize) -> [(usize, Lanes); 4] {
    core::array::from_fn(|v| (4 * v, Lanes::first(some.saturating_sub(4 * v))))
}
