//! The regions of pooling. See `src/ops/kernels/pooling.ts`.
use core::array::from_fn;
use core::ops::Range;

use super::elementwise::Lanes;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Regions along one dimension of the images.
#[derive(Clone, Copy)]
pub struct Axis {
    /// Pixels.
    size: usize,
    /// Regions.
    count: usize,
    /// Pixels of a region.
    region: usize,
    /// Pixels from one region to the next.
    stride: usize,
    /// Places of regions before the image; fewer than `region`.
    padding: usize,
}

impl Axis {
    /// The pixels of region `at` that lie inside the image.
    #[inline(always)]
    pub fn pixels(&self, at: usize) -> Range<usize> {
        let first = at * self.stride;
        first.saturating_sub(self.padding)..(first + self.region - self.padding).min(self.size)
    }

    /// The regions that pixel `at` lies in.
    #[inline(always)]
    pub fn regions(&self, at: usize) -> Range<usize> {
        let place = at + self.padding;
        let first = (place + self.stride).saturating_sub(self.region) / self.stride;
        first..(place / self.stride + 1).min(self.count)
    }
}

/// The parameters of pooling.
#[derive(Clone, Copy)]
pub struct Pooling {
    /// Channels of the images, and of the result.
    channels: usize,
    /// Along rows of pixels.
    pub down: Axis,
    /// Along columns of pixels.
    pub across: Axis,
    /// Examples.
    pub columns: usize,
}

impl Pooling {
    /// The parameters from word `first` on.
    pub fn read(args: Args, first: usize) -> Self {
        let [channels, height, width, region_height, region_width, stride_height, stride_width, padding, out_height, out_width, columns] =
            from_fn(|i| args.word(first + i));
        let axis = |size, count, region, stride| Axis { size, count, region, stride, padding };
        Self {
            channels,
            down: axis(height, out_height, region_height, stride_height),
            across: axis(width, out_width, region_width, stride_width),
            columns,
        }
    }

    /// Where the run of columns of a pixel of an image begins.
    #[inline(always)]
    pub fn pixel(&self, channel: usize, y: usize, x: usize) -> usize {
        ((channel * self.down.size + y) * self.across.size + x) * self.columns
    }

    /// Where the run of columns of a region of the result begins.
    #[inline(always)]
    pub fn region(&self, channel: usize, y: usize, x: usize) -> usize {
        ((channel * self.down.count + y) * self.across.count + x) * self.columns
    }

    /// Calls `body(channel, y, x)` for this thread's share of the regions.
    #[inline(always)]
    pub fn each_region(&self, share: Share, body: impl FnMut(usize, usize, usize)) {
        each(share, self.channels, self.down.count, self.across.count, body);
    }

    /// Calls `body(channel, y, x)` for this thread's share of the pixels.
    #[inline(always)]
    pub fn each_pixel(&self, share: Share, body: impl FnMut(usize, usize, usize)) {
        each(share, self.channels, self.down.size, self.across.size, body);
    }

    /// Calls `body(column, lanes)` for the columns of a run, `column` going up in fours.
    #[inline(always)]
    pub fn each_vector(&self, mut body: impl FnMut(usize, Lanes)) {
        for column in (0..self.columns).step_by(4) {
            body(column, Lanes::first(self.columns - column));
        }
    }

    /// Pixels inside the image of a region (`y`, `x`).
    #[inline(always)]
    pub fn count(&self, y: usize, x: usize) -> F32x4 {
        F32x4::splat((self.down.pixels(y).len() * self.across.pixels(x).len()) as f32)
    }
}

#[inline(always)]
fn each(
    share: Share,
    channels: usize,
    height: usize,
    width: usize,
    mut body: impl FnMut(usize, usize, usize),
) {
    for place in share.range(channels * height * width) {
        body(place / width / height, place / width % height, place % width);
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Words of a case: channels, height, width, region, strides, padding, out, columns.
    pub type Words = [usize; 11];

    /// Regions that overlap, that leave gaps, that are cut by the edge; a single example.
    pub const CASES: [Words; 5] = [
        [2, 4, 6, 2, 2, 2, 2, 0, 2, 3, 32],
        [3, 5, 5, 3, 3, 1, 1, 1, 5, 5, 4],
        [1, 7, 6, 3, 2, 2, 3, 1, 4, 3, 1],
        [2, 5, 7, 1, 2, 3, 4, 0, 2, 2, 8],
        [5, 3, 4, 3, 4, 3, 4, 0, 1, 1, 32],
    ];

    #[test]
    fn a_pixel_lies_in_the_regions_that_have_it() {
        for size in 1..9 {
            for region in 1..5 {
                for stride in 1..5 {
                    for padding in 0..region {
                        if size + 2 * padding < region {
                            continue;
                        }
                        let count = (size + 2 * padding - region) / stride + 1;
                        let axis = Axis { size, count, region, stride, padding };
                        for at in 0..count {
                            assert!(!axis.pixels(at).is_empty());
                            for pixel in 0..size {
                                let inside = axis.pixels(at).contains(&pixel);
                                assert_eq!(inside, axis.regions(pixel).contains(&at));
                                let place = (pixel + padding) as isize - (at * stride) as isize;
                                assert_eq!(inside, (0..region as isize).contains(&place));
                            }
                        }
                    }
                }
            }
        }
    }
}
