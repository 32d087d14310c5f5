//! `conv_spmm_transposed`: gradient of the image of a sparse convolution. See
//! `src/ops/kernels/conv_spmm_transposed.ts`.
//!
//! With a stride, neighbouring pixels are in different windows: those of a phase, `stride` apart, meet
//! the same taps.
use super::conv_spmm::COLUMNS;
use super::epilogue::Epilogue;
use super::lists::Lists;
use super::terms::{Row, Terms};
use super::window::{Geometry, Windows, WORDS};
use crate::args::{Args, Share};

/// `dx = transpose(windows)(S, dy)`, S sparse and given by its transposed view.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_spmm_transposed.ts` declares.
pub unsafe fn conv_spmm_transposed(args: Args, share: Share) {
    let geometry = Geometry::read(args, 6);
    let lists = Lists {
        span: args.word(0) as *const u32,
        index: args.word(1) as *const u32,
        rows: geometry.inputs(),
    };
    let values = args.word(2) as *const f32;
    let wide = args.word(6 + WORDS + 1) != 0;
    let turned = Turned {
        geometry,
        dy: args.word(3) as *const f32,
        kind: args.word(6 + WORDS + 2),
        extra: args.word(4) as *const f32,
        dx: args.write(5),
    };
    turned.write(share, |input, mut terms| {
        for slot in lists.row(input) {
            terms.push(lists.input(slot, wide), *values.add(slot));
        }
    });
}

/// A gradient of the image, whatever holds the connections.
pub struct Turned {
    /// The windows.
    pub geometry: Geometry,
    /// The gradient of the result.
    pub dy: *const f32,
    /// The epilogue.
    pub kind: usize,
    /// Its operand.
    pub extra: *const f32,
    /// The gradient of the image.
    pub dx: *mut f32,
}

/// The terms of a row of pixels, for one input of the matrix.
pub struct InputTerms<'a> {
    terms: &'a mut Terms,
    /// Elements of a plane of `dy`.
    plane: usize,
    /// Element of a plane at which the row of pixels begins that the input meets.
    from: usize,
    shift: isize,
}

impl InputTerms<'_> {
    /// Adds the connection of a row of the matrix.
    ///
    /// # Safety
    /// Every row may come once for an input.
    #[inline(always)]
    pub unsafe fn push(&mut self, row: usize, value: f32) {
        self.terms.push(row * self.plane + self.from, self.shift, value);
    }
}

impl Turned {
    /// Writes this thread's share. `connections(input, terms)` pushes the rows that are connected to an input.
    ///
    /// # Safety
    /// What the fields name must be readable, `dx` writable, and the scratch hold a term for every row and tap.
    #[inline(always)]
    pub unsafe fn write(&self, share: Share, connections: impl Fn(usize, InputTerms<'_>)) {
        let Self { geometry, kind, extra, .. } = *self;
        let Geometry { channels, columns, .. } = geometry;
        let windows = Windows::of_result(self.dy, &geometry);
        let epilogue = Epilogue { kind, extra, stride: geometry.image_elements() };
        let room = (geometry.rows * geometry.taps()).next_multiple_of(4);
        let mut terms = Terms::new(share.scratch, room);
        let (plane, line) = (windows.plane(), windows.across.from * columns);
        let (phases, _) = windows.across.steps();

        let part = share.range(windows.down.to * channels);
        for column in (0..columns).step_by(COLUMNS) {
            for at in part.clone() {
                let (y, channel) = (at / channels, at % channels);
                let row = Row {
                    y: self.dx,
                    channel,
                    first: y * windows.across.to * columns,
                    columns: column..columns.min(column + COLUMNS),
                    epilogue,
                };
                for phase in 0..phases.min(windows.across.to) {
                    terms.clear();
                    for down in 0..windows.down.taps {
                        let Some(from) = windows.down.source(y, down) else { continue };
                        for across in 0..windows.across.taps {
                            let Some(shift) = windows.across.shift(phase, across) else { continue };
                            let tap = down * windows.across.taps + across;
                            let terms =
                                InputTerms { terms: &mut terms, plane, from: from * line, shift };
                            connections(channel * geometry.taps() + tap, terms);
                        }
                    }
                    terms.write(&windows, row.clone(), phase);
                }
            }
        }
    }
}
