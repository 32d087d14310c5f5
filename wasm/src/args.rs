//! What a kernel receives: a list of words (a pointer per binding, then the parameters) and its
//! share of the work.

/// The words of one kernel call, in the order of `src/ops/kernels/NAME.ts`.
#[derive(Clone, Copy)]
pub struct Args<'a>(pub &'a [usize]);

impl Args<'_> {
    /// Parameter or pointer `i` as a number.
    #[inline(always)]
    pub fn word(&self, i: usize) -> usize {
        self.0[i]
    }

    /// Parameter `i` as an f32.
    #[inline(always)]
    pub fn float(&self, i: usize) -> f32 {
        f32::from_bits(self.0[i] as u32)
    }

    /// Binding `i` as a slice to read.
    ///
    /// # Safety
    /// The word must be an aligned pointer to at least `len` elements that nobody writes meanwhile.
    #[inline(always)]
    pub unsafe fn read<T>(&self, i: usize, len: usize) -> &'static [T] {
        core::slice::from_raw_parts(self.0[i] as *const T, len)
    }

    /// Binding `i` as a pointer to write through. Threads write disjoint elements.
    #[inline(always)]
    pub fn write<T>(&self, i: usize) -> *mut T {
        self.0[i] as *mut T
    }
}

/// A thread's part of a kernel call.
#[derive(Clone, Copy)]
pub struct Share {
    /// This thread, from 0.
    pub thread: usize,
    /// How many threads share the call.
    pub threads: usize,
    /// This thread's own scratch memory, 64-byte aligned, as large as the kernel's declaration says.
    pub scratch: *mut u8,
}

impl Share {
    /// This thread's range of `count` units: contiguous, disjoint, complete.
    #[inline(always)]
    pub fn range(&self, count: usize) -> core::ops::Range<usize> {
        // In 64 bits: the product of a count and a number of threads may not fit into a wasm32 word.
        let start = |thread: usize| (count as u64 * thread as u64 / self.threads as u64) as usize;
        start(self.thread)..start(self.thread + 1)
    }
}

/// A kernel.
pub type Kernel = unsafe fn(Args, Share);
