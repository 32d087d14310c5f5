//! `conv_block_spmm_transposed`: gradient of the image of a convolution by a matrix of units. See
//! `src/ops/kernels/conv_block_spmm_transposed.ts`.
//!
//! Neighbouring inputs of a unit are taps, which meet different pixels, so nothing that is read serves two of them: a unit is
//! its connections.
use core::array::from_fn;

use super::conv_spmm_transposed::Turned;
use super::units::Units;
use super::window::{Geometry, WORDS};
use crate::args::{Args, Share};

/// `dx = transpose(windows)(W, dy)`, W of units and given by its transposed view.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_block_spmm_transposed.ts` declares.
pub unsafe fn conv_block_spmm_transposed(args: Args, share: Share) {
    let geometry = Geometry::read(args, 7);
    let [_, wide, kind, height, width] = from_fn(|i| args.word(7 + WORDS + i));
    let rows = geometry.rows;
    // The view has a list for every column of units, whose entries are rows of units.
    let shape = [geometry.inputs(), rows];
    let units = Units::new(args.word(0), args.word(1), shape, [width, height]);
    let slots = args.word(2) as *const u32;
    let values = args.word(3) as *const f32;
    let turned = Turned {
        geometry,
        dy: args.word(4) as *const f32,
        kind,
        extra: args.word(5) as *const f32,
        dx: args.write(6),
    };
    turned.write(share, |input, mut terms| {
        for entry in units.lists.row(input / width) {
            let slot = *slots.add(entry) as usize;
            let values = values.add((slot * width + input % width) * height);
            let first = units.lists.input(entry, wide != 0) * height;
            for row in first..rows.min(first + height) {
                terms.push(row, *values.add(row - first));
            }
        }
    });
}
