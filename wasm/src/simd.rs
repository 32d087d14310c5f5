//! Four f32 or u32 lanes, or eight u16, on WebAssembly SIMD or as plain arrays.
//!
//! Each type, [`F32x4`] above all, has two bodies: `core::arch::wasm32` on wasm32 and an array elsewhere, so
//! that every kernel also runs (and is tested) natively. Apart from [`F32x4::madd`], which rounds once
//! where the target has relaxed SIMD and a fused instruction, both bodies give the same bits.
//!
//! V8 checks the bounds of each memory access by itself, so kernels count accesses: read four
//! weights as one vector and spread them with [`F32x4::lane`], never four `splat(*p)`.

#[cfg_attr(target_arch = "wasm32", path = "simd/wasm.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "simd/portable.rs")]
mod body;

#[cfg_attr(target_arch = "wasm32", path = "simd/wasm_words.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "simd/portable_words.rs")]
mod words;

pub use body::{F32x4, U16x8};
pub use words::U32x4;

impl F32x4 {
    /// Zero in every lane.
    #[inline(always)]
    pub fn zero() -> Self {
        Self::splat(0.0)
    }

    /// The sum of the lanes, in the order `(0 + 2) + (1 + 3)`.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        (a + c) + (b + d)
    }

    /// The transpose of the 4 x 4 matrix whose rows are given.
    #[inline(always)]
    pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
        let (ab_low, ab_high) = (a.zip_low(b), a.zip_high(b));
        let (cd_low, cd_high) = (c.zip_low(d), c.zip_high(d));
        [
            ab_low.low_halves(cd_low),
            ab_low.high_halves(cd_low),
            ab_high.low_halves(cd_high),
            ab_high.high_halves(cd_high),
        ]
    }

    /// Lane i is the sum of the lanes of `vectors[i]`, in the order of [`F32x4::sum`].
    #[inline(always)]
    pub fn sums([a, b, c, d]: [Self; 4]) -> Self {
        let ab = a.zip_low(b) + a.zip_high(b);
        let cd = c.zip_low(d) + c.zip_high(d);
        ab.low_halves(cd) + ab.high_halves(cd)
    }
}

#[cfg(test)]
mod tests;
