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
    let Geometry { channels, columns, .. } = geometry;
    let lists = Lists {
        span: args.word(0) as *const u32,
        index: args.word(1) as *const u32,
        rows: geometry.inputs(),
    };
    let values = args.word(2) as *const f32;
    let wide = args.word(6 + WORDS + 1) != 0;
    let windows = Windows::of_result(args.word(3) as *const f32, &geometry);
    let epilogue = Epilogue {
        kind: args.word(6 + WORDS + 2),
        extra: args.word(4) as *const f32,
        stride: geometry.image_elements(),
    };
    let room = (geometry.rows * geometry.taps()).next_multiple_of(4);
    let mut terms = Terms::new(share.scratch, room);
    let (plane, line) = (windows.plane(), windows.across.from * columns);
    let (phases, _) = windows.across.steps();

    let part = share.range(windows.down.to * channels);
    for column in (0..columns).step_by(COLUMNS) {
        for at in part.clone() {
            let (y, channel) = (at / channels, at % channels);
            let row = Row {
                y: args.write(5),
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
                        let input = channel * geometry.taps() + down * windows.across.taps + across;
                        for slot in lists.row(input) {
                            let of = lists.input(slot, wide);
                            terms.push(of * plane + from * line, shift, *values.add(slot));
                        }
                    }
                }
                terms.write(&windows, row.clone(), phase);
            }
        }
    }
}
