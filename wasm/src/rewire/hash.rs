//! The hash of a pattern. Mirrors `patternHash` of `src/sparse/statistics.ts`, bit for bit.

/// Seeds and multipliers of the two chains, high half first.
const CHAINS: [(u32, u32); 2] = [(0x9747_b28c, 0xcc9e_2d51), (0x3c6e_f372, 0x85eb_ca6b)];

/// 64 bits of the connections of a matrix with `inputs` inputs: two chains of MurmurHash3's body.
/// The high half first.
pub fn hash(span: &[u32], index: &[u32], inputs: u32) -> [u32; 2] {
    let shape = [span.len() as u32 / 2, inputs];
    let mut state = [0, 1].map(|chain| mix(CHAINS[chain].0, shape[chain], CHAINS[chain].1));
    let mut add = |word: u32| {
        for (state, (_, multiplier)) in state.iter_mut().zip(CHAINS) {
            *state = mix(*state, word, multiplier);
        }
    };
    for list in span.chunks_exact(2) {
        add(list[1] - list[0]);
        index[list[0] as usize..list[1] as usize].iter().copied().for_each(&mut add);
    }
    state.map(finish)
}

fn mix(state: u32, word: u32, multiplier: u32) -> u32 {
    let turned = word.wrapping_mul(multiplier).rotate_left(15).wrapping_mul(0x1b87_3593);
    (state ^ turned).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn finish(state: u32) -> u32 {
    let first = (state ^ (state >> 16)).wrapping_mul(0x85eb_ca6b);
    let second = (first ^ (first >> 13)).wrapping_mul(0xc2b2_ae35);
    second ^ (second >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::{cases, random_lists};

    /// The obvious way: all words in a row, then one chain after the other.
    fn naive(span: &[u32], index: &[u32], inputs: u32) -> [u32; 2] {
        let mut words = vec![];
        for row in 0..span.len() / 2 {
            let (begin, end) = (span[2 * row] as usize, span[2 * row + 1] as usize);
            words.push((end - begin) as u32);
            words.extend_from_slice(&index[begin..end]);
        }
        let chain = |seed: u32, first: u32, multiplier: u32| {
            let mut state = mix(seed, first, multiplier);
            for &word in &words {
                state = mix(state, word, multiplier);
            }
            finish(state)
        };
        [
            chain(0x9747_b28c, span.len() as u32 / 2, 0xcc9e_2d51),
            chain(0x3c6e_f372, inputs, 0x85eb_ca6b),
        ]
    }

    #[test]
    fn hash_depends_on_connections_alone() {
        cases(200, |random| {
            let (span, mut index) = random_lists(random, 30);
            let before = hash(&span, &index, 30);
            assert_eq!(before, naive(&span, &index, 30));
            // Padding and tail do not count; a connection does.
            index.extend([7; 4]);
            assert_eq!(hash(&span, &index, 30), before);
            if let Some(row) = (0..span.len() / 2).find(|r| span[2 * r] < span[2 * r + 1]) {
                index[span[2 * row] as usize] += 31;
                assert_ne!(hash(&span, &index, 30), before);
            }
            assert_ne!(hash(&span, &index, 31), hash(&span, &index, 30));
        });
    }
}
