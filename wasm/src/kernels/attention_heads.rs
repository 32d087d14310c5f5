//! What the kernels of attention share that take one example at a time: heads of four examples, turned round into panels of
//! each.
//!
//! The products are those of `panel`: four lines of one panel by eight of another, with neighbouring positions in the lanes of
//! vectors. Examples lie side by side in memory, so four of them are turned round together as they are packed.
use core::array::from_fn;

use super::attention_panels::Head;
use crate::simd::F32x4;

/// Examples that are packed together.
pub const EXAMPLES: usize = 4;

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

/// Where the panels of four examples begin, and how many floats each takes.
#[derive(Clone, Copy)]
pub struct Panels {
    first: *mut f32,
    size: usize,
}

impl Panels {
    /// Takes panels of `size` floats out of scratch memory.
    pub fn take(next: &mut *mut f32, size: usize) -> Self {
        let first = *next;
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
        let (depth, positions) = (head.depth, head.positions);
        for feature in 0..depth {
            for position in (0..whole(positions)).step_by(4) {
                let rows = from_fn(|i| head.load_or_zero(feature, position + i) * factor);
                let at = (position / WIDTH * depth + feature) * WIDTH + position % WIDTH;
                self.scatter(rows, at);
            }
        }
    }

    /// Packs `[features / 4][positions][4]`, whose lines are features, filled up with zeros.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_features(&self, head: &Head) {
        for feature in (0..head.depth).step_by(LEFT) {
            for position in 0..head.positions {
                let rows = from_fn(|i| {
                    if feature + i < head.depth {
                        head.load(feature + i, position)
                    } else {
                        F32x4::zero()
                    }
                });
                self.scatter(rows, (feature / LEFT * head.positions + position) * LEFT);
            }
        }
    }

    /// Packs the sum over the features of the products of two heads, a number for each position.
    ///
    /// # Safety
    /// The panels must have the room.
    pub unsafe fn pack_products(&self, a: &Head, b: &Head) {
        for position in (0..whole(a.positions)).step_by(4) {
            let mut sums = [F32x4::zero(); 4];
            for feature in 0..a.depth {
                for (i, sum) in sums.iter_mut().enumerate() {
                    let (x, y) = (
                        a.load_or_zero(feature, position + i),
                        b.load_or_zero(feature, position + i),
                    );
                    *sum = sum.madd(x, y);
                }
            }
            self.scatter(sums, position);
        }
    }

    /// Stores four vectors of examples as one for each example.
    #[inline(always)]
    unsafe fn scatter(&self, rows: [F32x4; 4], at: usize) {
        for (example, lanes) in F32x4::transpose(rows).into_iter().enumerate() {
            lanes.store(self.of(example).add(at));
        }
    }

    /// Stores what panels `[features][positions]`, filled up to whole tiles, hold.
    ///
    /// # Safety
    /// The panels must hold it.
    pub unsafe fn unpack(&self, head: &Head) {
        let wide = whole(head.positions);
        for feature in 0..head.depth {
            for position in (0..head.positions).step_by(4) {
                let at = feature * wide + position;
                let rows = from_fn(|example| F32x4::load(self.of(example).add(at)));
                for (i, value) in F32x4::transpose(rows).into_iter().enumerate() {
                    if position + i < head.positions {
                        head.put(value, feature, position + i);
                    }
                }
            }
        }
    }
}
