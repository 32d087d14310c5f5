//! Which members of N:M segments are in a mask, chosen in registers: whole words of a mask, 32 inputs of a row.
//!
//! The n largest are those that are not below the n-th largest, which is found by going down so many times: the largest,
//! the largest below it, and on; from the other end, over complements, where that is shorter. Equal magnitudes are one
//! step down. Where that makes a mask too large, its word is refused: who calls has to rank.
use core::array::from_fn;

use crate::simd::{F32x4, U32x4};

/// The bits of a number but for its sign.
pub const MAGNITUDE: u32 = 0x7fff_ffff;

/// In the place of a segment's length: everything that is not 0 is in the mask.
pub const NONZERO: usize = 1;

/// In the place of a segment's length: everything is in the mask.
pub const ALL: usize = 0;

/// How segments are chosen from.
#[derive(Clone, Copy)]
pub struct Choice {
    /// Steps down.
    rounds: usize,
    /// What turns magnitudes into what is stepped down: nothing, or all bits of them.
    turn: U32x4,
    /// What turns those below the last step into those in the mask: all bits, or nothing.
    inside: U32x4,
    /// The first step, where there is none down.
    first: U32x4,
    /// Bits of a word.
    count: u32,
}

impl Choice {
    /// Of every `m`, which divides 32, `n`.
    pub fn new(n: usize, m: usize) -> Self {
        let out = m.saturating_sub(n);
        let few = n <= out;
        Self {
            rounds: if few { n } else { out },
            turn: U32x4::splat(if few { 0 } else { MAGNITUDE }),
            inside: U32x4::splat(if few { u32::MAX } else { 0 }),
            first: U32x4::splat(0),
            count: if m > NONZERO { (32 / m * n) as u32 } else { 0 },
        }
    }

    /// Of `m` members whatever they are, `n`; or all that are not 0.
    pub fn of_columns(n: usize, m: usize, nonzero: bool) -> Self {
        let choice = Self { count: (16 * n) as u32, ..Self::new(n, m) };
        match (nonzero, n >= m) {
            (true, _) => Self { rounds: 0, first: U32x4::splat(1), ..Self::new(1, 2) },
            (false, true) => Self { rounds: 0, ..Self::new(1, 2) },
            (false, false) => choice,
        }
    }

    /// Writes a segment along `members` rows, `stride` apart, for 16 columns, under their masks, times `beta` outside, and
    /// tells the bits of each row. Gives whether they are masks, as [`Choice::word`] does.
    ///
    /// # Safety
    /// `from` must be readable and `to` writable over 16 floats of each row.
    #[inline(always)]
    pub unsafe fn columns(
        &self,
        (from, to): (*const f32, *mut f32),
        (members, stride): (usize, usize),
        beta: F32x4,
        mut tell: impl FnMut(usize, u32),
    ) -> bool {
        let magnitude = U32x4::splat(MAGNITUDE);
        let row =
            |j: usize| -> [F32x4; 4] { from_fn(|i| F32x4::load(from.add(j * stride + 4 * i))) };
        let key = |value: F32x4| value.words().and(magnitude).xor(self.turn);
        let mut step = [self.first; 4];
        for round in 0..self.rounds {
            let mut next = [U32x4::splat(0); 4];
            for j in 0..members {
                let keys = row(j).map(key);
                next = from_fn(|i| {
                    let below = step[i].above(keys[i]);
                    next[i].most(if round == 0 { keys[i] } else { keys[i].and(below) })
                });
            }
            step = next;
        }
        let mut count = 0;
        for j in 0..members {
            let values = row(j);
            let masks = from_fn(|i| step[i].above(key(values[i])).xor(self.inside));
            let bits = U32x4::tops_of(masks);
            count += bits.count_ones();
            tell(j, bits);
            for (i, mask) in masks.into_iter().enumerate() {
                let outside = beta * values[i];
                let masked = values[i].words().pick(outside.words(), mask).floats();
                masked.store(to.add(j * stride + 4 * i));
            }
        }
        self.rounds == 0 || count == self.count
    }

    /// Writes 32 weights under their mask, times `beta` outside. Gives the mask, and whether it is one: not where equal
    /// magnitudes have made it too large. `VECTORS` is 4, or as many as a segment of `M` has.
    ///
    /// # Safety
    /// `from` must be readable and `to` writable over 32 floats.
    #[inline(always)]
    pub unsafe fn word<const M: usize, const VECTORS: usize>(
        &self,
        from: *const f32,
        to: *mut f32,
        beta: F32x4,
    ) -> (u32, bool) {
        let mut bits = 0;
        for part in (0..8).step_by(VECTORS) {
            let at = 4 * part;
            let values: [F32x4; VECTORS] = from_fn(|i| F32x4::load(from.add(at + 4 * i)));
            let masks = self.masks::<M, VECTORS>(values.map(F32x4::words));
            for i in (0..VECTORS).step_by(4) {
                bits |= U32x4::tops_of(from_fn(|j| masks[i + j])) << (at + 4 * i);
            }
            for i in 0..VECTORS {
                let outside = beta * values[i];
                let masked = values[i].words().pick(outside.words(), masks[i]).floats();
                masked.store(to.add(at + 4 * i));
            }
        }
        (bits, M <= NONZERO || bits.count_ones() == self.count)
    }

    /// All bits where a word is in the mask.
    #[inline(always)]
    fn masks<const M: usize, const VECTORS: usize>(
        &self,
        words: [U32x4; VECTORS],
    ) -> [U32x4; VECTORS] {
        let magnitude = U32x4::splat(MAGNITUDE);
        match M {
            ALL => return [U32x4::splat(u32::MAX); VECTORS],
            NONZERO => return words.map(|word| word.and(magnitude).above(U32x4::splat(0))),
            _ => {}
        }
        let keys = words.map(|word| word.and(magnitude).xor(self.turn));
        let mut step = largest::<M, VECTORS>(keys);
        for _ in 1..self.rounds {
            step = largest::<M, VECTORS>(from_fn(|i| keys[i].and(step[i].above(keys[i]))));
        }
        from_fn(|i| step[i].above(keys[i]).xor(self.inside))
    }
}

/// The largest of each segment of `M`, in each of its lanes.
#[inline(always)]
fn largest<const M: usize, const VECTORS: usize>(keys: [U32x4; VECTORS]) -> [U32x4; VECTORS] {
    if M == 2 {
        return keys.map(|key| key.most(key.swapped()));
    }
    let mut all = keys;
    for segment in (0..VECTORS).step_by(M.div_ceil(4).max(1)) {
        let mut most = keys[segment];
        for i in 1..M.div_ceil(4) {
            most = most.most(keys[segment + i]);
        }
        most = most.most(most.floats().rotate::<2>().words());
        most = most.most(most.floats().rotate::<1>().words());
        for i in 0..M.div_ceil(4) {
            all[segment + i] = most;
        }
    }
    all
}
