//! `conv_block_spmm`: sparse convolution by a matrix of units. See `src/ops/kernels/conv_block_spmm.ts`.
//!
//! Of a pixel the inputs of a list are gathered next to each other, as `block_spmm` does with a group's, zeros where a window
//! reads the padding: then every four rows run over them as in the dense product, whatever the units.
use core::array::from_fn;
use core::ops::Range;

use super::conv_spmm::COLUMNS;
use super::epilogue::Epilogue;
use super::lists::TILE;
use super::units::{store, sum, Units, PANEL, QUAD};
use super::window::{Geometry, Windows, WORDS, ZEROS};
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// Panels of a tile of columns.
const PANELS: usize = TILE / PANEL;

/// `y = W windows(x)`, W of units.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_block_spmm.ts` declares.
pub unsafe fn conv_block_spmm(args: Args, share: Share) {
    let geometry = Geometry::read(args, 6);
    let [_, wide, kind, height, width] = from_fn(|i| args.word(6 + WORDS + i));
    let Geometry { rows, columns, .. } = geometry;
    let units = Units::new(args.word(0), args.word(1), [rows, geometry.inputs()], [height, width]);
    let values = args.word(2) as *const f32;
    let windows = Windows::of_image(args.word(3) as *const f32, &geometry);
    let out = geometry.out_elements();
    let epilogue = Epilogue { kind, extra: args.word(4) as *const f32, stride: out };
    let room = geometry.inputs().next_multiple_of(width.max(QUAD));
    let mut gathering = Gathering::new(windows, share.scratch, room);

    // The work is a line: rows of pixels, in each the lists. A thread takes a stretch of it.
    let lists = units.lists.rows;
    let part = share.range(windows.down.to * lists);
    for column in (0..columns).step_by(COLUMNS) {
        let columns = column..columns.min(column + COLUMNS);
        for at in part.clone() {
            let (y, list) = (at / lists, at % lists);
            let slots = units.lists.row(list);
            gathering.note(&units, slots.clone(), wide != 0, y);
            let values = values.add(slots.start * height * width);
            for pixel in 0..windows.across.to {
                let first = (y * windows.across.to + pixel) * windows.columns;
                for column in columns.clone().step_by(TILE) {
                    gathering.gather(pixel, column);
                    for row in (0..units.rows_of(list)).step_by(QUAD) {
                        for panel in 0..PANELS {
                            let x = gathering.panel(panel);
                            let tile = sum(values.add(row), height, x, gathering.depth);
                            let at = [list * height + row, first + column + panel * PANEL];
                            store(tile, at, [rows, out], epilogue, args.write(5));
                        }
                    }
                }
            }
        }
    }
}

/// The inputs of a list: where they lie for a row of pixels, and those of a tile of columns of one pixel, next to each other.
struct Gathering {
    windows: Windows,
    /// Element at which the row of pixels of each input begins; [`NOWHERE`] if all of it is padding.
    places: *mut u32,
    /// Tap of each along the row.
    taps: *mut u32,
    /// `[PANELS][depth][PANEL]`.
    packed: *mut f32,
    /// How many there are.
    depth: usize,
}

/// Says that a row of pixels lies outside.
const NOWHERE: u32 = u32::MAX;

impl Gathering {
    /// None yet; `scratch` must hold `(8 + 4 TILE) room` bytes. Mirrored by `src/ops/kernels/conv_block_spmm.ts`.
    fn new(windows: Windows, scratch: *mut u8, room: usize) -> Self {
        let places: *mut u32 = scratch.cast();
        let taps = places.wrapping_add(room);
        Self { windows, places, taps, packed: taps.wrapping_add(room).cast(), depth: 0 }
    }

    /// Notes the inputs of some slots for a row of pixels of the result.
    unsafe fn note(&mut self, units: &Units, slots: Range<usize>, wide: bool, y: usize) {
        self.depth = 0;
        for slot in slots {
            let first = units.lists.input(slot, wide) * units.width;
            for input in first..first + units.width {
                let (from, tap) = match input < units.inputs {
                    true => self.windows.line(input, y),
                    false => (None, 0),
                };
                *self.places.add(self.depth) = from.map_or(NOWHERE, |from| from as u32);
                *self.taps.add(self.depth) = tap as u32;
                self.depth += 1;
            }
        }
    }

    /// Copies a tile of columns of every input of a pixel.
    unsafe fn gather(&mut self, pixel: usize, column: usize) {
        let Self { windows, packed, depth, .. } = *self;
        let mut to = packed;
        for i in 0..depth {
            let (place, tap) = (*self.places.add(i), *self.taps.add(i) as usize);
            let from = match windows.across.source(pixel, tap) {
                Some(at) if place != NOWHERE => {
                    windows.data.add(place as usize + at * windows.columns + column)
                }
                _ => ZEROS.as_ptr(),
            };
            for panel in 0..PANELS {
                let (from, to) = (from.add(panel * PANEL), to.add(panel * depth * PANEL));
                F32x4::load(from).store(to);
                F32x4::load(from.add(4)).store(to.add(4));
            }
            to = to.add(PANEL);
        }
    }

    /// One panel of the tile.
    unsafe fn panel(&self, panel: usize) -> *const f32 {
        self.packed.add(panel * self.depth * PANEL)
    }
}
