//! Executes programs: lists of kernel calls that lie in linear memory.
//!
//! A program is a run of pointer-sized words:
//!
//! ```text
//! count | scratch base | scratch stride | command 0 | command 1 | ...
//! command: kernel number and, from bit 16 on, number of words | words (a pointer per binding, then the parameters)
//! ```
//!
//! The host makes one call per step, [`run`], whatever the number of commands. With one thread the
//! commands follow each other and nothing is synchronised. With more, workers sleep in [`worker`]
//! until a program is posted; the caller takes part as thread 0, and everybody meets at a barrier
//! after each command. `src/device/wasm/backend.ts` writes the words.

mod crew;
mod memory;
mod panic;
mod signal;

use crate::args::{Args, Share};
use crate::kernels::KERNELS;
use crew::Crew;
use wasm_bindgen::prelude::wasm_bindgen;

/// Words in front of the first command.
const HEADER_WORDS: usize = 3;

/// The threads of this instance's memory.
static CREW: Crew = Crew::new();

/// Carries out the share of `thread` in every command of `program` and calls `meet` after each;
/// stops early once `meet` returns false.
///
/// # Safety
/// `program` must be laid out as the module comment says, its pointers must be valid for its
/// kernels, and `meet` must not return before all threads have called it.
unsafe fn execute(
    program: *const usize,
    thread: usize,
    threads: usize,
    mut meet: impl FnMut() -> bool,
) {
    let [count, base, stride] = *program.cast::<[usize; HEADER_WORDS]>();
    let share = Share { thread, threads, scratch: (base + thread * stride) as *mut u8 };
    let mut command = program.add(HEADER_WORDS);
    for _ in 0..count {
        let (kernel, length) = (*command & 0xffff, *command >> 16);
        let words = core::slice::from_raw_parts(command.add(1), length);
        (KERNELS[kernel].1)(Args(words), share);
        if !meet() {
            return;
        }
        command = command.add(1 + length);
    }
}

/// Runs a program on `threads` threads, of which the caller is number 0 and the others wait in
/// [`worker`]. Returns 1 when it is done and 0 if a worker failed.
///
/// # Safety
/// As for `execute`; `threads - 1` workers must have entered [`worker`] or be about to.
#[wasm_bindgen]
pub unsafe fn run(program: usize, threads: usize) -> u32 {
    let program = program as *const usize;
    if *program == 0 {
        return 1;
    }
    if threads == 1 {
        execute(program, 0, 1, || true);
        return 1;
    }
    u32::from(CREW.lead(program, threads, execute_with))
}

/// The life of worker `thread`: runs every program that is posted, until [`stop`] or [`fail`], which 0 stands for, or until
/// [`pause`]. Then it gives what to go on with, as `seen`; it begins with 0.
///
/// # Safety
/// Each number from 1 up is taken by one thread only.
#[wasm_bindgen]
pub unsafe fn worker(thread: usize, seen: u32) -> u32 {
    CREW.follow(thread, seen, execute_with)
}

/// Has every worker return from [`worker`], each of which has to come back. Gives 1 once all did, and 0 if one failed.
#[wasm_bindgen]
pub fn pause(threads: usize) -> u32 {
    u32::from(CREW.pause(threads))
}

/// Lets every worker return from [`worker`].
#[wasm_bindgen]
pub fn stop() {
    CREW.stop();
}

/// Tells every thread that one of them failed, so that nobody waits for it any longer.
#[wasm_bindgen]
pub fn fail() {
    CREW.fail();
}

/// Number of kernels.
#[wasm_bindgen]
pub fn kernel_count() -> usize {
    KERNELS.len()
}

/// Address of the name of kernel `number`, in UTF-8.
#[wasm_bindgen]
pub fn kernel_name(number: usize) -> usize {
    KERNELS[number].0.as_ptr() as usize
}

/// Bytes of the name of kernel `number`.
#[wasm_bindgen]
pub fn kernel_name_length(number: usize) -> usize {
    KERNELS[number].0.len()
}

/// Place of kernel `number` in the table of functions, by which `wasm/split.ts` finds it.
#[wasm_bindgen]
pub fn kernel_entry(number: usize) -> usize {
    KERNELS[number].1 as usize
}

/// [`execute`] in the form that a [`Crew`] calls.
unsafe fn execute_with(
    program: *const usize,
    thread: usize,
    threads: usize,
    meet: &dyn Fn() -> bool,
) {
    execute(program, thread, threads, meet);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The word in front of a command of `words` words.
    fn head(name: &str, words: usize) -> usize {
        let number = KERNELS.iter().position(|k| k.0 == name).expect("the kernel is in the table");
        number + (words << 16)
    }

    /// A copy of `x` into `y`, then a gradient of both into `z`, then `add` of `y` and `z`.
    fn program(x: &[f32], y: &mut [f32], z: &mut [f32], sum: &mut [f32]) -> Vec<usize> {
        let (px, py) = (x.as_ptr() as usize, y.as_mut_ptr() as usize);
        let (pz, ps, n) = (z.as_mut_ptr() as usize, sum.as_mut_ptr() as usize, x.len());
        let mut words = vec![3, 0, 0];
        words.extend([head("pointwise", 4), px, py, n, 0]);
        words.extend([head("pointwise_gradient", 5), py, px, pz, n, 0]);
        words.extend([head("add", 4), py, pz, ps, n]);
        words
    }

    #[test]
    fn programs_give_the_same_bits_on_any_number_of_threads() {
        let x: Vec<f32> = (0..1003).map(|i| ((i * 37) % 101) as f32 - 50.0).collect();
        let expected: Vec<f32> = x.iter().map(|v| 2.0 * v).collect();
        for threads in 1..=4 {
            let (mut y, mut z) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
            let mut sum = vec![f32::NAN; x.len()];
            let words = program(&x, &mut y, &mut z, &mut sum);
            let crew = Crew::new();
            std::thread::scope(|scope| {
                for thread in 1..threads {
                    let crew = &crew;
                    // SAFETY: the program's buffers outlive the scope.
                    scope.spawn(move || unsafe { crew.follow(thread, 0, execute_with) });
                }
                for _ in 0..20 {
                    // SAFETY: `words` is a program over live buffers.
                    assert!(unsafe { crew.lead(words.as_ptr(), threads, execute_with) });
                }
                crew.stop();
            });
            assert_eq!(sum, expected, "{threads} threads");
        }
    }

    #[test]
    fn run_does_nothing_with_an_empty_program() {
        let words = [0usize, 0, 0];
        // SAFETY: an empty program touches no buffer.
        assert_eq!(unsafe { run(words.as_ptr() as usize, 3) }, 1);
    }
}
