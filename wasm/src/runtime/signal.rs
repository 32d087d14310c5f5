//! A number that threads watch: waiting spins for a while, then sleeps.

use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

/// Looks at the number before a waiting thread goes to sleep: some 45 microseconds, three times what waking it
/// takes. The halves of a kernel differ by up to 40, so that with a third of the looks threads go to sleep within
/// most steps. With a twelfth most of them do, and the system sees two threads that never run at once and puts
/// them on one core (measured: 4.5 us per barrier instead of 0.1). With three times the looks, more threads than
/// cores burn each other's time; with these they do not. Natively a sleeping thread only yields, so that there is
/// nothing to wait for.
const SPINS: u32 = if cfg!(target_arch = "wasm32") { 60_000 } else { 100 };

/// A number that only grows (and wraps), with those who wait for it to change.
pub struct Signal {
    value: AtomicU32,
    asleep: AtomicU32,
}

impl Signal {
    /// A signal of value 0.
    pub const fn new() -> Self {
        Self { value: AtomicU32::new(0), asleep: AtomicU32::new(0) }
    }

    /// The number now.
    pub fn value(&self) -> u32 {
        self.value.load(SeqCst)
    }

    /// Raises the number and wakes everybody who waits.
    pub fn raise(&self) {
        self.value.fetch_add(1, SeqCst);
        // A thread counts itself as asleep before it looks at the number for the last time, so one of
        // the two sees the other: no wake-up is lost, and none is made in vain.
        if self.asleep.load(SeqCst) > 0 {
            wake_all(&self.value);
        }
    }

    /// Returns the number once it differs from `seen`.
    pub fn wait(&self, seen: u32) -> u32 {
        for _ in 0..SPINS {
            let value = self.value();
            if value != seen {
                return value;
            }
            core::hint::spin_loop();
        }
        self.asleep.fetch_add(1, SeqCst);
        while self.value() == seen {
            sleep_while(&self.value, seen);
        }
        self.asleep.fetch_sub(1, SeqCst);
        self.value()
    }
}

/// Sleeps until woken, unless the number differs from `seen` already. May return early.
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
fn sleep_while(value: &AtomicU32, seen: u32) {
    const NO_TIMEOUT: i64 = -1;
    // SAFETY: the address is that of a live, aligned 32-bit atomic.
    unsafe {
        core::arch::wasm32::memory_atomic_wait32(value.as_ptr().cast(), seen as i32, NO_TIMEOUT);
    }
}

/// Wakes every thread that sleeps on the number.
#[cfg(all(target_arch = "wasm32", target_feature = "atomics"))]
fn wake_all(value: &AtomicU32) {
    // SAFETY: the address is that of a live, aligned 32-bit atomic.
    unsafe { core::arch::wasm32::memory_atomic_notify(value.as_ptr().cast(), u32::MAX) };
}

/// Natively, and in the build without threads where nobody ever waits, sleeping is yielding.
#[cfg(not(all(target_arch = "wasm32", target_feature = "atomics")))]
fn sleep_while(_value: &AtomicU32, _seen: u32) {
    std::thread::yield_now();
}

/// Threads that yield wake by themselves.
#[cfg(not(all(target_arch = "wasm32", target_feature = "atomics")))]
fn wake_all(_value: &AtomicU32) {}

#[cfg(test)]
mod tests {
    use super::Signal;

    #[test]
    fn wait_returns_at_once_when_the_number_differs() {
        let signal = Signal::new();
        signal.raise();
        assert_eq!(signal.wait(0), 1);
    }

    #[test]
    fn raise_wakes_all_sleepers() {
        let signal = Signal::new();
        std::thread::scope(|scope| {
            let sleepers: Vec<_> = (0..3).map(|_| scope.spawn(|| signal.wait(0))).collect();
            while signal.asleep.load(super::SeqCst) < 3 {
                std::thread::yield_now();
            }
            signal.raise();
            for sleeper in sleepers {
                assert_eq!(sleeper.join().expect("a sleeper returns"), 1);
            }
        });
    }
}
