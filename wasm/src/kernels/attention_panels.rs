//! Heads of sixteen examples, turned round into panels of each, for the kernels of attention.
//!
//! A thread takes a head of sixteen examples, a cache line, one after the other. The products are those of `panel`: four lines of one panel by
//! eight of another, with neighbouring positions in the lanes of vectors. Examples lie side by side in memory, so they are
//! turned round as they are packed, four by four. Where positions are few that takes as long as the products: neighbours
//! in memory are packed one after the other, and whether all of a head is there is asked once, not of every vector.
//!
//! Slower: vectors of four examples, which are not turned round. Tiles of three by three of them read six vectors for nine
//! multiply-adds, where these read three and turn one for eight. Packing four examples at a time, which reads every cache line
//! four times. Packing what two products read differently in one go gains nothing.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use crate::simd::F32x4;

/// Examples that are packed together: a cache line.
pub const EXAMPLES: usize = 16;

/// Vectors of them.
pub const VECTORS: usize = EXAMPLES / 4;

/// Floats between panels, so that those of many examples do not meet in the cache.
const APART: usize = 16;

/// Lines of the left panel of a product.
pub const LEFT: usize = 4;

/// Lines of the right panel.
pub const RIGHT: usize = 8;

/// `n` rounded up to whole tiles of the right panel.
#[inline(always)]
pub fn whole(n: usize) -> usize {
    n.div_ceil(RIGHT) * RIGHT
}

/// `n` rounded up to whole tiles of the left panel.
#[inline(always)]
pub fn whole_left(n: usize) -> usize {
    n.div_ceil(LEFT) * LEFT
}

/// Positions of which four examples are packed before the next four.
const CHUNK: usize = 64;

/// Carries a body out for tiles of four features, four positions and four examples, of so many positions of a head. `$INSIDE` is a
/// constant that says whether all of them are there. Of [`CHUNK`] positions the same vector of examples follows each other: few
/// panels are written at a time, and the cache lines are still near when the next vector is read.
macro_rules! each_tile {
    ($head:expr, $positions:expr, |$feature:ident, $position:ident, $v:ident, $INSIDE:ident| $body:block) => {
        let (head, positions): (&Head, usize) = ($head, $positions);
        let whole = head.examples == EXAMPLES && head.depth % 4 == 0;
        let end = if whole { head.positions & !3 } else { 0 };
        for $feature in (0..head.depth).step_by(4) {
            for first in (0..end).step_by(CHUNK) {
                for $v in 0..VECTORS {
                    for $position in (first..end.min(first + CHUNK)).step_by(4) {
                        const $INSIDE: bool = true;
                        $body
                    }
                }
            }
            for $position in (end..positions).step_by(4) {
                for $v in 0..VECTORS {
                    const $INSIDE: bool = false;
                    $body
                }
            }
        }
    };
}

/// How many of four from `first` on there are, if there are `all`.
#[inline(always)]
fn four<const INSIDE: bool>(first: usize, all: usize) -> usize {
    if INSIDE {
        4
    } else {
        4.min(all - first)
    }
}

/// One head of sixteen examples: rows of features, of positions.
#[derive(Clone, Copy)]
pub struct Head {
    /// The first feature of the first position.
    pub data: *mut f32,
    /// Features.
    pub depth: usize,
    /// Positions.
    pub positions: usize,
    /// Elements from one feature to the next.
    pub feature: usize,
    /// Elements from one position to the next.
    pub columns: usize,
    /// Examples that there are.
    pub examples: usize,
}

impl Head {
    /// Some of the positions.
    pub fn part(&self, positions: &Range<usize>) -> Self {
        let data = self.data.wrapping_add(positions.start * self.columns);
        Self { data, positions: positions.len(), ..*self }
    }

    #[inline(always)]
    fn at(&self, feature: usize, position: usize) -> *mut f32 {
        self.data.wrapping_add(feature * self.feature + position * self.columns)
    }

    /// A feature of a position, of vector `v` of the examples; 0 where there is none. `INSIDE` says that there is.
    ///
    /// # Safety
    /// The data must be there.
    #[inline(always)]
    pub unsafe fn load<const INSIDE: bool>(
        &self,
        feature: usize,
        position: usize,
        v: usize,
    ) -> F32x4 {
        if INSIDE {
            F32x4::load(self.at(feature, position).add(4 * v))
        } else if feature < self.depth && position < self.positions {
            self.lanes(v).load(self.at(feature, position).wrapping_add(4 * v))
        } else {
            F32x4::zero()
        }
    }

    /// Writes a feature of a position, of vector `v` of the examples. `INSIDE` says that there are all four.
    ///
    /// # Safety
    /// Feature and position must exist.
    #[inline(always)]
    pub unsafe fn put<const INSIDE: bool>(
        &self,
        value: F32x4,
        feature: usize,
        position: usize,
        v: usize,
    ) {
        let to = self.at(feature, position).wrapping_add(4 * v);
        if INSIDE {
            value.store(to);
        } else {
            self.lanes(v).store(value, to);
        }
    }

    /// Which lanes of vector `v` there are.
    #[inline(always)]
    fn lanes(&self, v: usize) -> Lanes {
        Lanes::first(self.examples.saturating_sub(4 * v))
    }
}

/// Where the panels of sixteen examples begin, and how many floats each takes.
#[derive(Clone, Copy)]
pub struct Panels {
    first: *mut f32,
    size: usize,
}

impl Panels {
    /// Takes panels of `size` floats out of scratch memory.
    pub fn take(next: &mut *mut f32, size: usize) -> Self {
        let first = *next;
        let size = size + APART;
        *next = first.wrapping_add(EXAMPLES * size);
        Self { first, size }
    }

    /// The panel of an example.
    #[inline(always)]
    pub fn of(&self, example: usize) -> *mut f32 {
        self.first.wrapping_add(example * self.size)
    }

    /// Packs `[lines / WIDTH][features][WIDTH]`, whose lines are positions, times a factor; lines are filled up to whole
    /// tiles of the right panel with zeros.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_positions<const WIDTH: usize>(&self, head: &Head, factor: f32) {
        let factor = F32x4::splat(factor);
        each_tile!(head, whole(head.positions), |feature, position, v, INSIDE| {
            let line = position / WIDTH * head.depth * WIDTH + position % WIDTH;
            for f in feature..feature + four::<INSIDE>(feature, head.depth) {
                let rows = from_fn(|i| head.load::<INSIDE>(f, position + i, v) * factor);
                self.scatter(rows, v, line + f * WIDTH);
            }
        });
    }

    /// Packs `[features / 4][positions][4]`, whose lines are features, filled up with zeros.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_features(&self, head: &Head) {
        each_tile!(head, head.positions, |feature, position, v, INSIDE| {
            let at = feature * head.positions + position * LEFT;
            for i in 0..four::<INSIDE>(position, head.positions) {
                let rows = from_fn(|f| head.load::<INSIDE>(feature + f, position + i, v));
                self.scatter(rows, v, at + LEFT * i);
            }
        });
    }

    /// Packs the sum over the features of the products of two heads, a number for each position.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_products(&self, a: &Head, b: &Head) {
        each_tile!(a, whole(a.positions), |feature, position, v, INSIDE| {
            let mut sums = [F32x4::zero(); 4];
            for f in feature..feature + four::<INSIDE>(feature, a.depth) {
                for (i, sum) in sums.iter_mut().enumerate() {
                    let [a, b] = [a, b].map(|head| head.load::<INSIDE>(f, position + i, v));
                    *sum = sum.madd(a, b);
                }
            }
            for (example, sums) in F32x4::transpose(sums).into_iter().enumerate() {
                let to = self.of(4 * v + example).add(position);
                let before = if feature == 0 { F32x4::zero() } else { F32x4::load(to) };
                (before + sums).store(to);
            }
        });
    }

    /// Stores four of vector `v` of the examples as one for each example.
    #[inline(always)]
    unsafe fn scatter(&self, rows: [F32x4; 4], v: usize, at: usize) {
        for (example, lanes) in F32x4::transpose(rows).into_iter().enumerate() {
            lanes.store(self.of(4 * v + example).add(at));
        }
    }

    /// Stores what panels `[features][positions]`, filled up to whole tiles, hold, or adds it to what is there.
    ///
    /// # Safety
    /// The panels must hold it.
    pub unsafe fn unpack(&self, head: &Head, adds: bool) {
        let wide = whole(head.positions);
        each_tile!(head, head.positions, |feature, position, v, INSIDE| {
            for f in feature..feature + four::<INSIDE>(feature, head.depth) {
                let rows = from_fn(|i| F32x4::load(self.of(4 * v + i).add(f * wide + position)));
                let some = four::<INSIDE>(position, head.positions);
                for (i, value) in F32x4::transpose(rows).into_iter().enumerate().take(some) {
                    let before =
                        if adds { head.load::<INSIDE>(f, position + i, v) } else { F32x4::zero() };
                    head.put::<INSIDE>(before + value, f, position + i, v);
                }
            }
        });
    }
}
