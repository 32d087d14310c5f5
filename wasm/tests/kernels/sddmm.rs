//! `sddmm` against a loop in f64.
use crate::common::{call, check, poisoned, word, written, Pattern, Source};

fn run(source: &mut Source, pattern: &Pattern, inputs: usize, columns: usize) {
    let rows = pattern.lists.len();
    let (dy, x) = (source.floats(rows * columns), source.floats(inputs * columns));
    let results = [1, 2, 3, 7].map(|threads| {
        let gradient = poisoned(pattern.capacity);
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(&dy),
            word(&x),
            word(&gradient),
            rows,
            inputs,
            columns,
            pattern.capacity,
            pattern.wide as usize,
        ];
        call("sddmm", &words, threads, if columns > 32 { 32 * inputs } else { 0 });
        written(&gradient, pattern.capacity)
    });
    for other in &results[1..] {
        assert!(
            results[0].iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits()),
            "threads differ"
        );
    }
    let mut active = vec![false; pattern.capacity];
    for (slot, row, input) in pattern.connections() {
        active[slot] = true;
        let (mut sum, mut absolute) = (0.0, 0.0);
        for column in 0..columns {
            let product =
                f64::from(dy[row * columns + column]) * f64::from(x[input * columns + column]);
            sum += product;
            absolute += product.abs();
        }
        let what = format!("{rows}x{inputs}, {columns} columns, slot {slot}");
        check(results[0][slot], sum, absolute, columns, &what);
    }
    for (slot, value) in results[0].iter().enumerate() {
        assert!(active[slot] || value.to_bits() == 0, "padding {slot} has gradient {value}");
    }
}

#[test]
fn sddmm_agrees_with_f64_over_random_patterns() {
    let source = &mut Source::new();
    for _ in 0..40 {
        let rows = source.pick(&[1, 2, 7, 33, 64, 150]);
        let inputs = source.pick(&[1, 2, 8, 33, 200]);
        let columns = source.pick(&[32, 64, 96, 256]);
        let most = source.pick(&[1, 5, 40, inputs]);
        let pattern = source.pattern(rows, inputs, most);
        run(source, &pattern, inputs, columns);
    }
}

#[test]
fn sddmm_reads_indices_up_to_the_last_input() {
    let source = &mut Source::new();
    for inputs in [65536, 65537, 70001] {
        let mut pattern = source.pattern(5, inputs, 30);
        pattern.lists.push(vec![0, inputs - 1]);
        let pattern = Pattern::new(pattern.lists, inputs, 4);
        run(source, &pattern, inputs, 32);
    }
}

#[test]
fn sddmm_zeroes_everything_when_no_connection_exists() {
    let source = &mut Source::new();
    run(source, &Pattern::new(vec![vec![]; 9], 5, 12), 5, 64);
}
