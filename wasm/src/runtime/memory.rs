//! Memory that the host holds: aligned to a cache line and counted. What is to be 0 the host fills, whose
//! engine is faster at it than a loop of the plain build.

use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::alloc::{alloc as take, dealloc as give_back, Layout};
use wasm_bindgen::prelude::wasm_bindgen;

/// Alignment of everything the host allocates: a cache line.
const ALIGNMENT: usize = 64;

/// Bytes that the host holds now.
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Takes `bytes` bytes of memory that holds anything and returns the address, or 0 where they are not to be
/// had. No bytes at all have an address, too, so that a slice of length 0 may start there.
#[wasm_bindgen]
pub fn alloc(bytes: usize) -> usize {
    let Ok(layout) = Layout::from_size_align(bytes, ALIGNMENT) else { return 0 };
    if bytes == 0 {
        return ALIGNMENT;
    }
    // SAFETY: the layout is not empty.
    let address = unsafe { take(layout) } as usize;
    if address != 0 {
        LIVE.fetch_add(bytes, Relaxed);
    }
    address
}

/// Gives back what [`alloc`] returned for the same number of bytes.
///
/// # Safety
/// `address` must come from `alloc(bytes)` and not have been given back yet.
#[wasm_bindgen]
pub unsafe fn dealloc(address: usize, bytes: usize) {
    if bytes == 0 {
        return;
    }
    give_back(address as *mut u8, Layout::from_size_align_unchecked(bytes, ALIGNMENT));
    LIVE.fetch_sub(bytes, Relaxed);
}

/// Bytes taken by [`alloc`] and not given back.
#[wasm_bindgen]
pub fn allocated() -> usize {
    LIVE.load(Relaxed)
}

/// Pages of the memory, as far as this thread knows.
#[cfg(target_arch = "wasm32")]
pub fn pages() -> usize {
    core::arch::wasm32::memory_size(0)
}

/// Returns once this thread knows of `pages` pages. After another thread has grown the shared memory,
/// V8 tells this one at its leisure; until then bulk copies, fills and atomics beyond the old end trap
/// here. Growing by nothing makes it look at once.
#[cfg(target_arch = "wasm32")]
pub fn await_pages(pages: usize) {
    while self::pages() < pages {
        core::arch::wasm32::memory_grow(0, 0);
    }
}

/// Pages of the memory; a native process has no such number.
#[cfg(not(target_arch = "wasm32"))]
pub fn pages() -> usize {
    0
}

/// Returns at once: natively all threads see the same memory.
#[cfg(not(target_arch = "wasm32"))]
pub fn await_pages(_: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    // One test, because the count is of the whole process.
    #[test]
    fn alloc_gives_aligned_counted_memory() {
        let before = allocated();
        let address = alloc(1000);
        assert_eq!(address % ALIGNMENT, 0);
        assert_eq!(allocated(), before + 1000);
        // SAFETY: taken above, given back once.
        unsafe { dealloc(address, 1000) };
        assert_eq!(allocated(), before);
        assert_eq!(alloc(usize::MAX), 0);
        assert_eq!(alloc(0), ALIGNMENT);
        // SAFETY: taken above, given back once.
        unsafe { dealloc(ALIGNMENT, 0) };
        assert_eq!(allocated(), before);
    }
}
