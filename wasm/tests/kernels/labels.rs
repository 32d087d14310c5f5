//! The kernels of a head of many labels against loops in f64, and the products that leave zeros out against those that do
//! not.
use crate::common::{call, check, poisoned, word, written, Pattern, Source, POISON};

/// Numbers of which one of `every` is not 0.
fn rare(source: &mut Source, length: usize, every: usize) -> Vec<f32> {
    (0..length).map(|_| if source.below(every) == 0 { source.float() } else { 0.0 }).collect()
}

/// `transpose(W) x` added to `y`, on some numbers of threads.
fn transposed(
    pattern: &Pattern,
    [inputs, columns]: [usize; 2],
    [values, x, y]: [&[f32]; 3],
) -> Vec<f32> {
    let rows = pattern.lists.len();
    let scratch = 32 * rows.max(inputs) + 2 * (pattern.capacity + 3 * inputs) + inputs;
    let results = [1, 2, 3, 7].map(|threads| {
        let mut y: Vec<u32> = y.iter().map(|y| y.to_bits()).collect();
        y.extend([POISON; 8]);
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(values),
            word(x),
            word(&y),
            rows,
            inputs,
            columns,
            pattern.capacity,
            pattern.wide as usize,
        ];
        call("spmm_transposed_add", &words, threads, scratch);
        written(&y, inputs * columns)
    });
    for other in &results[1..] {
        assert_same(&results[0], other, "threads");
    }
    results.into_iter().next().expect("there are results")
}

/// The gradients of values.
fn gradients(
    pattern: &Pattern,
    [inputs, columns]: [usize; 2],
    [dy, x]: [&[f32]; 2],
    threads: usize,
) -> Vec<f32> {
    let gradient = poisoned(pattern.capacity);
    let words = [
        word(&pattern.span),
        word(&pattern.index),
        word(dy),
        word(x),
        word(&gradient),
        pattern.lists.len(),
        inputs,
        columns,
        pattern.capacity,
        pattern.wide as usize,
    ];
    call("sddmm", &words, threads, if columns > 32 { 32 * inputs } else { 0 });
    written(&gradient, pattern.capacity)
}

fn assert_same(got: &[f32], expected: &[f32], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(got.to_bits(), expected.to_bits(), "{what} differ at {i}");
    }
}

#[test]
fn spmm_transposed_add_agrees_with_f64_whether_or_not_most_of_x_is_0() {
    let source = &mut Source::new();
    for turn in 0..40 {
        let rows = source.pick(&[1, 2, 7, 33, 64, 150]);
        let inputs = source.pick(&[1, 2, 8, 33, 200]);
        let columns = source.pick(&[32, 64, 96, 256]);
        let most = source.pick(&[1, 5, 40, inputs]);
        let pattern = source.pattern(rows, inputs, most);
        let values = pattern.values(source);
        let x = rare(source, rows * columns, [1, 60][turn % 2]);
        let before = source.floats(inputs * columns);
        let got = transposed(&pattern, [inputs, columns], [&values, &x, &before]);
        for input in 0..inputs {
            for column in 0..columns {
                let at = input * columns + column;
                let (mut sum, mut absolute) = (f64::from(before[at]), f64::from(before[at]).abs());
                let mut terms = 1;
                for (slot, row, own) in pattern.connections() {
                    if own == input {
                        let product =
                            f64::from(values[slot]) * f64::from(x[row * columns + column]);
                        sum += product;
                        absolute += product.abs();
                        terms += 1;
                    }
                }
                check(got[at], sum, absolute, terms, &format!("{rows}x{inputs}, {at}"));
            }
        }
    }
}

#[test]
fn products_that_leave_zeros_out_have_the_bits_of_those_that_do_not() {
    let source = &mut Source::new();
    for _ in 0..20 {
        let (rows, inputs) = (source.pick(&[5, 64, 150]), source.pick(&[8, 33, 200]));
        let columns = source.pick(&[32, 96, 128]);
        let pattern = source.pattern(rows, inputs, 40);
        let values = pattern.values(source);
        let dy = rare(source, rows * columns, 60);
        // Rows without connections, of numbers that are not 0, are what keeps the kernels from leaving anything out.
        let mut lists = pattern.lists.clone();
        lists.extend(vec![Vec::new(); 3 * rows]);
        let whole = Pattern::new(lists, inputs, pattern.capacity - used(&pattern));
        let mut dense = dy.clone();
        dense.extend((0..3 * rows * columns).map(|_| 1.0));

        let before = source.floats(inputs * columns);
        let shape = [inputs, columns];
        let left_out = transposed(&pattern, shape, [&values, &dy, &before]);
        assert_same(&left_out, &transposed(&whole, shape, [&values, &dense, &before]), "sums");

        let x = source.floats(inputs * columns);
        for threads in [1, 3] {
            // The sign of a zero is not kept.
            let numbers = |gradient: Vec<f32>| gradient.iter().map(|g| g + 0.0).collect::<Vec<_>>();
            let left_out = numbers(gradients(&pattern, shape, [&dy, &x], threads));
            let kept = numbers(gradients(&whole, shape, [&dense, &x], threads));
            assert_same(&left_out, &kept, "gradients");
        }
    }
}

fn used(pattern: &Pattern) -> usize {
    pattern.span.last().map_or(0, |&end| (end as usize).next_multiple_of(4))
}

/// Labels of each column, ascending, then none.
fn labels(source: &mut Source, count: usize, most: usize, columns: usize) -> Vec<u32> {
    let mut labels = vec![u32::MAX; most * columns];
    for column in 0..columns {
        let mut own: Vec<u32> =
            (0..source.below(most + 1)).map(|_| source.below(count) as u32).collect();
        own.sort_unstable();
        own.dedup();
        for (i, label) in own.into_iter().enumerate() {
            labels[i * columns + column] = label;
        }
    }
    labels
}

/// Loss and derivative of a logit by kind, in f64.
fn loss_of(kind: usize, z: f64, applies: bool, [largest, sum, mass, count]: [f64; 4]) -> [f64; 2] {
    let x = if applies { -z } else { z };
    let turn = if applies { -1.0 } else { 1.0 };
    match kind {
        0 => {
            let lack = (1.0 + x).max(0.0);
            [lack * lack, turn * 2.0 * lack]
        }
        1 => [x.max(0.0) + (-x.abs()).exp().ln_1p(), turn / (1.0 + (-x).exp())],
        _ if count == 0.0 => [0.0, 0.0],
        _ => {
            let share = mass / count * (z - largest).exp() / sum;
            let own = if applies { 1.0 / count } else { 0.0 };
            [own * (sum.ln() + largest - z), share - own]
        }
    }
}

#[test]
fn label_losses_agree_with_f64_on_any_number_of_threads() {
    let source = &mut Source::new();
    for turn in 0..30 {
        let kind = turn % 3;
        let (rows, columns) = (source.pick(&[1, 7, 33, 130]), source.pick(&[32, 96]));
        let (first, most) = (source.below(9), 4);
        let examples = columns - source.below(32);
        let spread = source.pick(&[0.1, 1.0, 25.0]);
        let given: Vec<f32> = source.floats(rows * columns).iter().map(|z| spread * z).collect();
        let labels = labels(source, first + rows + 5, most, columns);
        let logs: Vec<f32> = (0..4 * columns)
            .map(|at| match at / columns {
                0 => spread,
                1 => 1.0 + 0.5 * source.float().abs(),
                _ => labels[..]
                    .iter()
                    .skip(at % columns)
                    .step_by(columns)
                    .filter(|&&l| l < u32::MAX)
                    .count() as f32,
            })
            .collect();
        let mut step = vec![0u32; 16];
        step[filigree::step::EXAMPLES] = examples as u32;
        let blocks = rows.div_ceil(8).next_multiple_of(32);
        let results = [1, 2, 5].map(|threads| {
            let mut logits: Vec<u32> = given.iter().map(|z| z.to_bits()).collect();
            logits.extend([POISON; 8]);
            let (losses, sums) = (poisoned(blocks), poisoned(rows));
            let words = [
                word(&logits),
                word(&labels),
                word(&given),
                word(&logs),
                word(&step),
                word(&losses),
                word(&sums),
                rows,
                columns,
                first,
                most,
                kind,
                0,
                1.0f32.to_bits() as usize,
            ];
            call("label_losses", &words, threads, rows * columns.div_ceil(32) + 2 * columns);
            let gradient = written(&logits, rows * columns);
            [gradient, written(&losses, blocks), written(&sums, rows)]
        });
        for other in &results[1..] {
            for (one, other) in results[0].iter().zip(other) {
                assert_same(one, other, "threads");
            }
        }
        let [gradient, losses, _] = &results[0];
        let mut total = 0.0;
        for row in 0..rows {
            for column in 0..examples {
                let applies =
                    (0..most).any(|i| labels[i * columns + column] as usize == first + row);
                let all = [0, 1, 2, 3].map(|plane| f64::from(logs[plane * columns + column]));
                let at = row * columns + column;
                let [loss, slope] = loss_of(kind, f64::from(given[at]), applies, all);
                total += loss / examples as f64;
                let error = (f64::from(gradient[at]) * examples as f64 - slope).abs();
                assert!(error <= 1e-5 * (1.0 + slope.abs()), "kind {kind}: {error} of {slope}");
            }
        }
        let sum: f64 = losses.iter().map(|&loss| f64::from(loss)).sum();
        assert!((sum - total).abs() <= 1e-5 * (1.0 + total), "kind {kind}: {sum} of {total}");
    }
}

/// Places of tokens in lists: where each list begins, and the places.
fn listed(tokens: &[u32], vocabulary: usize) -> (Vec<u32>, Vec<u32>) {
    let (mut start, mut order) = (vec![0], Vec::new());
    for token in 0..vocabulary as u32 {
        let own = (0..tokens.len() as u32).filter(|&place| tokens[place as usize] == token);
        order.extend(own);
        start.push(order.len() as u32);
    }
    order.resize(tokens.len(), u32::MAX);
    (start, order)
}

#[test]
fn products_with_listed_features_are_those_with_dense_ones_on_any_threads() {
    let source = &mut Source::new();
    for _ in 0..20 {
        let (rows, inputs) = (source.pick(&[1, 7, 64]), source.pick(&[2, 33, 200]));
        let (positions, columns) = (source.pick(&[1, 5, 9]), source.pick(&[32, 96]));
        let first = source.below(2);
        let pattern = source.pattern(rows, inputs, 40);
        let length = positions * columns;
        // One token in two is common.
        let tokens: Vec<u32> = (0..length)
            .map(|_| {
                let most = source.pick(&[inputs, 2]);
                source.below(most + first) as u32
            })
            .collect();
        let (start, order) = listed(&tokens, inputs + first);
        let weights = source.floats(length);
        let mut x = vec![0.0f64; inputs * columns];
        for (place, &token) in tokens.iter().enumerate() {
            if token as usize >= first {
                x[(token as usize - first) * columns + place % columns] +=
                    f64::from(weights[place]);
            }
        }
        let (values, bias) = (pattern.values(source), source.floats(rows));
        let dy = source.floats(rows * columns);
        let sizes =
            [rows, inputs, positions, columns, first, pattern.capacity, pattern.wide as usize];
        // As `src/ops/kernels/spmm_listed.ts` says.
        let scratch = 2 * length + 8 * columns * positions;
        let lists = [word(&pattern.span), word(&pattern.index)];
        let places = [word(&start), word(&order), word(&weights)];
        let mut before: Option<(Vec<f32>, Vec<f32>)> = None;
        for threads in [1, 3] {
            let (y, gradient) = (poisoned(rows * columns), poisoned(pattern.capacity));
            let (own, offsets, to) = ([word(&values)], [word(&bias)], [word(&y)]);
            let words = [&lists[..], &own, &places, &offsets, &to, &sizes].concat();
            call("spmm_listed", &words, threads, scratch);
            let to = [word(&dy), word(&gradient)];
            let words = [&lists[..], &places, &to, &sizes].concat();
            call("sddmm_listed", &words, threads, scratch);
            let got = (written(&y, rows * columns), written(&gradient, pattern.capacity));
            if let Some(before) = &before {
                assert_same(&got.0, &before.0, "threads");
                assert_same(&got.1, &before.1, "threads");
            }
            before = Some(got);
        }
        let (y, gradient) = before.expect("there are results");
        let mut sums: Vec<f64> =
            (0..rows * columns).map(|at| f64::from(bias[at / columns])).collect();
        for (slot, row, input) in pattern.connections() {
            let mut slope = 0.0;
            for column in 0..columns {
                let had = x[input * columns + column];
                sums[row * columns + column] += f64::from(values[slot]) * had;
                slope += f64::from(dy[row * columns + column]) * had;
            }
            let error = (f64::from(gradient[slot]) - slope).abs();
            assert!(error < 1e-3, "gradient {slot}: {error}");
        }
        for (at, sum) in sums.into_iter().enumerate() {
            let error = (f64::from(y[at]) - sum).abs();
            assert!(error < 1e-3, "y {at}: {error}");
        }
    }
}

#[test]
fn label_top_is_the_head_of_a_stable_sort() {
    let source = &mut Source::new();
    for _ in 0..20 {
        let (rows, columns) = (source.pick(&[3, 40, 150]), source.pick(&[32, 64]));
        let top = source.pick(&[1, 3, 10]);
        let logits = source.ties(rows * columns);
        // Names that descend where labels ascend.
        let names: Vec<u32> = (0..rows).map(|row| (900 - row) as u32).collect();
        let (scores, labels) = (poisoned(top * columns), poisoned(top * columns));
        for (threads, named) in [(1, 0), (3, 0), (1, 1), (3, 1)] {
            let lists = [word(&logits), word(&names), word(&scores), word(&labels)];
            let words = [&lists[..], &[rows, columns, 70, top, 1, named]].concat();
            call("label_top", &words, threads, 0);
            let scores = written(&scores, top * columns);
            for column in 0..columns {
                let mut order: Vec<usize> = (0..rows).collect();
                if named == 1 {
                    order.reverse();
                }
                order.sort_by(|&a, &b| {
                    logits[b * columns + column].total_cmp(&(logits[a * columns + column]))
                });
                for (i, &row) in order.iter().take(top).enumerate() {
                    let at = i * columns + column;
                    let label = if named == 1 { names[row] as usize } else { 70 + row };
                    assert_eq!(labels[at] as usize, label);
                    assert_eq!(scores[at], logits[row * columns + column]);
                }
            }
        }
    }
}
