//! The lanes as an array: the same bits, on any machine.

use core::array::from_fn;

use super::U32x4;

/// Four f32 lanes.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub struct F32x4(pub(super) [f32; 4]);

impl F32x4 {
    /// `value` in every lane.
    #[inline(always)]
    pub fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array(lanes: [f32; 4]) -> Self {
        Self(lanes)
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn to_array(self) -> [f32; 4] {
        self.0
    }

    /// Reads four floats; `from` needs no alignment beyond 4.
    ///
    /// # Safety
    /// Sixteen bytes from `from` on must be readable.
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Self {
        Self(from.cast::<[f32; 4]>().read())
    }

    /// Reads a float into every lane.
    ///
    /// # Safety
    /// It must be readable.
    #[inline(always)]
    pub unsafe fn spread(from: *const f32) -> Self {
        Self([*from; 4])
    }

    /// Reads one float for each lane.
    ///
    /// # Safety
    /// Each pointer must be readable.
    #[inline(always)]
    pub unsafe fn gather(from: [*const f32; 4]) -> Self {
        Self(from.map(|from| *from))
    }

    /// Writes four floats; `to` needs no alignment beyond 4.
    ///
    /// # Safety
    /// Sixteen bytes from `to` on must be writable.
    #[inline(always)]
    pub unsafe fn store(self, to: *mut f32) {
        to.cast::<[f32; 4]>().write(self.0)
    }

    /// Lane `I` in every lane.
    #[inline(always)]
    pub fn lane<const I: usize>(self) -> Self {
        Self([self.0[I]; 4])
    }

    /// `self + a * b`: fused where relaxed SIMD is on, otherwise two roundings.
    #[inline(always)]
    pub fn madd(self, a: Self, b: Self) -> Self {
        self + a * b
    }

    /// The lesser lanes: `other < self ? other : self`, so a NaN in `self` stays.
    #[inline(always)]
    pub fn min(self, other: Self) -> Self {
        Self(from_fn(|i| if other.0[i] < self.0[i] { other.0[i] } else { self.0[i] }))
    }

    /// The greater lanes: `self < other ? other : self`, so a NaN in `self` stays.
    #[inline(always)]
    pub fn max(self, other: Self) -> Self {
        Self(from_fn(|i| if self.0[i] < other.0[i] { other.0[i] } else { self.0[i] }))
    }

    /// The greater lanes; NaN where either is NaN.
    #[inline(always)]
    pub fn maximum(self, other: Self) -> Self {
        Self(from_fn(|i| match (self.0[i], other.0[i]) {
            (a, b) if a.is_nan() || b.is_nan() => f32::NAN,
            // Equal numbers have equal bits, but for zeros, of which 0 is greater than -0.
            (a, b) if a == b => f32::from_bits(a.to_bits() & b.to_bits()),
            (a, b) => a.max(b),
        }))
    }

    /// Square roots.
    #[inline(always)]
    pub fn sqrt(self) -> Self {
        Self(from_fn(|i| self.0[i].sqrt()))
    }

    /// Absolute values.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self(from_fn(|i| self.0[i].abs()))
    }

    /// The lanes of `self` where `gate > 0`, otherwise 0.
    #[inline(always)]
    pub fn gate(self, gate: Self) -> Self {
        Self(from_fn(|i| if gate.0[i] > 0.0 { self.0[i] } else { 0.0 }))
    }

    /// The lanes of `self` where `gate > 0`, otherwise those of `other`.
    #[inline(always)]
    pub fn select(self, other: Self, gate: Self) -> Self {
        Self(from_fn(|i| if gate.0[i] > 0.0 { self.0[i] } else { other.0[i] }))
    }

    /// The lanes of `self` where `a` equals `b`, otherwise 0.
    #[inline(always)]
    pub fn where_equal(self, a: Self, b: Self) -> Self {
        Self(from_fn(|i| if a.0[i] == b.0[i] { self.0[i] } else { 0.0 }))
    }

    /// The lanes of `self` where `a` does not equal `b`, otherwise 0.
    #[inline(always)]
    pub fn where_different(self, a: Self, b: Self) -> Self {
        Self(from_fn(|i| if a.0[i] == b.0[i] { 0.0 } else { self.0[i] }))
    }

    /// The lanes of `self` where those of `draws` are at least `least`, otherwise 0; both are below 2^31.
    #[inline(always)]
    pub fn where_least(self, draws: U32x4, least: U32x4) -> Self {
        Self(from_fn(|i| if draws.0[i] >= least.0[i] { self.0[i] } else { 0.0 }))
    }

    /// The same bits as words.
    #[inline(always)]
    pub fn words(self) -> U32x4 {
        U32x4(self.0.map(f32::to_bits))
    }

    /// Bit i is set where lane i of `self` is greater than that of `other`.
    #[inline(always)]
    pub fn greater(self, other: Self) -> u32 {
        (0..4).map(|i| u32::from(self.0[i] > other.0[i]) << i).sum()
    }

    /// Whether every lane is 0, of either sign.
    #[inline(always)]
    pub fn vanishes(self) -> bool {
        self.0.iter().all(|&lane| lane == 0.0)
    }

    /// The lanes of `self` times 2 to the power of those of `exponent`, integers of any sign, as bits are added: the product must
    /// be a normal number.
    #[inline(always)]
    pub fn raised(self, exponent: U32x4) -> Self {
        let exponent = exponent.to_array();
        Self(from_fn(|i| f32::from_bits(self.0[i].to_bits().wrapping_add(exponent[i] << 23))))
    }

    /// Lanes 0 and 1 of `self`, alternating with those of `other`.
    #[inline(always)]
    pub fn zip_low(self, other: Self) -> Self {
        Self([self.0[0], other.0[0], self.0[1], other.0[1]])
    }

    /// Lanes 2 and 3 of `self`, alternating with those of `other`.
    #[inline(always)]
    pub fn zip_high(self, other: Self) -> Self {
        Self([self.0[2], other.0[2], self.0[3], other.0[3]])
    }

    /// Lanes 0 and 1 of `self`, then those of `other`.
    #[inline(always)]
    pub fn low_halves(self, other: Self) -> Self {
        Self([self.0[0], self.0[1], other.0[0], other.0[1]])
    }

    /// Lanes 2 and 3 of `self`, then those of `other`.
    #[inline(always)]
    pub fn high_halves(self, other: Self) -> Self {
        Self([self.0[2], self.0[3], other.0[2], other.0[3]])
    }

    /// Lane i is lane `i + BY` of `self`, counted round.
    #[inline(always)]
    pub fn rotate<const BY: usize>(self) -> Self {
        Self(from_fn(|i| self.0[(i + BY) % 4]))
    }

    /// Lane i is lane i of vector i.
    #[inline(always)]
    pub fn diagonal(vectors: [Self; 4]) -> Self {
        Self(from_fn(|i| vectors[i].0[i]))
    }
}

impl core::ops::Add for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl core::ops::Sub for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl core::ops::Mul for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] * other.0[i]))
    }
}

impl core::ops::Div for F32x4 {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] / other.0[i]))
    }
}

/// Eight u16 lanes.
#[derive(Clone, Copy)]
pub struct U16x8([u16; 8]);

impl U16x8 {
    /// Lanes from an array.
    #[inline(always)]
    pub fn from_array(lanes: [u16; 8]) -> Self {
        Self(lanes)
    }

    /// Reads sixteen bytes, at any address.
    ///
    /// # Safety
    /// They must be readable.
    #[inline(always)]
    pub unsafe fn load<T>(from: *const T) -> Self {
        let bytes = from.cast::<[[u8; 2]; 8]>().read_unaligned();
        Self(bytes.map(u16::from_le_bytes))
    }

    /// Writes eight numbers, at any address.
    ///
    /// # Safety
    /// Sixteen bytes from `to` on must be writable.
    #[inline(always)]
    pub unsafe fn store<T>(self, to: *mut T) {
        to.cast::<[[u8; 2]; 8]>().write_unaligned(self.0.map(u16::to_le_bytes));
    }

    /// Byte i is byte `at[i]` of `self`, seen as sixteen bytes, the low half of a lane first.
    #[inline(always)]
    pub fn bytes(self, at: Self) -> Self {
        let bytes = self.0.map(u16::to_le_bytes);
        let bytes = bytes.as_flattened();
        Self(at.0.map(|at| u16::from_le_bytes(at.to_le_bytes().map(|i| bytes[usize::from(i)]))))
    }

    /// Products without what does not fit.
    #[inline(always)]
    pub fn times(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_mul(other.0[i])))
    }

    /// Every lane shifted right.
    #[inline(always)]
    pub fn shift_right(self, bits: u32) -> Self {
        Self(self.0.map(|lane| lane >> bits))
    }

    /// The bits that are set in both.
    #[inline(always)]
    pub fn and(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] & other.0[i]))
    }

    /// Sums without what does not fit.
    #[inline(always)]
    pub fn plus(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i].wrapping_add(other.0[i])))
    }
}
