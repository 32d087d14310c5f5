//! The factors of a dense product, packed into panels: what `panel.rs` multiplies.
use core::array::from_fn;
use core::ops::Range;

use crate::simd::F32x4;

/// A factor of a product, seen as lines (rows of `a`, columns of `b`) along the sum.
pub trait Pack {
    /// Packs lines as `[lines / WIDTH][depth][WIDTH]`, both filled up with zeros, depth to a multiple
    /// of 4. Columns begin at a multiple of `WIDTH`, and `steps`, at most [`super::panel::DEPTH`], at a multiple of it.
    ///
    /// # Safety
    /// The factor must hold the lines and steps, and `to` the room.
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        to: *mut f32,
    );
}

/// A factor that is a matrix. One of the two strides is 1.
#[derive(Clone, Copy)]
pub struct Factor {
    /// First element.
    pub data: *const f32,
    /// Elements from one line to the next.
    pub line: usize,
    /// Elements from one step of the sum to the next.
    pub depth: usize,
}

impl Pack for Factor {
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        to: *mut f32,
    ) {
        let from = self.data.wrapping_add(lines.start * self.line + steps.start * self.depth);
        let panel = steps.len().next_multiple_of(4) * WIDTH;
        let full = lines.len() / WIDTH;
        let across = self.depth == 1;
        let whole = if across { steps.len() & !3 } else { steps.len() };
        let together = if across { 0 } else { full - full % TOGETHER };
        for i in (0..together).step_by(TOGETHER) {
            let (from, to) = (from.add(i * WIDTH), to.add(i * panel));
            pack_along::<WIDTH, TOGETHER>(from, self.depth, whole, to, panel);
        }
        for i in 0..lines.len().div_ceil(WIDTH) {
            let (from, to) = (from.wrapping_add(i * WIDTH * self.line), to.add(i * panel));
            if i < full && across {
                pack_across::<WIDTH>(from, self.line, whole, to);
            } else if (together..full).contains(&i) {
                pack_along::<WIDTH, 1>(from, self.depth, whole, to, panel);
            }
            for step in if i < full { whole } else { 0 }..panel / WIDTH {
                for j in 0..WIDTH {
                    let inside = step < steps.len() && i * WIDTH + j < lines.len();
                    let at = from.wrapping_add(j * self.line + step * self.depth);
                    *to.add(step * WIDTH + j) = if inside { *at } else { 0.0 };
                }
            }
        }
    }
}

/// Panels that are packed together where lines lie next to each other: a cache line is read once.
const TOGETHER: usize = 4;

/// Packs `PANELS` times `WIDTH` lines that lie next to each other in every step, `panel` floats from
/// one panel to the next.
#[inline(always)]
unsafe fn pack_along<const WIDTH: usize, const PANELS: usize>(
    from: *const f32,
    depth: usize,
    steps: usize,
    to: *mut f32,
    panel: usize,
) {
    for step in 0..steps {
        for i in 0..PANELS {
            let from = from.add(step * depth + i * WIDTH);
            let to = to.add(i * panel + step * WIDTH);
            for j in (0..WIDTH & !3).step_by(4) {
                F32x4::load(from.add(j)).store(to.add(j));
            }
            for j in WIDTH & !3..WIDTH {
                *to.add(j) = *from.add(j);
            }
        }
    }
}

/// Packs `WIDTH` lines that are contiguous along the sum, `steps` (a multiple of 4) of it.
#[inline(always)]
unsafe fn pack_across<const WIDTH: usize>(
    from: *const f32,
    line: usize,
    steps: usize,
    to: *mut f32,
) {
    for i in (0..WIDTH & !3).step_by(4) {
        let from = from.add(i * line);
        for step in (0..steps).step_by(4) {
            let rows = from_fn(|j| F32x4::load(from.add(j * line + step)));
            let to = to.add(step * WIDTH + i);
            for (j, lanes) in F32x4::transpose(rows).into_iter().enumerate() {
                lanes.store(to.add(j * WIDTH));
            }
        }
    }
    for i in WIDTH & !3..WIDTH {
        for step in (0..steps).step_by(4) {
            let lanes = F32x4::load(from.add(i * line + step)).to_array();
            for (j, lane) in lanes.into_iter().enumerate() {
                *to.add((step + j) * WIDTH + i) = lane;
            }
        }
    }
}
