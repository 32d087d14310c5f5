//! `block_transpose`: the units of a matrix in the order of the transposed view. See
//! `src/ops/kernels/block_transpose.ts`.
use core::array::from_fn;

use super::units::zero;
use crate::args::{Args, Share};
use crate::constants::NONE;
use crate::simd::F32x4;

/// `out[i, r, c] = values[slot[i], c, r]`, 0 where there is no slot.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/block_transpose.ts` declares.
pub unsafe fn block_transpose(args: Args, share: Share) {
    let slot = args.word(0) as *const u32;
    let (values, out) = (args.word(1) as *const f32, args.write::<f32>(2));
    let (length, height, width) = (args.word(3), args.word(4), args.word(5));
    let size = height * width;
    for i in share.range(length) {
        let to = out.add(i * size);
        match *slot.add(i) {
            NONE => zero(to, size),
            slot => transpose(values.add(slot as usize * size), width, height, to),
        }
    }
}

/// `to[j, i] = from[i, j]` for `rows` x `columns` elements.
unsafe fn transpose(from: *const f32, rows: usize, columns: usize, to: *mut f32) {
    if rows % 4 != 0 || columns % 4 != 0 {
        for i in 0..rows {
            for j in 0..columns {
                *to.add(j * rows + i) = *from.add(i * columns + j);
            }
        }
        return;
    }
    for i in (0..rows).step_by(4) {
        for j in (0..columns).step_by(4) {
            let vectors = from_fn(|k| F32x4::load(from.add((i + k) * columns + j)));
            for (k, vector) in F32x4::transpose(vectors).into_iter().enumerate() {
                vector.store(to.add((j + k) * rows + i));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn block_transpose_turns_each_unit_and_writes_zero_where_there_is_no_slot() {
        for (height, width) in [(4, 4), (8, 8), (16, 16), (32, 32), (8, 1), (16, 4)] {
            for threads in [1, 3] {
                let (length, size) = (9, height * width);
                let mut values = numbers(5 * size, 1);
                let mut slot: Vec<u32> =
                    (0..length as u32).map(|i| if i % 4 == 3 { NONE } else { i * 7 % 5 }).collect();
                let mut expected = vec![0.0; length * size];
                for (i, &slot) in slot.iter().enumerate().filter(|(_, &slot)| slot != NONE) {
                    for r in 0..height {
                        for c in 0..width {
                            expected[(i * height + r) * width + c] =
                                values[(slot as usize * width + c) * height + r];
                        }
                    }
                }
                let mut out = vec![f32::NAN; length * size];
                let words = &mut [
                    Word::U32(&mut slot),
                    Word::F32(&mut values),
                    Word::F32(&mut out),
                    Word::Number(length),
                    Word::Number(height),
                    Word::Number(width),
                ];
                call(block_transpose, threads, words);
                assert_eq!(out, expected);
            }
        }
    }
}
