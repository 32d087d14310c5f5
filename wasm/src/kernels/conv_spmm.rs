//! `conv_spmm`: sparse convolution. See `src/ops/kernels/conv_spmm.ts`.
use super::epilogue::Epilogue;
use super::lists::Lists;
use super::terms::{Row, Terms};
use super::window::{Geometry, Windows, WORDS};
use crate::args::{Args, Share};

/// Columns that are taken at a time, so that the rows of pixels that a row of the result reads stay in
/// the second-level cache.
pub const COLUMNS: usize = 128;

/// `y = S windows(x)`, S sparse.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_spmm.ts` declares.
pub unsafe fn conv_spmm(args: Args, share: Share) {
    let geometry = Geometry::read(args, 6);
    let Geometry { rows, columns, .. } = geometry;
    let lists = Lists { span: args.word(0) as *const u32, index: args.word(1) as *const u32, rows };
    let values = args.word(2) as *const f32;
    let wide = args.word(6 + WORDS + 1) != 0;
    let windows = Windows::of_image(args.word(3) as *const f32, &geometry);
    let epilogue = Epilogue {
        kind: args.word(6 + WORDS + 2),
        extra: args.word(4) as *const f32,
        stride: geometry.out_elements(),
    };
    let mut terms = Terms::new(share.scratch, geometry.inputs().next_multiple_of(4));
    let (plane, line) = (windows.plane(), windows.across.from * columns);

    // The work is a line: rows of pixels, in each the rows of the matrix. A thread takes a stretch of it.
    let part = share.range(windows.down.to * rows);
    for column in (0..columns).step_by(COLUMNS) {
        for at in part.clone() {
            let (y, channel) = (at / rows, at % rows);
            terms.clear();
            for slot in lists.row(channel) {
                let [of, down, across] = windows.split(lists.input(slot, wide));
                if let (Some(from), Some(shift)) =
                    (windows.down.source(y, down), windows.across.shift(0, across))
                {
                    terms.push(of * plane + from * line, shift, *values.add(slot));
                }
            }
            let row = Row {
                y: args.write(5),
                channel,
                first: y * windows.across.to * columns,
                columns: column..columns.min(column + COLUMNS),
                epilogue,
            };
            terms.write(&windows, row, 0);
        }
    }
}
