//! Which members of N:M segments are in a mask, ties to the lowest: four segments at a time, one in each lane.
use super::nm_words::MAGNITUDE;
use crate::simd::{F32x4, U32x4};

/// Longest segment whose members are ranked by comparing all pairs.
const RANKED: usize = 8;

/// Four words.
///
/// # Safety
/// Sixteen bytes from `from` on must be readable.
#[inline(always)]
pub unsafe fn load(from: *const u32) -> U32x4 {
    F32x4::load(from.cast()).words()
}

/// Writes four words.
///
/// # Safety
/// Sixteen bytes from `to` on must be writable.
#[inline(always)]
pub unsafe fn store(words: U32x4, to: *mut u32) {
    words.floats().store(to.cast());
}

/// All bits for the `n` largest of each segment, none for its others. May use the magnitudes up.
///
/// # Safety
/// `keys` must hold the magnitudes of four segments for each of the members, and `inside` the room for as many masks.
pub unsafe fn choose_largest(keys: *mut u32, inside: *mut u32, members: usize, n: usize) {
    match members {
        2 => ranked::<2>(keys, inside, n),
        3 => ranked::<3>(keys, inside, n),
        4 => ranked::<4>(keys, inside, n),
        5 => ranked::<5>(keys, inside, n),
        6 => ranked::<6>(keys, inside, n),
        7 => ranked::<7>(keys, inside, n),
        RANKED => ranked::<RANKED>(keys, inside, n),
        _ => searched(keys, inside, members, n),
    }
}

/// The `n` largest of `M`: those of which fewer than `n` are larger, or as large and before them.
#[inline(always)]
unsafe fn ranked<const M: usize>(keys: *const u32, inside: *mut u32, n: usize) {
    let key: [U32x4; M] = core::array::from_fn(|j| load(keys.add(4 * j)));
    let mut rank: [U32x4; M] = core::array::from_fn(|j| U32x4::splat(j as u32));
    for j in 1..M {
        for i in 0..j {
            // All bits are -1.
            let larger = key[j].above(key[i]);
            rank[j] = rank[j].plus(larger);
            rank[i] = rank[i].minus(larger);
        }
    }
    for (j, rank) in rank.into_iter().enumerate() {
        store(U32x4::splat(n as u32).above(rank), inside.add(4 * j));
    }
}

/// The `n` largest of many, one after the other, or what is left without the smallest. Uses the magnitudes up.
unsafe fn searched(keys: *mut u32, inside: *mut u32, members: usize, n: usize) {
    let few = n <= members - n;
    let (rounds, taken, mark) =
        if few { (n, u32::MAX, u32::MAX) } else { (members - n, MAGNITUDE, 0) };
    core::slice::from_raw_parts_mut(inside, 4 * members).fill(!mark);
    for _ in 0..rounds {
        let mut best = U32x4::splat(taken);
        let mut at = U32x4::splat(0);
        for step in 0..members {
            // The first of equal ones is the largest, the last of them the smallest.
            let j = if few { step } else { members - 1 - step };
            let key = load(keys.add(4 * j));
            let better = if few { key.above(best) } else { best.above(key) };
            best = key.pick(best, better);
            at = U32x4::splat(j as u32).pick(at, better);
        }
        for (lane, j) in at.to_array().into_iter().enumerate() {
            let place = 4 * j as usize + lane;
            *inside.add(place) = mark;
            *keys.add(place) = taken;
        }
    }
}
