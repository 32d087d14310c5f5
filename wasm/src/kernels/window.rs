//! The windows of a convolution (see `src/ops/kernels/convolution.ts`): which run of columns of one
//! plane meets which connection at which pixel of another, read where it lies.
use core::array::from_fn;
use core::ops::Range;

use super::lists::TILE;
use super::pack::Pack;
use super::panel::DEPTH;
use crate::args::Args;
use crate::simd::F32x4;

/// Number of words of [`Geometry`].
pub const WORDS: usize = 11;

/// The parameters of a convolution.
#[derive(Clone, Copy)]
pub struct Geometry {
    /// Rows of the weight: channels of the result.
    pub rows: usize,
    /// Channels of the image.
    pub channels: usize,
    /// From the rows of pixels of the image to those of the result.
    pub down: Axis,
    /// From the columns of pixels of the image to those of the result.
    pub across: Axis,
    /// Examples.
    pub columns: usize,
}

impl Geometry {
    /// The parameters from word `first` on.
    pub fn read(args: Args, first: usize) -> Self {
        let [rows, channels, height, width, kernel_height, kernel_width, stride, padding, out_height, out_width, columns] =
            from_fn(|i| args.word(first + i));
        let axis = |from, to, taps| Axis { from, to, taps, stride, padding, turned: false };
        Self {
            rows,
            channels,
            down: axis(height, out_height, kernel_height),
            across: axis(width, out_width, kernel_width),
            columns,
        }
    }

    /// Inputs of a row that one plane has.
    pub fn taps(&self) -> usize {
        self.down.taps * self.across.taps
    }

    /// Inputs of the matrix.
    pub fn inputs(&self) -> usize {
        self.channels * self.taps()
    }

    /// Elements of a plane of the result.
    pub fn out_elements(&self) -> usize {
        self.down.to * self.across.to * self.columns
    }

    /// Elements of a plane of the image.
    pub fn image_elements(&self) -> usize {
        self.down.from * self.across.from * self.columns
    }
}

/// One dimension of the windows: which place of the planes that are read meets tap `tap` at place `at`
/// of the planes that are written.
#[derive(Clone, Copy)]
pub struct Axis {
    /// Places that are read.
    pub from: usize,
    /// Places that are written.
    pub to: usize,
    /// Size of the kernel.
    pub taps: usize,
    /// Step of the windows.
    pub stride: usize,
    /// Zeros before the image.
    pub padding: usize,
    /// Whether the result is read and the image written: for the gradient of the image.
    pub turned: bool,
}

impl Axis {
    /// The same windows seen from the image.
    pub fn turn(self) -> Self {
        Self { from: self.to, to: self.from, turned: !self.turned, ..self }
    }

    /// Of a turned axis: the places of a phase by themselves, the taps that they have, and the first of
    /// those taps. Both lie `stride` apart.
    pub fn phase(self, phase: usize) -> (Self, usize) {
        let reach = phase + self.padding;
        let first = reach % self.stride;
        let every = |count: usize, from: usize| count.saturating_sub(from).div_ceil(self.stride);
        let (to, taps) = (every(self.to, phase), every(self.taps, first));
        (Self { to, taps, stride: 1, padding: reach / self.stride, ..self }, first)
    }

    /// The place that is read, unless there is none.
    #[inline(always)]
    pub fn source(&self, at: usize, tap: usize) -> Option<usize> {
        let place = if self.turned {
            let place = (at + self.padding).checked_sub(tap)?;
            if place % self.stride != 0 {
                return None;
            }
            place / self.stride
        } else {
            (at * self.stride + tap).checked_sub(self.padding)?
        };
        (place < self.from).then_some(place)
    }

    /// Every how many places the same taps are read, and how far apart they then are.
    #[inline(always)]
    pub fn steps(&self) -> (usize, usize) {
        if self.turned {
            (self.stride, 1)
        } else {
            (1, self.stride)
        }
    }

    /// What tap `tap` reads at place `phase`, be it outside; `None` if no place of this phase reads it.
    #[inline(always)]
    pub fn shift(&self, phase: usize, tap: usize) -> Option<isize> {
        let (phase, tap, padding) = (phase as isize, tap as isize, self.padding as isize);
        if !self.turned {
            return Some(phase * self.stride as isize + tap - padding);
        }
        let (place, stride) = (phase + padding - tap, self.stride as isize);
        (place % stride == 0).then(|| place / stride)
    }
}

/// Planes of pixels, each a run of columns, with the windows through which they are read.
#[derive(Clone, Copy)]
pub struct Windows {
    /// First element of the first plane.
    pub data: *const f32,
    /// Rows of pixels.
    pub down: Axis,
    /// Columns of pixels.
    pub across: Axis,
    /// Examples.
    pub columns: usize,
}

/// Says that a run lies outside: it is read as zeros.
const OUTSIDE: usize = usize::MAX;

/// What a tile of columns outside is read as.
pub static ZEROS: [f32; TILE] = [0.0; TILE];

impl Windows {
    /// The windows of the image, for the result.
    pub fn of_image(data: *const f32, geometry: &Geometry) -> Self {
        let Geometry { down, across, columns, .. } = *geometry;
        Self { data, down, across, columns }
    }

    /// The windows of the result, for the gradient of the image.
    pub fn of_result(data: *const f32, geometry: &Geometry) -> Self {
        let Geometry { down, across, columns, .. } = *geometry;
        Self { data, down: down.turn(), across: across.turn(), columns }
    }

    /// Elements of a plane that is read.
    pub fn plane(&self) -> usize {
        self.down.from * self.across.from * self.columns
    }

    /// Plane and tap, down and across, of an input.
    #[inline(always)]
    pub fn split(&self, input: usize) -> [usize; 3] {
        let taps = self.down.taps * self.across.taps;
        let tap = input % taps;
        [input / taps, tap / self.across.taps, tap % self.across.taps]
    }

    /// Where the row of pixels begins that an input meets at row `y`, if there is one, and the tap of the input along it.
    #[inline(always)]
    pub fn line(&self, input: usize, y: usize) -> (Option<usize>, usize) {
        let [plane, down, across] = self.split(input);
        let from = self.down.source(y, down);
        let from = from.map(|y| plane * self.plane() + y * self.across.from * self.columns);
        (from, across)
    }

    /// Where the run of input `input` of the pixel (`y`, `x`) begins; [`OUTSIDE`] if nowhere.
    #[inline(always)]
    fn run(&self, input: usize, y: usize, x: usize) -> usize {
        let [plane, down, across] = self.split(input);
        match (self.down.source(y, down), self.across.source(x, across)) {
            (Some(y), Some(x)) => plane * self.plane() + (y * self.across.from + x) * self.columns,
            _ => OUTSIDE,
        }
    }

    /// The pixel of a line of columns (`pixel * columns + column`), with its column.
    #[inline(always)]
    fn pixel(&self, line: usize) -> (usize, usize, usize) {
        let (pixel, column) = (line / self.columns, line % self.columns);
        (pixel / self.across.to, pixel % self.across.to, column)
    }
}

/// The factor whose lines are pixels and columns and whose steps are inputs.
#[derive(Clone, Copy)]
pub struct ByPixel(pub Windows);

impl Pack for ByPixel {
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        mut to: *mut f32,
    ) {
        const { assert!(WIDTH % 4 == 0) };
        let Self(windows) = self;
        let depth = steps.len().next_multiple_of(4);
        let mut runs = [OUTSIDE; DEPTH];
        let mut noted = usize::MAX;
        for line in lines.step_by(WIDTH) {
            let (y, x, column) = windows.pixel(line);
            // A pixel's runs serve all its columns; WIDTH divides them.
            if noted != line - column {
                noted = line - column;
                for (run, input) in runs.iter_mut().zip(steps.clone()) {
                    *run = windows.run(input, y, x);
                }
            }
            for &run in runs.iter().take(steps.len()) {
                for i in (0..WIDTH).step_by(4) {
                    let vector = if run == OUTSIDE {
                        F32x4::zero()
                    } else {
                        F32x4::load(windows.data.add(run + column + i))
                    };
                    vector.store(to.add(i));
                }
                to = to.add(WIDTH);
            }
            for _ in steps.len()..depth {
                for i in (0..WIDTH).step_by(4) {
                    F32x4::zero().store(to.add(i));
                }
                to = to.add(WIDTH);
            }
        }
    }
}

/// The factor whose lines are inputs and whose steps are pixels and columns.
#[derive(Clone, Copy)]
pub struct ByInput(pub Windows);

impl Pack for ByInput {
    unsafe fn pack<const WIDTH: usize>(
        &self,
        lines: Range<usize>,
        steps: Range<usize>,
        mut to: *mut f32,
    ) {
        const { assert!(WIDTH % 4 == 0) };
        let Self(windows) = self;
        for line in lines.clone().step_by(WIDTH) {
            let mut step = steps.start;
            while step < steps.end {
                let (y, x, column) = windows.pixel(step);
                let length = (windows.columns - column).min(steps.end - step);
                let runs: [usize; WIDTH] = from_fn(|i| match line + i {
                    input if input < lines.end => windows.run(input, y, x),
                    _ => OUTSIDE,
                });
                for column in (column..column + length).step_by(4) {
                    for (i, four) in runs.chunks_exact(4).enumerate() {
                        let vectors = from_fn(|j| match four[j] {
                            OUTSIDE => F32x4::zero(),
                            run => F32x4::load(windows.data.add(run + column)),
                        });
                        for (j, lanes) in F32x4::transpose(vectors).into_iter().enumerate() {
                            lanes.store(to.add(j * WIDTH + 4 * i));
                        }
                    }
                    to = to.add(4 * WIDTH);
                }
                step += length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_axis_undoes_the_axis() {
        for (from, taps, stride, padding) in
            [(7, 3, 1, 1), (8, 3, 2, 1), (5, 5, 1, 2), (9, 1, 2, 0), (6, 3, 3, 0)]
        {
            let to = (from + 2 * padding - taps) / stride + 1;
            let axis = Axis { from, to, taps, stride, padding, turned: false };
            for tap in 0..taps {
                for out in 0..to {
                    for place in 0..from {
                        let there = axis.source(out, tap) == Some(place);
                        assert_eq!(there, axis.turn().source(place, tap) == Some(out));
                    }
                }
            }
        }
    }

    #[test]
    fn the_phases_of_a_turned_axis_make_it_up() {
        for (from, taps, stride, padding) in
            [(7, 3, 2, 1), (8, 5, 3, 0), (5, 1, 2, 0), (4, 2, 4, 1)]
        {
            let to = (from + 2 * padding - taps) / stride + 1;
            let axis = Axis { from, to, taps, stride, padding, turned: false }.turn();
            let mut places = 0;
            for phase in 0..stride {
                let (part, first) = axis.phase(phase);
                places += part.to;
                for at in 0..part.to {
                    for tap in 0..part.taps {
                        let whole = axis.source(phase + stride * at, first + stride * tap);
                        assert_eq!(part.source(at, tap), whole);
                    }
                }
            }
            assert_eq!(places, from);
        }
    }

    #[test]
    fn shift_says_what_source_says() {
        for turned in [false, true] {
            let axis = Axis { from: 7, to: 7, taps: 3, stride: 2, padding: 1, turned };
            let (every, apart) = axis.steps();
            for at in 0..axis.to {
                let (phase, place) = (at % every, at / every);
                for tap in 0..axis.taps {
                    let source = axis
                        .shift(phase, tap)
                        .and_then(|shift| usize::try_from(shift + (place * apart) as isize).ok());
                    assert_eq!(source.filter(|&s| s < axis.from), axis.source(at, tap));
                }
            }
        }
    }
}
