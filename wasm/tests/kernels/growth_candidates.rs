//! `growth_candidates` against a sort.
use crate::common::{call, check, poisoned, word, written, Pattern, Source};
use filigree::kernels::growth_candidates::scratch;

const NONE: u32 = u32::MAX;

/// Runs the kernel; gives inputs and scores of every row, the same for any number of threads.
fn candidates(
    pattern: &Pattern,
    (dy, x): (&[f32], &[f32]),
    (inputs, columns, count): (usize, usize, usize),
) -> Vec<Vec<(u32, f32)>> {
    let rows = pattern.lists.len();
    let results = [1, 2, 3, 7].map(|threads| {
        let (input, score) = (poisoned(rows * count), poisoned(rows * count));
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(dy),
            word(x),
            word(&input),
            word(&score),
            rows,
            inputs,
            columns,
            pattern.wide as usize,
            count,
            1,
            1,
            inputs,
            0,
        ];
        call("growth_candidates", &words, threads, scratch([inputs, columns], [1, 1], count));
        let inputs: Vec<u32> =
            written(&input, rows * count).into_iter().map(f32::to_bits).collect();
        let scores: Vec<u32> =
            written(&score, rows * count).into_iter().map(f32::to_bits).collect();
        (inputs, scores)
    });
    assert!(results.iter().all(|other| *other == results[0]), "threads differ");
    let (input, score) = &results[0];
    (0..rows)
        .map(|row| {
            let range = row * count..(row + 1) * count;
            let scores = score[range.clone()].iter().map(|&s| f32::from_bits(s));
            input[range].iter().copied().zip(scores).collect()
        })
        .collect()
}

fn run(source: &mut Source, pattern: &Pattern, sizes: (usize, usize, usize), ties: bool) {
    let (inputs, columns, count) = sizes;
    let rows = pattern.lists.len();
    // Sums of small integers are exact, so that the selection can be compared exactly, ties included.
    let (dy, x) = if ties {
        (source.ties(rows * columns), source.ties(inputs * columns))
    } else {
        (source.floats(rows * columns), source.floats(inputs * columns))
    };
    let got = candidates(pattern, (&dy, &x), sizes);
    // With every input asked for, the kernel tells the scores by which it chooses.
    let all = candidates(pattern, (&dy, &x), (inputs, columns, inputs));
    for row in 0..rows {
        let mut expected: Vec<(u32, f32)> =
            all[row].iter().copied().filter(|c| c.0 != NONE).collect();
        let inactive: Vec<u32> =
            (0..inputs).filter(|i| !pattern.lists[row].contains(i)).map(|i| i as u32).collect();
        assert_eq!(expected.iter().map(|c| c.0).collect::<Vec<_>>(), inactive);
        for &(input, score) in &expected {
            let (mut sum, mut absolute) = (0.0, 0.0);
            for column in 0..columns {
                let product = f64::from(dy[row * columns + column])
                    * f64::from(x[input as usize * columns + column]);
                sum += product;
                absolute += product.abs();
            }
            check(score, sum.abs(), absolute, columns, &format!("row {row}, input {input}"));
        }
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        expected.truncate(count);
        expected.sort_by_key(|c| c.0);
        expected.resize(count, (NONE, 0.0));
        assert_eq!(got[row], expected, "row {row} of {rows}x{inputs}, count {count}");
    }
}

#[test]
fn growth_candidates_agrees_with_a_sort() {
    let source = &mut Source::new();
    for round in 0..40 {
        let rows = source.pick(&[1, 2, 7, 33, 150]);
        let inputs = source.pick(&[1, 2, 8, 33, 200, 611]);
        let columns = source.pick(&[32, 64, 96]);
        let count = source.pick(&[1, 3, 70, inputs]);
        let pattern = source.pattern(rows, inputs, inputs);
        run(source, &pattern, (inputs, columns, count), round % 2 == 0);
    }
}

#[test]
fn growth_candidates_counts_a_zero_gradient_as_a_candidate() {
    let pattern = Pattern::new(vec![vec![0, 2], vec![]], 5, 0);
    let (dy, x) = (vec![0.0; 2 * 32], vec![1.0; 5 * 32]);
    let got = candidates(&pattern, (&dy, &x), (5, 32, 4));
    assert_eq!(got[0], [(1, 0.0), (3, 0.0), (4, 0.0), (NONE, 0.0)]);
    assert_eq!(got[1], [(0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0)]);
}

#[test]
fn growth_candidates_reads_wide_indices() {
    let source = &mut Source::new();
    let inputs = 65_536 + 1 + source.below(9);
    let mut pattern = source.pattern(3, inputs, 30);
    pattern.lists.push(vec![0, inputs - 1]);
    let pattern = Pattern::new(pattern.lists, inputs, 4);
    run(source, &pattern, (inputs, 32, 5), false);
}

/// The units of a matrix as the kernel is told of them.
#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    inputs: usize,
    columns: usize,
    size: [usize; 2],
    segment: usize,
    norm: usize,
    count: usize,
}

/// The score of every unit of a list, in f64, from data whose sums are exact.
fn scores(shape: Shape, dy: &[f32], x: &[f32], list: usize) -> Vec<f64> {
    let Shape { rows, inputs, columns, size: [height, width], norm, .. } = shape;
    (0..inputs.div_ceil(width))
        .map(|unit| {
            let mut all = Vec::new();
            for row in list * height..rows.min((list + 1) * height) {
                for input in unit * width..inputs.min((unit + 1) * width) {
                    let product =
                        |c| f64::from(dy[row * columns + c]) * f64::from(x[input * columns + c]);
                    all.push((0..columns).map(product).sum::<f64>().abs());
                }
            }
            let sum: f64 = all.iter().sum();
            match norm {
                0 => sum / all.len() as f64,
                1 => all.iter().copied().fold(0.0, f64::max),
                2 => sum,
                _ => all.iter().map(|g| g * g).sum::<f64>().sqrt(),
            }
        })
        .collect()
}

fn run_units(source: &mut Source, shape: Shape) {
    let Shape { rows, inputs, columns, size: [height, width], segment, norm, count } = shape;
    let entries = inputs.div_ceil(width);
    let drawn = source.pattern(rows.div_ceil(height), entries, entries);
    let pattern = Pattern::units(drawn.lists, entries, 3, if width == 1 { 4 } else { 1 });
    let (dy, x) = (source.ties(rows * columns), source.ties(inputs * columns));
    let segments = entries.div_ceil(segment);
    let length = pattern.lists.len() * segments * count;
    let results = [1, 2, 5].map(|threads| {
        let (input, score) = (poisoned(length), poisoned(length));
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(&dy),
            word(&x),
            word(&input),
            word(&score),
            rows,
            inputs,
            columns,
            pattern.wide as usize,
            count,
            height,
            width,
            segment,
            norm,
        ];
        let scratch = scratch([inputs, columns], [height, width], count);
        call("growth_candidates", &words, threads, scratch);
        let input: Vec<u32> = written(&input, length).into_iter().map(f32::to_bits).collect();
        (input, written(&score, length))
    });
    assert!(results.iter().all(|other| *other == results[0]), "threads differ: {shape:?}");
    let (input, score) = &results[0];
    for (list, active) in pattern.lists.iter().enumerate() {
        let scores = scores(shape, &dy, &x, list);
        for at in 0..segments {
            let mut expected: Vec<(u32, f32)> = (at * segment..entries.min((at + 1) * segment))
                .filter(|entry| !active.contains(entry))
                .map(|entry| (entry as u32, scores[entry] as f32))
                .collect();
            expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            expected.truncate(count);
            expected.sort_by_key(|c| c.0);
            expected.resize(count, (NONE, 0.0));
            let first = (list * segments + at) * count;
            let got: Vec<(u32, f32)> =
                (first..first + count).map(|i| (input[i], score[i])).collect();
            assert_eq!(got, expected, "list {list}, segment {at} of {shape:?}");
        }
    }
}

#[test]
fn growth_candidates_scores_units_by_every_norm() {
    let source = &mut Source::new();
    for round in 0..60 {
        let size = source.pick(&[[4, 1], [8, 1], [16, 1], [32, 1], [4, 4], [8, 8], [16, 16]]);
        let inputs = source.pick(&[1, 7, 32, 75, 130]);
        let shape = Shape {
            rows: source.pick(&[1, 8, 33, 70]),
            inputs,
            columns: source.pick(&[32, 64]),
            size,
            segment: inputs.div_ceil(size[1]),
            norm: round % 4,
            count: source.pick(&[1, 3, 40]),
        };
        run_units(source, shape);
    }
}

#[test]
fn growth_candidates_chooses_in_every_segment() {
    let source = &mut Source::new();
    for _ in 0..40 {
        let segment = source.pick(&[1, 2, 3, 4, 5, 8, 10, 16, 100, 256]);
        let shape = Shape {
            rows: source.pick(&[1, 5, 40]),
            inputs: source.pick(&[1, 8, 31, 300]),
            columns: 32,
            size: [1, 1],
            segment,
            norm: 0,
            count: 1 + source.below(segment),
        };
        run_units(source, shape);
    }
}
