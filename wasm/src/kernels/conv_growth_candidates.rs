//! `conv_growth_candidates`: the largest dense gradients among the inactive entries of every list of a
//! sparse convolution. See `src/ops/kernels/conv_growth_candidates.ts`.
use core::array::from_fn;

use super::growth_candidates::{Output, Search};
use super::pack::Factor;
use super::units::Units;
use super::window::{ByInput, Geometry, Windows, WORDS};
use crate::args::{Args, Share};

/// Writes the `count` best inactive entries of each segment of each list, and their scores.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_growth_candidates.ts` declares.
pub unsafe fn conv_growth_candidates(args: Args, share: Share) {
    let geometry = Geometry::read(args, 6);
    let (inputs, depth) = (geometry.inputs(), geometry.out_elements());
    let [wide, count, height, width, segment, norm] = from_fn(|i| args.word(6 + WORDS + i));
    let shape = [geometry.rows, inputs];
    let search = Search {
        units: Units::new(args.word(0), args.word(1), shape, [height, width]),
        wide: wide != 0,
        dy: Factor { data: args.word(2) as *const f32, line: depth, depth: 1 },
        x: ByInput(Windows::of_image(args.word(3) as *const f32, &geometry)),
        depth,
        norm,
        segment,
    };
    let to = Output::new(args.write(4), args.write(5), count);
    search.run(to, share);
}
