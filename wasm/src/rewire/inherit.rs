//! What grows in whose place: the old slots by which grown units begin with the values or moments of
//! units that went.

use super::norms::Units;
use super::{bits, NONE};

/// The sources that [`super::merge::merge`] gives, with those of growth filled in: the i-th unit that grew in
/// a list takes the place of the i-th that went from it, in the order of slots; of the whole matrix where
/// units may go `anywhere`. What grew beyond that keeps `NONE`.
pub fn inherit(
    old_span: &[u32],
    new_span: &[u32],
    anywhere: bool,
    source: &[u32],
    out: &mut [u32],
) {
    out.copy_from_slice(source);
    let mut went = vec![0; bits::words(source.len())];
    for list in old_span.chunks_exact(2) {
        bits::insert_range(&mut went, list[0] as usize, list[1] as usize);
    }
    for &slot in source.iter().filter(|&&slot| slot != NONE) {
        bits::remove(&mut went, slot as usize);
    }
    let mut all = bits::elements(&went, 0, source.len());
    for (old, new) in old_span.chunks_exact(2).zip(new_span.chunks_exact(2)) {
        let mut own = bits::elements(&went, old[0] as usize, old[1] as usize);
        let places = if anywhere { &mut all } else { &mut own };
        let grown = out[new[0] as usize..new[1] as usize].iter_mut().filter(|slot| **slot == NONE);
        grown.zip(places).for_each(|(to, slot)| *to = slot as u32);
    }
}

/// Puts 0 on the connections of units that lie outside the matrix, as they do in units that were never
/// moved over its edge; `values` is `[slots, width, height]`.
pub fn trim(
    span: &[u32],
    index: &[u32],
    Units { height, width, rows, inputs }: Units,
    values: &mut [f32],
) {
    let area = height * width;
    for (list, slots) in span.chunks_exact(2).enumerate() {
        let high = height.min(rows - list * height);
        for slot in slots[0] as usize..slots[1] as usize {
            let wide = width.min(inputs - index[slot] as usize * width);
            let unit = &mut values[slot * area..(slot + 1) * area];
            for (i, column) in unit.chunks_exact_mut(height).enumerate() {
                column[if i < wide { high } else { 0 }..].fill(0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rewire::testing::{cases, random_lists};

    #[test]
    fn inherit_pairs_what_grew_with_what_went_in_order() {
        cases(400, |random| {
            let inputs = 1 + random.below(30) as usize;
            let (old_span, index) = random_lists(random, inputs);
            let anywhere = random.below(2) == 0;
            let lists = old_span.len() / 2;
            // Old slots by list, of which some stay, among as many or more or fewer new ones.
            let (mut new_span, mut source, mut went) = (vec![], vec![], vec![]);
            for list in 0..lists {
                let slots = old_span[2 * list]..old_span[2 * list + 1];
                let (stay, go): (Vec<u32>, Vec<u32>) = slots.partition(|_| random.below(2) == 0);
                went.push(go);
                new_span.push(source.len() as u32);
                for slot in stay {
                    source.resize(source.len() + random.below(3) as usize, NONE);
                    source.push(slot);
                }
                source.resize(source.len() + random.below(3) as usize, NONE);
                new_span.push(source.len() as u32);
                source.resize(source.len().next_multiple_of(4), NONE);
            }
            source.resize(source.len().max(index.len()), NONE);
            let mut expected = source.clone();
            for list in 0..lists {
                for slot in new_span[2 * list]..new_span[2 * list + 1] {
                    let from = if anywhere {
                        went.iter_mut().find(|list| !list.is_empty())
                    } else {
                        Some(&mut went[list])
                    };
                    let free = from.filter(|list| !list.is_empty());
                    if let (NONE, Some(free)) = (source[slot as usize], free) {
                        expected[slot as usize] = free.remove(0);
                    }
                }
            }
            let mut out = vec![9; source.len()];
            inherit(&old_span, &new_span, anywhere, &source, &mut out);
            assert_eq!(out, expected);
        });
    }

    #[test]
    fn trim_clears_what_lies_over_the_edge() {
        // Blocks of 2 x 2 in a matrix of 3 x 3: list 1 has one row, entry 1 has one input.
        let units = Units { height: 2, width: 2, rows: 3, inputs: 3 };
        let mut values = [7.0; 20];
        trim(&[0, 2, 2, 4], &[0, 1, 0, 1, 0], units, &mut values);
        let expected = [[7.0; 4], [7.0, 7.0, 0.0, 0.0], [7.0, 0.0, 7.0, 0.0], [7.0, 0.0, 0.0, 0.0]];
        assert_eq!(values[..16], expected.concat());
        assert_eq!(values[16..], [7.0; 4]);
    }
}
