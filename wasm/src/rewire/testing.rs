//! What the tests of this folder share.

use super::cells::Cells;
use super::LIST_TILE;
use crate::random::{Key, Random};

/// Runs a property with `count` different sequences of random numbers; a panic names the sequence.
pub fn cases(count: u32, property: impl Fn(&mut Random)) {
    struct Case(u32);
    impl Drop for Case {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("failed in case {}", self.0);
            }
        }
    }
    for case in 0..count {
        let _named = Case(case);
        property(&mut Random::new(Key { seed: [1, 0], purpose: 0, stream: 0, step: 0 }, case));
    }
}

/// Lists of sorted distinct inputs by row, padded as in a pattern: span and index.
pub fn random_lists(random: &mut Random, inputs: usize) -> (Vec<u32>, Vec<u32>) {
    let (mut span, mut index) = (vec![], vec![]);
    for _ in 0..random.below(7) {
        let share = random.below(5);
        span.push(index.len() as u32);
        index.extend((0..inputs as u32).filter(|_| random.below(4) < share));
        span.push(index.len() as u32);
        index.resize(index.len().next_multiple_of(LIST_TILE), 0);
    }
    (span, index)
}

/// Cells that are the lists of a pattern with `entries` columns.
pub fn whole_lists(span: &[u32], entries: usize) -> Cells<'_> {
    Cells { span, per_list: 1, segment: entries, entries }
}
