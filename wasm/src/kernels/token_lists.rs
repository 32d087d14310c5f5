//! `token_lists`: where each token stands. See `src/ops/kernels/token_lists.ts`.
use crate::args::{Args, Share};
use crate::constants::NONE;

/// The places of each token, one list behind the other. One thread sorts by counting: three passes over the vocabulary
/// and two over the places, a small part of what the gradient takes.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/token_lists.ts` declares.
pub unsafe fn token_lists(args: Args, share: Share) {
    if share.thread > 0 {
        return;
    }
    let (vocabulary, length) = (args.word(3), args.word(4));
    let padding = args.word(5);
    let tokens: &[u32] = args.read(0, length);
    let start = core::slice::from_raw_parts_mut(args.write::<u32>(1), vocabulary + 1);
    let order = core::slice::from_raw_parts_mut(args.write::<u32>(2), length);
    let is_listed = |token: usize| token < vocabulary && token != padding;
    start.fill(0);
    for &token in tokens {
        if is_listed(token as usize) {
            start[token as usize] += 1;
        }
    }
    // Where each list begins, and behind the last one how many places there are.
    let mut before = 0;
    for count in start.iter_mut() {
        before += core::mem::replace(count, before);
    }
    for (place, &token) in tokens.iter().enumerate() {
        if is_listed(token as usize) {
            order[start[token as usize] as usize] = place as u32;
            start[token as usize] += 1;
        }
    }
    order[before as usize..].fill(NONE);
    // Each number moved to the end of its list, which is where the next one begins.
    start.copy_within(0..vocabulary, 1);
    start[0] = 0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, Word};

    #[test]
    fn token_lists_hold_the_places_of_each_token_in_order() {
        for padding in [1, NONE as usize] {
            let mut tokens = [2, 0, 1, 2, 7, 2, 1, 4];
            let mut start = [NONE; 6];
            let mut order = [9; 8];
            let words = &mut [
                Word::U32(&mut tokens),
                Word::U32(&mut start),
                Word::U32(&mut order),
                Word::Number(5),
                Word::Number(8),
                Word::Number(padding),
            ];
            call(token_lists, 3, words);
            if padding == 1 {
                assert_eq!(start, [0, 1, 1, 4, 4, 5]);
                assert_eq!(order, [1, 0, 3, 5, 7, NONE, NONE, NONE]);
            } else {
                assert_eq!(start, [0, 1, 3, 6, 6, 7]);
                assert_eq!(order, [1, 2, 6, 0, 3, 5, 7, NONE]);
            }
        }
    }
}
