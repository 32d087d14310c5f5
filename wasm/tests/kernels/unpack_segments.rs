//! `unpack_segments` against a loop over bits.
use crate::common::{call, poisoned, word, written, Source};

/// Packs `places` with `bits` bits each.
fn pack(places: &[u32], bits: usize) -> Vec<u32> {
    let mut words = vec![0u32; (places.len() * bits).div_ceil(32)];
    for (slot, &place) in places.iter().enumerate() {
        for i in 0..bits {
            let at = slot * bits + i;
            words[at / 32] |= (place >> i & 1) << (at % 32);
        }
    }
    words
}

#[test]
fn unpack_segments_finds_every_input() {
    let source = &mut Source::new();
    for round in 0..300 {
        let m = if round < 64 { 1 + round * 4 } else { 1 + source.below(256) };
        let n = 1 + source.below(m);
        let inputs = 1 + source.below(600);
        let rows = source.pick(&[1, 2, 9]);
        let bits = (usize::BITS - (m - 1).leading_zeros()).max(1) as usize;
        let per_row = inputs / m * n + n.min(inputs % m);
        let stride = per_row.next_multiple_of(4);
        let capacity = rows * stride;
        let mut places = vec![0; capacity];
        let mut expected = vec![0; capacity];
        for slot in 0..capacity {
            if slot % stride < per_row {
                places[slot] = source.below(m) as u32;
                expected[slot] = (slot % stride / n * m) as u32 + places[slot];
            }
        }
        let packed = pack(&places, bits);
        for wide in [0, 1] {
            let expected: Vec<u32> = if wide == 1 {
                expected.clone()
            } else {
                expected.chunks(2).map(|pair| pair[0] | pair[1] << 16).collect()
            };
            for threads in [1, 2, 3, 7] {
                let index = poisoned(expected.len());
                let words =
                    [word(&packed), word(&index), n, m, bits, per_row, stride, capacity, wide];
                call("unpack_segments", &words, threads, stride + 8);
                let got: Vec<u32> =
                    written(&index, expected.len()).into_iter().map(f32::to_bits).collect();
                assert_eq!(got, expected, "{n}:{m}, {inputs} inputs, wide {wide}");
            }
        }
    }
}
