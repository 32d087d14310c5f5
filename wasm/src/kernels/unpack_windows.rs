//! `unpack_windows`: inputs of an N:M matrix from their places inside the windows. See
//! `src/ops/kernels/unpack_windows.ts`.
use crate::args::{Args, Share};

/// Slots in one step; `stride` is a multiple of it.
const STEP: usize = 4;

/// `index[slot] = window of slot * m + place of slot`, 0 on padding.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/unpack_windows.ts` declares.
pub unsafe fn unpack_windows(args: Args, share: Share) {
    let packed = args.word(0) as *const u32;
    let (n, m, bits) = (args.word(2), args.word(3), args.word(4));
    let (per_row, stride, capacity) = (args.word(5), args.word(6), args.word(7));
    let wide = args.word(8) != 0;
    let starts: *mut u32 = share.scratch.cast();
    for i in 0..stride {
        *starts.add(i) = (i / n * m) as u32;
    }
    let part = share.range(capacity / STEP);
    let mut inside = if stride == 0 { 0 } else { part.start * STEP % stride };
    let mask = (1u64 << bits) - 1;
    for step in part {
        let first = (step * STEP * bits) as u64;
        // The four places lie in one word or in two: the second is read only if they reach it.
        let last = (first + (STEP * bits) as u64).max(first + 1) - 1;
        let low = *packed.add((first / 32) as usize);
        let high = *packed.add((last / 32) as usize);
        let four = (u64::from(high) << 32 | u64::from(low)) >> (first % 32);
        let input = |i: usize| {
            if inside + i >= per_row {
                return 0;
            }
            *starts.add(inside + i) + (four >> (i * bits) & mask) as u32
        };
        if wide {
            let to = args.write::<u32>(1).add(step * STEP);
            for i in 0..STEP {
                *to.add(i) = input(i);
            }
        } else {
            let to = args.write::<u32>(1).add(step * STEP / 2);
            *to = input(0) | input(1) << 16;
            *to.add(1) = input(2) | input(3) << 16;
        }
        inside += STEP;
        if inside == stride {
            inside = 0;
        }
    }
}
