//! `embedding_gradient_add`: the gradient of a table, added to what is there. See
//! `src/ops/kernels/embedding_gradient_add.ts`.
use super::embedding_gradient::add_places;
use crate::args::{Args, Share};

/// `gradient[t, f]` grows by the sum of `weights[p, c] dy[f, c]` over the places (p, c) of token t.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/embedding_gradient_add.ts` declares.
pub unsafe fn embedding_gradient_add(args: Args, share: Share) {
    add_places(args, share, true);
}
