//! Scores of units: one number for what the connections of a group slot or a block weigh.

use crate::constants::norm;

/// How large units are, and where they reach over the edge of the matrix.
#[derive(Clone, Copy)]
pub struct Units {
    /// Rows of a unit.
    pub height: usize,
    /// Inputs of a unit.
    pub width: usize,
    /// Rows of the matrix.
    pub rows: usize,
    /// Inputs of the matrix.
    pub inputs: usize,
}

/// The norm of each slot's connections inside the matrix: `values` is `[slots, width, height]`, `out`
/// is `[slots]` and keeps its 0 on padding. Sums are in float64, in the order of the values, so that a
/// float64 oracle finds the same bits.
pub fn norms(
    span: &[u32],
    index: &[u32],
    values: &[f32],
    units: Units,
    kind: usize,
    out: &mut [f32],
) {
    match kind {
        norm::MAX => fold(span, index, values, units, out, f64::max, |x, _| x),
        norm::L2 => fold(span, index, values, units, out, |sum, x| sum + x * x, |x, _| x.sqrt()),
        norm::MEAN => {
            fold(span, index, values, units, out, |sum, x| sum + x, |x, n| x / n as f64);
        }
        _ => fold(span, index, values, units, out, |sum, x| sum + x, |x, _| x),
    }
}

#[inline(always)]
fn fold(
    span: &[u32],
    index: &[u32],
    values: &[f32],
    Units { height, width, rows, inputs }: Units,
    out: &mut [f32],
    add: impl Fn(f64, f64) -> f64,
    finish: impl Fn(f64, usize) -> f64,
) {
    let area = height * width;
    for (list, slots) in span.chunks_exact(2).enumerate() {
        let high = height.min(rows - list * height);
        for slot in slots[0] as usize..slots[1] as usize {
            let wide = width.min(inputs - index[slot] as usize * width);
            let unit = &values[slot * area..(slot + 1) * area];
            let mut sum = 0.0;
            for column in unit.chunks_exact(height).take(wide) {
                for &x in &column[..high] {
                    sum = add(sum, f64::from(x.abs()));
                }
            }
            out[slot] = finish(sum, high * wide) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_leave_out_what_lies_over_the_edge() {
        // Blocks of 2 x 2 in a matrix of 3 x 3: list 1 has one row, entry 1 has one input.
        let units = Units { height: 2, width: 2, rows: 3, inputs: 3 };
        let (span, index) = ([0, 2, 2, 4], [0, 1, 0, 1, 0]);
        let mut values = [9.0; 20];
        values[..4].copy_from_slice(&[3.0, -4.0, 0.0, 0.0]);
        values[4..8].copy_from_slice(&[-3.0, 4.0, 9.0, 9.0]);
        values[8..12].copy_from_slice(&[3.0, 9.0, -4.0, 9.0]);
        values[12..16].copy_from_slice(&[-2.0, 9.0, 9.0, 9.0]);
        for (kind, expected) in [
            (norm::MAX, [4.0, 4.0, 4.0, 2.0, 0.0]),
            (norm::L1, [7.0, 7.0, 7.0, 2.0, 0.0]),
            (norm::L2, [5.0, 5.0, 5.0, 2.0, 0.0]),
            (norm::MEAN, [1.75, 3.5, 3.5, 2.0, 0.0]),
        ] {
            let mut out = [0.0; 5];
            norms(&span, &index, &values, units, kind, &mut out);
            assert_eq!(out, expected, "norm {kind}");
        }
    }
}
