//! `permute`: values in the order of the transposed view. See `src/ops/kernels/permute.ts`.
use super::elementwise::each_vector;
use super::lists::{Index, Wide};
use crate::args::{Args, Share};
use crate::constants::NONE;
use crate::simd::F32x4;

/// `out[i] = values[slot[i]]`, 0 where there is no slot.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/permute.ts` declares.
pub unsafe fn permute(args: Args, share: Share) {
    let slot = args.word(0) as *const u32;
    let (values, out) = (args.word(1) as *const f32, args.write::<f32>(2));
    let value = |slot: usize| if slot == NONE as usize { 0.0 } else { *values.add(slot) };
    let length = args.word(3);
    each_vector(length, share, |i, lanes| {
        if i + 4 <= length {
            let four = Wide::four(slot, i);
            lanes.store(F32x4::from_array(four.map(value)), out.add(i));
        } else {
            for i in i..length {
                *out.add(i) = value(*slot.add(i) as usize);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn permute_gathers_and_writes_zero_where_there_is_no_slot() {
        for length in [1, 4, 7, 64] {
            for threads in [1, 3] {
                let mut values = numbers(50, 1);
                let mut slot: Vec<u32> =
                    (0..length).map(|i| if i % 3 == 2 { NONE } else { i * 7 % 50 }).collect();
                let expected: Vec<f32> = slot
                    .iter()
                    .map(|&s| if s == NONE { 0.0 } else { values[s as usize] })
                    .collect();
                let mut out = vec![f32::NAN; length as usize];
                let words = &mut [
                    Word::U32(&mut slot),
                    Word::F32(&mut values),
                    Word::F32(&mut out),
                    Word::Number(length as usize),
                ];
                call(permute, threads, words);
                assert_eq!(out, expected);
            }
        }
    }
}
