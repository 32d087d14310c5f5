//! The sum that a pixel of a sparse convolution is: its terms are noted once for a row of pixels, then
//! every pixel of the row adds them up.
//!
//! A tile of 32 columns keeps its 8 vectors of sums in registers over all terms, as in `spmm`. Rows of
//! pixels come one after the other and in each all channels, so that the few rows that they read stay
//! in the second-level cache.
use core::ops::Range;

use super::epilogue::Epilogue;
use super::lists::{Index, Wide, LIST_TILE, TILE, VECTORS};
use super::window::Windows;
use crate::simd::F32x4;

/// The terms of a row of pixels. A term reads, at the pixel with number `j` of its phase, the run of
/// pixel `j * apart + shift` of a row of pixels.
pub struct Terms {
    /// Element at which the row of pixels begins, plus `shift` runs once they are [`Terms::settle`]d.
    places: *mut u32,
    shifts: *mut i32,
    values: *mut f32,
    length: usize,
    /// Least and greatest shift.
    least: isize,
    greatest: isize,
}

impl Terms {
    /// None yet; `scratch` must hold `12 room` bytes, `room` being a multiple of 4.
    pub fn new(scratch: *mut u8, room: usize) -> Self {
        let places: *mut u32 = scratch.cast();
        Self {
            places,
            shifts: places.wrapping_add(room).cast(),
            values: places.wrapping_add(2 * room).cast(),
            length: 0,
            least: 0,
            greatest: 0,
        }
    }

    /// Forgets all terms.
    pub fn clear(&mut self) {
        self.length = 0;
        (self.least, self.greatest) = (0, 0);
    }

    /// Adds a term.
    ///
    /// # Safety
    /// There must be room.
    #[inline(always)]
    pub unsafe fn push(&mut self, place: usize, shift: isize, value: f32) {
        *self.places.add(self.length) = place as u32;
        *self.shifts.add(self.length) = shift as i32;
        *self.values.add(self.length) = value;
        if self.length == 0 {
            (self.least, self.greatest) = (shift, shift);
        }
        self.length += 1;
        self.least = self.least.min(shift);
        self.greatest = self.greatest.max(shift);
    }

    /// Adds the shifts to the places, counted from the least shift on.
    unsafe fn settle(&mut self, columns: usize) {
        for i in 0..self.length {
            let runs = (*self.shifts.add(i) as isize - self.least) as usize;
            *self.places.add(i) += (runs * columns) as u32;
        }
    }

    /// The pixels of a phase at which every term lies inside.
    fn interior(&self, pixels: usize, from: usize, apart: usize) -> Range<usize> {
        if self.length == 0 {
            return 0..pixels;
        }
        let first = usize::try_from(-self.least).map_or(0, |before| before.div_ceil(apart));
        // The last pixel must read no further than the last run.
        let last = from as isize - 1 - self.greatest;
        let end = usize::try_from(last).map_or(0, |last| last / apart + 1);
        let end = end.min(pixels);
        first.min(end)..end
    }

    /// Writes one phase of a row of pixels.
    ///
    /// # Safety
    /// The terms must be of `windows`, and `row` one of its rows of pixels.
    pub unsafe fn write(&mut self, windows: &Windows, row: Row, phase: usize) {
        let (every, apart) = windows.across.steps();
        let pixels = (windows.across.to - phase).div_ceil(every);
        self.settle(windows.columns);
        let interior = self.interior(pixels, windows.across.from, apart);
        let start = F32x4::splat(row.epilogue.start(row.channel));
        for pixel in 0..pixels {
            let inside = interior.contains(&pixel);
            let base = (pixel * apart) as isize + self.least;
            let to = row.first + (phase + pixel * every) * windows.columns;
            for column in row.columns.clone().step_by(TILE) {
                let mut sums = [start; VECTORS];
                if inside {
                    let x = windows.data.wrapping_offset(base * windows.columns as isize);
                    self.add(&mut sums, x.wrapping_add(column));
                } else {
                    self.add_some(&mut sums, windows, pixel * apart, column);
                }
                for (i, sum) in sums.into_iter().enumerate() {
                    let at = to + column + 4 * i;
                    let sum = row.epilogue.finish(sum, row.channel, at);
                    sum.store(row.y.add(row.channel * row.epilogue.stride + at));
                }
                let at = to + column;
                let apart = row.epilogue.stride;
                row.epilogue.finish_stored(row.y, apart, 1, TILE, [row.channel, at]);
            }
        }
    }

    /// Adds all terms, none of which lies outside.
    #[inline(always)]
    unsafe fn add(&self, sums: &mut [F32x4; VECTORS], x: *const f32) {
        let mut term = 0;
        // As in `spmm`: a way out after each term keeps the order of reads.
        while term < self.length {
            let runs = Wide::four(self.places, term).map(|place| x.wrapping_add(place));
            let values = F32x4::load(self.values.add(term));
            add(sums, values.lane::<0>(), runs[0]);
            if term + 1 == self.length {
                break;
            }
            add(sums, values.lane::<1>(), runs[1]);
            if term + 2 == self.length {
                break;
            }
            add(sums, values.lane::<2>(), runs[2]);
            if term + 3 == self.length {
                break;
            }
            add(sums, values.lane::<3>(), runs[3]);
            term += LIST_TILE;
        }
    }

    /// Adds the terms at pixel `pixel` of a row that is read; those outside are 0.
    unsafe fn add_some(
        &self,
        sums: &mut [F32x4; VECTORS],
        windows: &Windows,
        pixel: usize,
        column: usize,
    ) {
        for term in 0..self.length {
            let at = pixel as isize + *self.shifts.add(term) as isize;
            if at < 0 || at >= windows.across.from as isize {
                continue;
            }
            let runs = (pixel as isize + self.least) * windows.columns as isize;
            let place = *self.places.add(term) as isize + runs;
            let x = windows.data.wrapping_offset(place).wrapping_add(column);
            add(sums, F32x4::splat(*self.values.add(term)), x);
        }
    }
}

#[inline(always)]
unsafe fn add(sums: &mut [F32x4; VECTORS], value: F32x4, x: *const f32) {
    for (i, sum) in sums.iter_mut().enumerate() {
        *sum = sum.madd(value, F32x4::load(x.add(4 * i)));
    }
}

/// A row of pixels that is written.
#[derive(Clone)]
pub struct Row {
    /// First element of all.
    pub y: *mut f32,
    /// Channel of the row.
    pub channel: usize,
    /// Element of the channel at which the row begins.
    pub first: usize,
    /// Columns to write, whole tiles.
    pub columns: Range<usize>,
    /// What becomes of a sum; its stride is the size of a channel.
    pub epilogue: Epilogue,
}
