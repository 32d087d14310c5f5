//! The threads that run a program together: one leads, the others follow.

use super::memory::{await_pages, pages};
use super::signal::Signal;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

/// Carries out one thread's share of a program: (program, thread, threads, meet). `meet` is to be
/// called after every command by every thread; it returns false once a thread has failed.
type Execute = unsafe fn(*const usize, usize, usize, &dyn Fn() -> bool);

/// A leader and any number of followers that share memory.
pub struct Crew {
    /// Raised when a program is posted, when the crew is to stop and when a thread failed.
    posted: Signal,
    /// The program posted last; null asks the followers to return.
    program: AtomicUsize,
    /// Threads that take part in it.
    threads: AtomicUsize,
    /// Pages of memory when it was posted.
    pages: AtomicUsize,
    /// Threads that have reached the barrier.
    arrived: AtomicU32,
    /// Raised when all have.
    passed: Signal,
    failed: AtomicBool,
}

impl Crew {
    /// A crew without work.
    pub const fn new() -> Self {
        Self {
            posted: Signal::new(),
            program: AtomicUsize::new(0),
            threads: AtomicUsize::new(0),
            pages: AtomicUsize::new(0),
            arrived: AtomicU32::new(0),
            passed: Signal::new(),
            failed: AtomicBool::new(false),
        }
    }

    /// Posts a program, takes part as thread 0 and returns when all are done: true unless one failed.
    ///
    /// # Safety
    /// `program` must be one that `execute` may run; it has at least one command. `threads - 1`
    /// followers, numbered from 1, must have called [`Crew::follow`] or be about to.
    pub unsafe fn lead(&self, program: *const usize, threads: usize, execute: Execute) -> bool {
        self.program.store(program as usize, SeqCst);
        self.threads.store(threads, SeqCst);
        self.pages.store(pages(), SeqCst);
        self.posted.raise();
        execute(program, 0, threads, &|| self.meet(threads));
        !self.failed.load(SeqCst)
    }

    /// Runs every program posted as thread `thread`, until the crew stops or a thread fails.
    ///
    /// # Safety
    /// No two followers may have the same number.
    pub unsafe fn follow(&self, thread: usize, execute: Execute) {
        // A program posted before this thread came up is waiting for it: start from 0, not from now.
        let mut seen = 0;
        loop {
            seen = self.posted.wait(seen);
            let program = self.program.load(SeqCst) as *const usize;
            if program.is_null() || self.failed.load(SeqCst) {
                return;
            }
            let threads = self.threads.load(SeqCst);
            await_pages(self.pages.load(SeqCst));
            execute(program, thread, threads, &|| self.meet(threads));
        }
    }

    /// Lets the followers return once they are done.
    pub fn stop(&self) {
        self.program.store(0, SeqCst);
        self.posted.raise();
    }

    /// Lets everybody go who waits for a thread that failed. The crew cannot be used again.
    pub fn fail(&self) {
        self.failed.store(true, SeqCst);
        self.posted.raise();
        self.passed.raise();
    }

    /// Returns when all `threads` have come here; false once a thread has failed.
    fn meet(&self, threads: usize) -> bool {
        let seen = self.passed.value();
        // Looked at after the signal: a failure from here on raises it, so that nobody waits in vain.
        if self.failed.load(SeqCst) {
            return false;
        }
        if self.arrived.fetch_add(1, SeqCst) + 1 == threads as u32 {
            self.arrived.store(0, SeqCst);
            self.passed.raise();
        } else {
            self.passed.wait(seen);
        }
        !self.failed.load(SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A "program" of `words[0]` commands: each adds 1 to the thread's own counter, having checked
    /// that no thread is ahead or behind by a whole command.
    unsafe fn count(program: *const usize, thread: usize, threads: usize, meet: &dyn Fn() -> bool) {
        let [commands, counters] = *program.cast::<[usize; 2]>();
        let counters = core::slice::from_raw_parts(counters as *const AtomicUsize, threads);
        for _ in 0..commands {
            let mine = counters[thread].fetch_add(1, SeqCst) + 1;
            for other in counters {
                let theirs = other.load(SeqCst);
                assert!(theirs == mine || theirs + 1 == mine, "{theirs} beside {mine}");
            }
            if !meet() {
                return;
            }
        }
    }

    const COMMANDS: usize = 100;
    const RUNS: usize = 10;

    #[test]
    fn meet_keeps_all_threads_in_step() {
        for threads in [2, 3, 5] {
            let counters: Vec<AtomicUsize> = (0..threads).map(|_| AtomicUsize::new(0)).collect();
            let program = [COMMANDS, counters.as_ptr() as usize];
            let crew = Crew::new();
            std::thread::scope(|scope| {
                for thread in 1..threads {
                    let crew = &crew;
                    // SAFETY: the counters outlive the scope.
                    scope.spawn(move || unsafe { crew.follow(thread, count) });
                }
                for _ in 0..RUNS {
                    // SAFETY: `program` is what `count` expects.
                    assert!(unsafe { crew.lead(program.as_ptr(), threads, count) });
                }
                crew.stop();
            });
            assert!(counters.iter().all(|c| c.load(SeqCst) == RUNS * COMMANDS));
        }
    }

    #[test]
    fn fail_frees_those_who_wait() {
        let crew = Crew::new();
        let done = std::thread::scope(|scope| {
            let leader = scope.spawn(|| lead_alone(&crew));
            while crew.arrived.load(SeqCst) == 0 {
                std::thread::yield_now();
            }
            crew.fail();
            leader.join().expect("the leader returns")
        });
        assert!(!done);
    }

    #[test]
    fn fail_holds_for_those_who_come_later() {
        let crew = Crew::new();
        crew.fail();
        assert!(!lead_alone(&crew));
    }

    /// Leads a program for two threads of which the second never comes.
    fn lead_alone(crew: &Crew) -> bool {
        let counters: Vec<AtomicUsize> = (0..2).map(|_| AtomicUsize::new(0)).collect();
        let program = [COMMANDS, counters.as_ptr() as usize];
        // SAFETY: `program` is what `count` expects; nobody else uses it.
        unsafe { crew.lead(program.as_ptr(), 2, count) }
    }
}
