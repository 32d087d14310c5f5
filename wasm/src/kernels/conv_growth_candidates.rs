//! `conv_growth_candidates`: the largest dense gradients among the inactive inputs of every row of a
//! sparse convolution. See `src/ops/kernels/conv_growth_candidates.ts`.
use super::growth_candidates::{Output, Search};
use super::panel::Factor;
use super::units::Units;
use super::window::{ByInput, Geometry, Windows, WORDS};
use crate::args::{Args, Share};
use crate::constants::norm;

/// Writes the `count` best inactive inputs of each row, and their scores.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/conv_growth_candidates.ts` declares.
pub unsafe fn conv_growth_candidates(args: Args, share: Share) {
    let geometry = Geometry::read(args, 6);
    let (inputs, depth) = (geometry.inputs(), geometry.out_elements());
    let search = Search {
        units: Units::new(args.word(0), args.word(1), [geometry.rows, inputs], [1, 1]),
        wide: args.word(6 + WORDS) != 0,
        dy: Factor { data: args.word(2) as *const f32, line: depth, depth: 1 },
        x: ByInput(Windows::of_image(args.word(3) as *const f32, &geometry)),
        depth,
        norm: norm::L1,
        segment: inputs,
    };
    let to = Output::new(args.write(4), args.write(5), args.word(6 + WORDS + 1));
    search.run(to, share);
}
