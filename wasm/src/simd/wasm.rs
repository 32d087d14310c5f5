//! The lanes as one WebAssembly vector.
use core::arch::wasm32::*;

use super::U32x4;

/// Four f32 lanes.
#[derive(Clone, Copy)]
pub struct F32x4(pub(super) v128);

impl F32x4 {
    /// `value` in every lane.
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array(lanes: [f32; 4]) -> Self {
        Self(f32x4(lanes[0], lanes[1], lanes[2], lanes[3]))
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        [
            f32x4_extract_lane::<0>(self.0),
            f32x4_extract_lane::<1>(self.0),
            f32x4_extract_lane::<2>(self.0),
            f32x4_extract_lane::<3>(self.0),
        ]
    }

    /// Reads four floats; `from` needs no alignment beyond 4.
    ///
    /// # Safety
    /// Sixteen bytes from `from` on must be readable.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        Self(v128_load(from.cast()))
    }

    /// Reads a float into every lane.
    ///
    /// # Safety
    /// It must be readable.
    #[inline(always)]
    pub unsafe fn spread(from: *const f32) -> Self {
        Self(v128_load32_splat(from.cast()))
    }

    /// Reads one float for each lane.
    ///
    /// # Safety
    /// Each pointer must be readable.
    #[inline(always)]
    pub unsafe fn gather(from: [*const f32; 4]) -> Self {
        let lanes = v128_load32_zero(from[0].cast());
        let lanes = v128_load32_lane::<1>(lanes, from[1].cast());
        let lanes = v128_load32_lane::<2>(lanes, from[2].cast());
        Self(v128_load32_lane::<3>(lanes, from[3].cast()))
    }

    /// Writes four floats; `to` needs no alignment beyond 4.
    ///
    /// # Safety
    /// Sixteen bytes from `to` on must be writable.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        v128_store(to.cast(), self.0)
    }

    /// Lane `I` in every lane.
    #[inline(always)]
    pub fn lane<const I: usize>(self) -> Self {
        Self(match I {
            0 => i32x4_shuffle::<0, 0, 0, 0>(self.0, self.0),
            1 => i32x4_shuffle::<1, 1, 1, 1>(self.0, self.0),
            2 => i32x4_shuffle::<2, 2, 2, 2>(self.0, self.0),
            _ => i32x4_shuffle::<3, 3, 3, 3>(self.0, self.0),
        })
    }

    /// `self + a * b`: fused where relaxed SIMD is on, otherwise two roundings.
    #[inline(always)]
    pub fn madd(self, a: Self, b: Self) -> Self {
        #[cfg(target_feature = "relaxed-simd")]
        return Self(f32x4_relaxed_madd(a.0, b.0, self.0));
        #[cfg(not(target_feature = "relaxed-simd"))]
        return Self(f32x4_add(self.0, f32x4_mul(a.0, b.0)));
    }

    /// The lesser lanes: `other < self ? other : self`, so a NaN in `self` stays.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(f32x4_pmin(self.0, other.0))
    }

    /// The greater lanes: `self < other ? other : self`, so a NaN in `self` stays.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }

    /// The greater lanes; NaN where either is NaN.
    #[inline(always)]
    pub fn maximum(self, other: Self) -> Self {
        Self(f32x4_max(self.0, other.0))
    }

    /// Square roots.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(f32x4_sqrt(self.0))
    }

    /// Absolute values.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(f32x4_abs(self.0))
    }

    /// The lanes of `self` where `gate > 0`, otherwise 0.
    #[inline(always)]
    pub fn gate(self, gate: Self) -> Self {
        Self(v128_and(self.0, f32x4_gt(gate.0, f32x4_splat(0.0))))
    }

    /// The lanes of `self` where `gate > 0`, otherwise those of `other`.
    #[inline(always)]
    pub fn select(self, other: Self, gate: Self) -> Self {
        Self(v128_bitselect(self.0, other.0, f32x4_gt(gate.0, f32x4_splat(0.0))))
    }

    /// The lanes of `self` where `a` equals `b`, otherwise 0.
    #[inline(always)]
    pub fn where_equal(self, a: Self, b: Self) -> Self {
        Self(v128_and(self.0, f32x4_eq(a.0, b.0)))
    }

    /// The lanes of `self` where `a` does not equal `b`, otherwise 0.
    #[inline(always)]
    pub fn where_different(self, a: Self, b: Self) -> Self {
        Self(v128_and(self.0, f32x4_ne(a.0, b.0)))
    }

    /// The lanes of `self` where those of `draws` are at least `least`, otherwise 0; both are below 2^31.
    #[inline(always)]
    pub fn where_least(self, draws: U32x4, least: U32x4) -> Self {
        Self(v128_and(self.0, i32x4_ge(draws.0, least.0)))
    }

    /// The same bits as words.
    #[inline(always)]
    pub fn words(self) -> U32x4 {
        U32x4(self.0)
    }

    /// Bit i is set where lane i of `self` is greater than that of `other`.
    #[inline(always)]
    pub fn greater(self, other: Self) -> u32 {
        u32::from(i32x4_bitmask(f32x4_gt(self.0, other.0)))
    }

    /// Whether every lane is 0, of either sign.
    #[inline(always)]
    pub fn vanishes(self) -> bool {
        i32x4_bitmask(f32x4_eq(self.0, f32x4_splat(0.0))) == 0b1111
    }

    /// The lanes of `self` times 2 to the power of those of `exponent`, integers of any sign, as bits are added: the product must
    /// be a normal number.
    #[inline(always)]
    pub fn raised(self, exponent: U32x4) -> Self {
        Self(i32x4_add(self.0, i32x4_shl(exponent.0, 23)))
    }

    /// Lanes 0 and 1 of `self`, alternating with those of `other`.
    #[inline(always)]
    pub fn zip_low(self, other: Self) -> Self {
        Self(i32x4_shuffle::<0, 4, 1, 5>(self.0, other.0))
    }

    /// Lanes 2 and 3 of `self`, alternating with those of `other`.
    #[inline(always)]
    pub fn zip_high(self, other: Self) -> Self {
        Self(i32x4_shuffle::<2, 6, 3, 7>(self.0, other.0))
    }

    /// Lanes 0 and 1 of `self`, then those of `other`.
    #[inline(always)]
    pub fn low_halves(self, other: Self) -> Self {
        Self(i64x2_shuffle::<0, 2>(self.0, other.0))
    }

    /// Lanes 2 and 3 of `self`, then those of `other`.
    #[inline(always)]
    pub fn high_halves(self, other: Self) -> Self {
        Self(i64x2_shuffle::<1, 3>(self.0, other.0))
    }

    /// Lane i is lane `i + BY` of `self`, counted round.
    #[inline(always)]
    pub fn rotate<const BY: usize>(self) -> Self {
        Self(match BY {
            0 => self.0,
            1 => i32x4_shuffle::<1, 2, 3, 0>(self.0, self.0),
            2 => i32x4_shuffle::<2, 3, 0, 1>(self.0, self.0),
            _ => i32x4_shuffle::<3, 0, 1, 2>(self.0, self.0),
        })
    }

    /// Lane i is lane i of vector i.
    #[inline(always)]
    pub fn diagonal([a, b, c, d]: [Self; 4]) -> Self {
        let ab = i32x4_shuffle::<0, 5, 2, 7>(a.0, b.0);
        let cd = i32x4_shuffle::<0, 5, 2, 7>(c.0, d.0);
        Self(i32x4_shuffle::<0, 1, 6, 7>(ab, cd))
    }
}

impl core::ops::Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }
}

impl core::ops::Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
}

impl core::ops::Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
}

impl core::ops::Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }
}

/// Eight u16 lanes.
#[derive(Clone, Copy)]
pub struct U16x8(v128);

impl U16x8 {
    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array(lanes: [u16; 8]) -> Self {
        let [a, b, c, d, e, f, g, h] = lanes;
        Self(u16x8(a, b, c, d, e, f, g, h))
    }

    /// Reads sixteen bytes, at any address.
    ///
    /// # Safety
    /// They must be readable.
    #[inline(always)]
    pub unsafe fn load<T>(from: *const T) -> Self {
        Self(v128_load(from.cast()))
    }

    /// Writes eight numbers, at any address.
    ///
    /// # Safety
    /// Sixteen bytes from `to` on must be writable.
    #[inline(always)]
    pub unsafe fn store<T>(self, to: *mut T) {
        v128_store(to.cast(), self.0)
    }

    /// Byte i is byte `at[i]` of `self`, seen as sixteen bytes, the low half of a lane first.
    #[inline(always)]
    pub fn bytes(self, at: Self) -> Self {
        Self(i8x16_swizzle(self.0, at.0))
    }

    /// Products without what does not fit.
    #[inline(always)]
    pub fn times(self, other: Self) -> Self {
        Self(i16x8_mul(self.0, other.0))
    }

    /// Every lane shifted right.
    #[inline(always)]
    pub fn shift_right(self, bits: u32) -> Self {
        Self(u16x8_shr(self.0, bits))
    }

    /// The bits that are set in both.
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }

    /// Sums without what does not fit.
    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self(i16x8_add(self.0, other.0))
    }
}
