//! Lanes of words as one WebAssembly vector.
use core::arch::wasm32::*;

use super::F32x4;

/// Four u32 lanes.
#[derive(Clone, Copy)]
pub struct U32x4(pub(super) v128);

impl U32x4 {
    /// `value` in every lane.
    #[inline(always)]
    pub fn splat(value: u32) -> Self {
        Self(u32x4_splat(value))
    }

    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array([a, b, c, d]: [u32; 4]) -> Self {
        Self(u32x4(a, b, c, d))
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [u32; 4] {
        [
            u32x4_extract_lane::<0>(self.0),
            u32x4_extract_lane::<1>(self.0),
            u32x4_extract_lane::<2>(self.0),
            u32x4_extract_lane::<3>(self.0),
        ]
    }

    /// Sums without what does not fit.
    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }

    /// The high and the low halves of the products.
    #[inline(always)]
    pub fn products(self, other: Self) -> (Self, Self) {
        let front = u64x2_extmul_low_u32x4(self.0, other.0);
        let back = u64x2_extmul_high_u32x4(self.0, other.0);
        (
            Self(i32x4_shuffle::<1, 3, 5, 7>(front, back)),
            Self(i32x4_shuffle::<0, 2, 4, 6>(front, back)),
        )
    }

    /// The bits that are set in one of both.
    #[inline(always)]
    pub fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    /// The low sixteen bits of every lane.
    #[inline(always)]
    pub fn low_half(self) -> Self {
        Self(v128_and(self.0, u32x4_splat(0xffff)))
    }

    /// The high sixteen bits of every lane.
    #[inline(always)]
    pub fn high_half(self) -> Self {
        Self(u32x4_shr(self.0, 16))
    }

    /// All bits where the lane of `self`, taken as i32, is greater than that of `other`; else none.
    #[inline(always)]
    pub fn above(self, other: Self) -> Self {
        Self(i32x4_gt(self.0, other.0))
    }

    /// Differences without what does not fit.
    #[inline(always)]
    pub fn minus(self, other: Self) -> Self {
        Self(i32x4_sub(self.0, other.0))
    }

    /// The lanes of `self` where `mask` has all bits, those of `other` where it has none.
    #[inline(always)]
    pub fn pick(self, other: Self, mask: Self) -> Self {
        Self(v128_bitselect(self.0, other.0, mask.0))
    }

    /// Bit i is set where the highest bit of lane i is.
    #[inline(always)]
    pub fn tops(self) -> u32 {
        u32::from(i32x4_bitmask(self.0))
    }

    /// The greater lanes, taken as i32.
    #[inline(always)]
    pub fn most(self, other: Self) -> Self {
        Self(i32x4_max(self.0, other.0))
    }

    /// Every lane shifted right.
    #[inline(always)]
    pub fn shift_right(self, bits: u32) -> Self {
        Self(u32x4_shr(self.0, bits))
    }

    /// Lane i is lane `i ^ 1` of `self`.
    #[inline(always)]
    pub fn swapped(self) -> Self {
        Self(i32x4_shuffle::<1, 0, 3, 2>(self.0, self.0))
    }

    /// The bits that are set in both.
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }

    /// Bit `4 v + i` is set where the highest bit of lane i of vector v is; a lane has all bits or none.
    #[inline(always)]
    pub fn tops_of([a, b, c, d]: [Self; 4]) -> u32 {
        let (ab, cd) = (i16x8_narrow_i32x4(a.0, b.0), i16x8_narrow_i32x4(c.0, d.0));
        u32::from(i8x16_bitmask(i8x16_narrow_i16x8(ab, cd)))
    }

    /// The same bits as floats.
    #[inline(always)]
    pub fn floats(self) -> F32x4 {
        F32x4(self.0)
    }
}
