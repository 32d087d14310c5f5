//! `record`: one entry of a ring. See `src/ops/kernels/record.ts`.
use crate::args::{Args, Share};
use crate::step;

/// `ring[step.slot % size] = value[0]`.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/record.ts` declares.
pub unsafe fn record(args: Args, share: Share) {
    if share.thread > 0 {
        return;
    }
    let value: &[f32] = args.read(0, 1);
    let block: &[u32] = args.read(1, step::WORDS);
    *args.write::<f32>(2).add(block[step::SLOT] as usize % args.word(3)) = value[0];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, step_block, Word};

    #[test]
    fn record_goes_round() {
        let mut ring = [-1.0; 3];
        for slot in 0..5u32 {
            let (mut value, mut block) = ([slot as f32], step_block(&[(step::SLOT, slot)]));
            let words = &mut [
                Word::F32(&mut value),
                Word::U32(&mut block),
                Word::F32(&mut ring),
                Word::Number(3),
            ];
            call(record, 2, words);
        }
        assert_eq!(ring, [3.0, 4.0, 2.0]);
    }
}
