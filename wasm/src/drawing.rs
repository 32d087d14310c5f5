//! What a weight begins with: lists drawn as a whole, and normal numbers. The host's `src/sparse/drawing.ts` calls it, whatever
//! the device that trains.
//!
//! # Safety
//! Of every function: a pointer is aligned to its numbers and lies at the start of as many as its doc says, and what is written
//! does not overlap what is read.

// The conditions are the same for all functions, see above.
#![allow(clippy::missing_safety_doc, clippy::too_many_arguments)]

use crate::random::{Key, Many, USE_PATTERN, USE_VALUES};
use crate::rewire::{bits, draw::draw_distinct};
use core::f64::consts::PI;
use core::slice::{from_raw_parts, from_raw_parts_mut};
use wasm_bindgen::prelude::wasm_bindgen;

/// Logarithm, sine and cosine are the host's, so that a normal number has the bits that it has there.
#[cfg(target_arch = "wasm32")]
mod math {
    #[link(wasm_import_module = "math")]
    unsafe extern "C" {
        pub safe fn log(x: f64) -> f64;
        pub safe fn sin(x: f64) -> f64;
        pub safe fn cos(x: f64) -> f64;
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod math {
    pub fn log(x: f64) -> f64 {
        x.ln()
    }
    pub fn sin(x: f64) -> f64 {
        x.sin()
    }
    pub fn cos(x: f64) -> f64 {
        x.cos()
    }
}

/// 2^-32.
const WORD: f64 = 1.0 / 4_294_967_296.0;

/// A sequence of normal numbers of mean 0 and deviation 1 (Box and Muller). Mirrors `Random.normal` of `src/device/random.ts`.
pub struct Normals {
    random: Many,
    spare: Option<f64>,
}

impl Normals {
    /// Starts the sequence.
    pub fn new(random: Many) -> Self {
        Self { random, spare: None }
    }

    /// The next one.
    #[inline(never)]
    pub fn next_number(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let uniform = (f64::from(self.random.next_word()) + 1.0) * WORD;
        let radius = (-2.0 * math::log(uniform)).sqrt();
        let angle = 2.0 * PI * f64::from(self.random.next_word()) * WORD;
        self.spare = Some(radius * math::sin(angle));
        radius * math::cos(angle)
    }

    /// The next one that is at most `most` from 0.
    pub fn next_within(&mut self, most: f64) -> f64 {
        loop {
            let number = self.next_number();
            if number.abs() <= most {
                return number;
            }
        }
    }
}

/// The entries of `lists` lists from `first` on, `count` distinct ones below `entries` each, ascending, into
/// `out[lists * stride]`: those of list i begin at `stride * i`, and what follows them up to the next stays as it is. A list
/// depends on its number and the key alone.
#[wasm_bindgen]
pub unsafe fn draw_lists(
    seed_low: u32,
    seed_high: u32,
    stream: u32,
    first: usize,
    lists: usize,
    entries: usize,
    count: usize,
    stride: usize,
    out: *mut u32,
) {
    let key = Key { seed: [seed_low, seed_high], purpose: USE_PATTERN, stream, step: 0 };
    let out = from_raw_parts_mut(out, lists * stride);
    let mut drawn = vec![0; bits::words(entries)];
    for list in 0..lists {
        let picks = &mut out[list * stride..list * stride + count];
        let mut random = Many::new(key, (first + list) as u32);
        draw_distinct(|bound| random.below(bound), entries, picks, &mut drawn);
    }
}

/// Begins a sequence of first values, to be given to `draw_values` and, in the end, to `draw_end`.
#[wasm_bindgen]
pub fn draw_begin(seed_low: u32, seed_high: u32, stream: u32) -> *mut u8 {
    let key = Key { seed: [seed_low, seed_high], purpose: USE_VALUES, stream, step: 0 };
    Box::into_raw(Box::new(Normals::new(Many::new(key, 0)))).cast()
}

/// Gives back what `draw_begin` gave.
#[wasm_bindgen]
pub unsafe fn draw_end(normals: *mut u8) {
    drop(Box::from_raw(normals.cast::<Normals>()));
}

/// The next first values of a sequence, into `out[length]`: run after run, from `span[2 * run]` up to `span[2 * run + 1]`, normal
/// numbers within `most` times `scale[run]`. `out` begins with the first run.
#[wasm_bindgen]
pub unsafe fn draw_values(
    normals: *mut u8,
    span: *const u32,
    scale: *const f64,
    runs: usize,
    most: f64,
    out: *mut f32,
    length: usize,
) {
    let normals = &mut *normals.cast::<Normals>();
    let out = from_raw_parts_mut(out, length);
    let span = from_raw_parts(span, 2 * runs);
    let first = span.first().map_or(0, |&begin| begin as usize);
    for (run, scale) in span.chunks_exact(2).zip(from_raw_parts(scale, runs)) {
        for value in &mut out[run[0] as usize - first..run[1] as usize - first] {
            *value = (scale * normals.next_within(most)) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normals(stream: u32) -> Normals {
        let key = Key { seed: [7, 0], purpose: USE_VALUES, stream, step: 0 };
        Normals::new(Many::new(key, 0))
    }

    #[test]
    fn normals_have_mean_and_deviation() {
        let mut drawn = normals(1);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..100_000 {
            let number = drawn.next_number();
            sum += number;
            squares += number * number;
        }
        // Five deviations of the estimates: 1 / sqrt(n) and sqrt(2 / n).
        assert!((sum / 1e5).abs() < 0.016 && (squares / 1e5 - 1.0).abs() < 0.023);
    }

    #[test]
    fn draw_values_goes_on_where_it_was_and_leaves_gaps() {
        let (span, scale) = ([1, 4, 6, 8, 8, 8], [1.0, 3.0, 5.0]);
        let mut whole = normals(2);
        let expected: Vec<f64> = (0..5).map(|_| whole.next_within(2.0)).collect();
        for at in 0..=3 {
            let mut out = [f32::NAN; 9];
            unsafe {
                let state = draw_begin(7, 0, 2);
                for (from, to) in [(0, at), (at, 3)] {
                    let (span, scale) = (&span[2 * from..2 * to], &scale[from..to]);
                    let out = &mut out[span.first().map_or(0, |&begin| begin as usize)..];
                    let (runs, length) = (to - from, out.len());
                    let (begin, scale) = (span.as_ptr(), scale.as_ptr());
                    draw_values(state, begin, scale, runs, 2.0, out.as_mut_ptr(), length);
                }
                draw_end(state);
            }
            let gaps = [0, 4, 5, 8].map(|i| out[i].is_nan());
            assert_eq!(gaps, [true; 4]);
            let got = [out[1], out[2], out[3], out[6] / 3.0, out[7] / 3.0];
            for (value, number) in got.into_iter().zip(&expected) {
                assert!((f64::from(value) - number).abs() <= 1e-6);
            }
        }
    }

    #[test]
    fn draw_lists_draws_each_by_its_number() {
        let mut all = [99; 5 * 4];
        let mut last = [99; 2 * 4];
        unsafe {
            draw_lists(3, 0, 1, 0, 5, 9, 3, 4, all.as_mut_ptr());
            draw_lists(3, 0, 1, 3, 2, 9, 3, 4, last.as_mut_ptr());
        }
        assert_eq!(all[3 * 4..], last);
        for list in all.chunks(4) {
            assert!(list[0] < list[1] && list[1] < list[2] && list[2] < 9 && list[3] == 99);
        }
    }
}
