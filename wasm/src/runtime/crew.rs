//! The threads that run a program together: one leads, the others follow.

use super::memory::{await_pages, pages};
use super::signal::Signal;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::SeqCst};

/// Carries out one thread's share of a program: (program, thread, threads, meet). `meet` is to be
/// called after every command by every thread; it returns false once a thread has failed.
type Execute = unsafe fn(*const usize, usize, usize, &dyn Fn() -> bool);

/// What stands for a program that asks the followers to return for good.
const STOP: usize = 0;

/// What stands for one that asks them to return and come back; no program lies there.
const PAUSE: usize = 1;

/// A leader and any number of followers that share memory.
pub struct Crew {
    /// Raised when a program is posted, when the crew is to stop and when a thread failed.
    posted: Signal,
    /// The program posted last, [`STOP`] or [`PAUSE`].
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
        self.post(program as usize, threads);
        execute(program, 0, threads, &|| self.meet(threads));
        !self.failed.load(SeqCst)
    }

    /// Returns once all followers are about to return from [`Crew::follow`]; false if a thread has failed. They have to come back.
    pub fn pause(&self, threads: usize) -> bool {
        self.post(PAUSE, threads);
        self.meet(threads)
    }

    fn post(&self, program: usize, threads: usize) {
        self.program.store(program, SeqCst);
        self.threads.store(threads, SeqCst);
        self.pages.store(pages(), SeqCst);
        self.posted.raise();
    }

    /// Runs every program posted as thread `thread`, until the crew stops or a thread fails, which 0 stands for, or until
    /// it pauses. Then it gives what to come back with: what it had seen of the posts.
    ///
    /// A follower begins with 0, not with now: a program posted before it came up is waiting for it.
    ///
    /// # Safety
    /// No two followers may have the same number.
    pub unsafe fn follow(&self, thread: usize, mut seen: u32, execute: Execute) -> u32 {
        loop {
            seen = self.posted.wait(seen);
            let program = self.program.load(SeqCst);
            if program == STOP || self.failed.load(SeqCst) {
                return 0;
            }
            let threads = self.threads.load(SeqCst);
            if program == PAUSE {
                return if self.meet(threads) { seen } else { 0 };
            }
            await_pages(self.pages.load(SeqCst));
            execute(program as *const usize, thread, threads, &|| self.meet(threads));
        }
    }

    /// Lets the followers return once they are done.
    pub fn stop(&self) {
        self.program.store(STOP, SeqCst);
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
                    scope.spawn(move || unsafe { crew.follow(thread, 0, count) });
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
    fn followers_come_back_after_a_pause() {
        let counters: Vec<AtomicUsize> = (0..3).map(|_| AtomicUsize::new(0)).collect();
        let program = [COMMANDS, counters.as_ptr() as usize];
        let crew = Crew::new();
        std::thread::scope(|scope| {
            for thread in 1..3 {
                let crew = &crew;
                scope.spawn(move || {
                    let (mut seen, mut pauses) = (0, 0);
                    loop {
                        // SAFETY: `program` is what `count` expects.
                        seen = unsafe { crew.follow(thread, seen, count) };
                        if seen == 0 {
                            assert_eq!(pauses, RUNS);
                            return;
                        }
                        pauses += 1;
                    }
                });
            }
            for _ in 0..RUNS {
                // SAFETY: `program` is what `count` expects.
                assert!(unsafe { crew.lead(program.as_ptr(), 3, count) });
                assert!(crew.pause(3));
            }
            crew.stop();
        });
        assert!(counters.iter().all(|c| c.load(SeqCst) == RUNS * COMMANDS));
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
