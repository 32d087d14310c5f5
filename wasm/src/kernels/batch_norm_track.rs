//! `batch_norm_track`: running statistics follow those of a batch. See `src/ops/kernels/batch_norm_track.ts`.
use crate::args::{Args, Share};
use crate::step;

/// `running += momentum * (statistics - running)`, with the unbiased variance of the batch.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/batch_norm_track.ts` declares.
pub unsafe fn batch_norm_track(args: Args, share: Share) {
    let running = args.write::<f32>(0);
    let (rows, runs, momentum) = (args.word(3), args.word(4), args.float(5));
    let statistics: &[f32] = args.read(1, 2 * rows);
    let examples = args.read::<u32>(2, step::WORDS)[step::EXAMPLES] as usize;
    let count = (runs * examples).max(2) as f32;
    let unbiased = count / (count - 1.0);
    for row in share.range(rows) {
        let (mean, variance) = (running.add(row), running.add(rows + row));
        *mean += momentum * (statistics[row] - *mean);
        *variance += momentum * (statistics[rows + row] * unbiased - *variance);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{assert_close, call, step_block, Word};

    #[test]
    fn batch_norm_track_moves_towards_the_batch() {
        for threads in [1, 3] {
            let (mut running, mut statistics) = ([0.0, 1.0, 1.0, 2.0], [10.0, 1.0, 3.0, 2.0]);
            let mut block = step_block(&[(step::EXAMPLES, 2)]);
            let words = &mut [
                Word::F32(&mut running),
                Word::F32(&mut statistics),
                Word::U32(&mut block),
                Word::Number(2),
                Word::Number(2),
                Word::Float(0.1),
            ];
            call(batch_norm_track, threads, words);
            // Four elements: the unbiased variances are 4 and 8 / 3.
            assert_close(&running, &[1.0, 1.0, 1.3, 2.0 + 0.2 / 3.0], 1e-6);
        }
    }
}
