//! Helpers of the kernels' tests: calls a kernel natively, once per number of threads.

use crate::args::{Args, Kernel, Share};

/// A word of a kernel call.
pub enum Word<'a> {
    /// A buffer of numbers, read or written.
    F32(&'a mut [f32]),
    /// A buffer of unsigned integers, read or written.
    U32(&'a mut [u32]),
    /// A u32 parameter.
    Number(usize),
    /// An f32 parameter.
    Float(f32),
}

/// Calls the kernel as `threads` threads would, one after the other.
pub fn call(kernel: Kernel, threads: usize, words: &mut [Word]) {
    let words: Vec<usize> = words
        .iter_mut()
        .map(|word| match word {
            Word::F32(buffer) => buffer.as_mut_ptr() as usize,
            Word::U32(buffer) => buffer.as_mut_ptr() as usize,
            Word::Number(number) => *number,
            Word::Float(float) => float.to_bits() as usize,
        })
        .collect();
    for thread in 0..threads {
        let share = Share { thread, threads, scratch: core::ptr::null_mut() };
        // SAFETY: each test hands over buffers of the lengths that its parameters tell.
        unsafe { kernel(Args(&words), share) };
    }
}

/// Reproducible numbers from -2 to 2, different for each `seed`.
pub fn numbers(length: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1u32 << 22) as f32 - 2.0
        })
        .collect()
}

/// Asserts that two lists agree to within `tolerance`, relative where they are above 1.
pub fn assert_close(got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len());
    for (i, (&g, &e)) in got.iter().zip(expected).enumerate() {
        let error = (f64::from(g) - e).abs();
        assert!(error <= tolerance * e.abs().max(1.0), "element {i}: {g}, expected {e}");
    }
}

/// A step block with the given words.
pub fn step_block(words: &[(usize, u32)]) -> Vec<u32> {
    let mut block = vec![0; 16];
    for &(at, word) in words {
        block[at] = word;
    }
    block
}
