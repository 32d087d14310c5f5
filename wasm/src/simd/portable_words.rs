//! Lanes of words as an array: the same bits, on any machine.

use core::array::from_fn;

use super::F32x4;

/// Four u32 lanes.
#[derive(Clone, Copy)]
pub struct U32x4(pub(super) [u32; 4]);

impl U32x4 {
    /// `value` in every lane.
    #[inline(always)]
    pub fn splat(value: u32) -> Self {
        Self([value; 4])
    }

    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array(lanes: [u32; 4]) -> Self {
        Self(lanes)
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [u32; 4] {
        self.0
    }

    /// Sums without what does not fit.
    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_add(other.0[i])))
    }

    /// The high and the low halves of the products.
    #[inline(always)]
    pub fn products(self, other: Self) -> (Self, Self) {
        let products: [u64; 4] = from_fn(|i| u64::from(self.0[i]) * u64::from(other.0[i]));
        (
            Self(products.map(|product| (product >> 32) as u32)),
            Self(products.map(|product| product as u32)),
        )
    }

    /// The bits that are set in one of both.
    #[inline(always)]
    pub fn xor(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] ^ other.0[i]))
    }

    /// The low sixteen bits of every lane.
    #[inline(always)]
    pub fn low_half(self) -> Self {
        Self(self.0.map(|lane| lane & 0xffff))
    }

    /// The high sixteen bits of every lane.
    #[inline(always)]
    pub fn high_half(self) -> Self {
        Self(self.0.map(|lane| lane >> 16))
    }

    /// All bits where the lane of `self`, taken as i32, is greater than that of `other`; else none.
    #[inline(always)]
    pub fn above(self, other: Self) -> Self {
        Self(from_fn(|i| if self.0[i] as i32 > other.0[i] as i32 { u32::MAX } else { 0 }))
    }

    /// Differences without what does not fit.
    #[inline(always)]
    pub fn minus(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_sub(other.0[i])))
    }

    /// The lanes of `self` where `mask` has all bits, those of `other` where it has none.
    #[inline(always)]
    pub fn pick(self, other: Self, mask: Self) -> Self {
        Self(from_fn(|i| self.0[i] & mask.0[i] | other.0[i] & !mask.0[i]))
    }

    /// Bit i is set where the highest bit of lane i is.
    #[inline(always)]
    pub fn tops(self) -> u32 {
        (0..4).fold(0, |bits, i| bits | self.0[i] >> 31 << i)
    }

    /// The greater lanes, taken as i32.
    #[inline(always)]
    pub fn most(self, other: Self) -> Self {
        Self(from_fn(|i| (self.0[i] as i32).max(other.0[i] as i32) as u32))
    }

    /// Every lane shifted right.
    #[inline(always)]
    pub fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|lane| lane >> bits))
    }

    /// Lane i is lane `i ^ 1` of `self`.
    #[inline(always)]
    pub fn swapped(self) -> Self {
        Self(from_fn(|i| self.0[i ^ 1]))
    }

    /// The bits that are set in both.
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] & other.0[i]))
    }

    /// Bit `4 v + i` is set where the highest bit of lane i of vector v is; a lane has all bits or none.
    #[inline(always)]
    pub fn tops_of(vectors: [Self; 4]) -> u32 {
        (0..4).fold(0, |bits, v| bits | vectors[v].tops() << (4 * v))
    }

    /// The same bits as floats.
    #[inline(always)]
    pub fn floats(self) -> F32x4 {
        F32x4(self.0.map(f32::from_bits))
    }
}
