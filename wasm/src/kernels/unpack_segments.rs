//! `unpack_segments`: inputs of an N:M matrix from their places inside the segments. See
//! `src/ops/kernels/unpack_segments.ts`.
//!
//! Eight places take as many bytes as one takes bits: they begin at a byte, whatever the row. For u16,
//! eight lanes each take the two bytes that their place lies in, multiply it to the top and shift it
//! down. Where segments begin is the same for all rows, and comes from a table.
use core::array::from_fn;

use crate::args::{Args, Share};
use crate::simd::U16x8;

/// Slots in one step.
const STEP: usize = 8;

/// `index[slot] = segment of slot * m + place of slot`, 0 on padding.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/unpack_segments.ts` declares.
pub unsafe fn unpack_segments(args: Args, share: Share) {
    let (stride, capacity) = (args.word(6), args.word(7));
    let call = Call {
        packed: args.word(0) as *const u8,
        n: args.word(2),
        m: args.word(3),
        bits: args.word(4),
        per_row: args.word(5),
        stride,
    };
    let steps = share.range(capacity.div_ceil(STEP));
    let part = steps.start * STEP..capacity.min(steps.end * STEP);
    if args.word(8) != 0 {
        let index: *mut u32 = args.write(1);
        for slot in part {
            *index.add(slot) = call.input(slot);
        }
        return;
    }
    let index: *mut u16 = args.write(1);
    // A step reads sixteen bytes, though it needs no more than eight of them.
    let bytes = (capacity * call.bits).div_ceil(32) * 4;
    let fast = bytes.saturating_sub(16) / call.bits * STEP;
    let whole = part.start..part.end.min(fast) / STEP * STEP;
    call.narrow(whole.clone(), index, share.scratch.cast());
    for slot in whole.end.max(part.start)..part.end {
        *index.add(slot) = call.input(slot) as u16;
    }
}

struct Call {
    packed: *const u8,
    n: usize,
    m: usize,
    bits: usize,
    per_row: usize,
    stride: usize,
}

impl Call {
    /// The input of one slot.
    unsafe fn input(&self, slot: usize) -> u32 {
        let inside = slot % self.stride;
        if inside >= self.per_row {
            return 0;
        }
        let bit = slot * self.bits;
        let low = u32::from(*self.packed.add(bit / 8));
        // The second byte is read only if the place reaches it.
        let high = u32::from(*self.packed.add((bit + self.bits - 1) / 8));
        let place = (high << 8 | low) >> (bit % 8) & ((1 << self.bits) - 1);
        (inside / self.n * self.m) as u32 + place
    }

    /// The inputs of the slots `part`, whole steps, as u16. The table takes `2 (stride + 8)` numbers.
    unsafe fn narrow(&self, part: core::ops::Range<usize>, index: *mut u16, table: *mut u16) {
        let Self { n, m, bits, per_row, stride, .. } = *self;
        if part.is_empty() {
            return;
        }
        // A step may begin in any row and reach into the next ones.
        let (starts, masks) = (table, table.add(stride + STEP));
        for i in 0..stride + STEP {
            let inside = i % stride;
            let active = inside < per_row;
            *starts.add(i) = if active { (inside / n * m) as u16 } else { 0 };
            *masks.add(i) = if active { u16::MAX } else { 0 };
        }
        let at = U16x8::from_array(from_fn(|i| {
            let byte = (i * bits / 8) as u16;
            (byte + 1) << 8 | byte
        }));
        let up = U16x8::from_array(from_fn(|i| 1 << (16 - bits - i * bits % 8)));
        let mut inside = part.start % stride;
        for slot in part.step_by(STEP) {
            let packed = U16x8::load(self.packed.add(slot / STEP * bits));
            let places = packed.bytes(at).times(up).shift_right(16 - bits as u32);
            let masked = places.and(U16x8::load(masks.add(inside)));
            masked.plus(U16x8::load(starts.add(inside))).store(index.add(slot));
            inside += STEP;
            while inside >= stride {
                inside -= stride;
            }
        }
    }
}
