//! `spmm` against a loop in f64.
use crate::common::{call, check, poisoned, word, written, Pattern, Source};

fn run(source: &mut Source, pattern: &Pattern, inputs: usize, columns: usize, epilogue: usize) {
    let rows = pattern.lists.len();
    let (x, values) = (source.floats(inputs * columns), pattern.values(source));
    let extra = source.floats(rows * columns);
    let results = [1, 2, 3, 7].map(|threads| {
        let y = poisoned(rows * columns);
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(&values),
            word(&x),
            word(&extra),
            word(&y),
            rows,
            inputs,
            columns,
            pattern.capacity,
            pattern.wide as usize,
            crate::common::epilogue(epilogue),
        ];
        call("spmm", &words, threads, if columns > 32 { 32 * inputs } else { 0 });
        written(&y, rows * columns)
    });
    for other in &results[1..] {
        assert!(
            results[0].iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits()),
            "threads differ"
        );
    }
    for (row, list) in pattern.lists.iter().enumerate() {
        for column in 0..columns {
            let (mut sum, mut absolute) = (0.0, 0.0);
            for (i, &input) in list.iter().enumerate() {
                let value = values[pattern.span[2 * row] as usize + i];
                let product = f64::from(value) * f64::from(x[input * columns + column]);
                sum += product;
                absolute += product.abs();
            }
            if epilogue == 1 || epilogue == 2 {
                sum += f64::from(extra[row]);
                absolute += f64::from(extra[row]).abs();
            }
            if epilogue == 2 {
                sum = sum.max(0.0);
            }
            if epilogue == 3 && extra[row * columns + column] <= 0.0 {
                (sum, absolute) = (0.0, 0.0);
            }
            let what = format!("{rows}x{inputs}, {columns} columns, at {row},{column}");
            check(results[0][row * columns + column], sum, absolute, list.len() + 1, &what);
        }
    }
}

#[test]
fn spmm_agrees_with_f64_over_random_patterns() {
    let source = &mut Source::new();
    for round in 0..40 {
        let rows = source.pick(&[1, 2, 7, 33, 64, 150]);
        let inputs = source.pick(&[1, 2, 8, 33, 200]);
        let columns = source.pick(&[32, 64, 96, 256]);
        let most = source.pick(&[1, 5, 40, inputs]);
        let pattern = source.pattern(rows, inputs, most);
        run(source, &pattern, inputs, columns, round % 4);
    }
}

#[test]
fn spmm_reads_indices_up_to_the_last_input() {
    let source = &mut Source::new();
    for inputs in [65536, 65537, 70001] {
        let mut pattern = source.pattern(5, inputs, 30);
        pattern.lists.push(vec![0, inputs - 1]);
        let pattern = Pattern::new(pattern.lists, inputs, 4);
        run(source, &pattern, inputs, 32, 0);
    }
}

#[test]
fn spmm_of_empty_rows_is_their_epilogue() {
    let source = &mut Source::new();
    for epilogue in 0..4 {
        run(source, &Pattern::new(vec![vec![]; 9], 5, 8), 5, 64, epilogue);
    }
}

#[test]
fn spmm_shares_out_one_heavy_row() {
    let source = &mut Source::new();
    let mut lists = vec![vec![0]; 20];
    lists[3] = (0..500).collect();
    run(source, &Pattern::new(lists, 500, 0), 500, 32, 0);
}
