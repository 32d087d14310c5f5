//! The products of matrices of units against loops in f64.
use crate::common::{call, check, poisoned, word, written, Pattern, Source};

/// A matrix of units with its values.
pub struct Matrix {
    rows: usize,
    inputs: usize,
    height: usize,
    width: usize,
    /// Its lists.
    pub pattern: Pattern,
    /// `[slots, width, height]`.
    pub values: Vec<f32>,
}

impl Matrix {
    /// Draws one of units of `height` x `width`, with at most `most` in a row of them.
    pub fn draw(
        source: &mut Source,
        [rows, inputs]: [usize; 2],
        [height, width]: [usize; 2],
        most: usize,
    ) -> Self {
        let entries = inputs.div_ceil(width);
        let drawn = source.pattern(rows.div_ceil(height), entries, most);
        let tail = source.below(6);
        let (tile, tail) = if width == 1 { (4, 4 * tail) } else { (1, tail) };
        let pattern = Pattern::units(drawn.lists, entries, tail, tile);
        let mut matrix = Self { rows, inputs, height, width, pattern, values: vec![] };
        matrix.values = vec![0.0; matrix.pattern.capacity * height * width];
        for (at, _, _) in matrix.connections() {
            matrix.values[at] = source.float();
        }
        matrix
    }

    /// Place of the value, row and input of every connection inside the matrix.
    pub fn connections(&self) -> Vec<(usize, usize, usize)> {
        let (height, width) = (self.height, self.width);
        let mut all = Vec::new();
        for (slot, list, entry) in self.pattern.connections() {
            for c in 0..width {
                for r in 0..height {
                    let (row, input) = (list * height + r, entry * width + c);
                    if row < self.rows && input < self.inputs {
                        all.push(((slot * width + c) * height + r, row, input));
                    }
                }
            }
        }
        all
    }

    fn describe(&self, columns: usize) -> String {
        let Self { rows, inputs, height, width, .. } = self;
        format!("{rows}x{inputs} of {height}x{width}, {columns} columns")
    }
}

/// Sums and sums of magnitudes of `products`, by place.
fn sums(length: usize, products: impl Iterator<Item = (usize, f64)>) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); length];
    for (at, product) in products {
        sums[at].0 += product;
        sums[at].1 += product.abs();
    }
    sums
}

/// What the epilogue makes of a sum; `None` where it must be exactly 0.
fn finish(epilogue: usize, sum: (f64, f64), extra: f64) -> Option<(f64, f64)> {
    match epilogue {
        1 => Some((sum.0 + extra, sum.1 + extra.abs())),
        2 => Some(((sum.0 + extra).max(0.0), sum.1 + extra.abs())),
        3 if extra <= 0.0 => None,
        _ => Some(sum),
    }
}

/// Runs a kernel on 1, 2, 3 and 7 threads, which must agree bit for bit.
fn same_on_threads(run: impl Fn(usize) -> Vec<f32>) -> Vec<f32> {
    let first = run(1);
    for threads in [2, 3, 7] {
        let other = run(threads);
        assert!(
            first.iter().zip(&other).all(|(x, y)| x.to_bits() == y.to_bits()),
            "{threads} threads differ from one"
        );
    }
    first
}

fn forward(source: &mut Source, matrix: &Matrix, columns: usize, epilogue: usize) {
    let Matrix { rows, inputs, height, width, pattern, values } = matrix;
    let x = source.floats(inputs * columns);
    let extra = source.floats(rows * if epilogue == 3 { columns } else { 1 });
    let y = same_on_threads(|threads| {
        let y = poisoned(rows * columns);
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(values),
            word(&x),
            word(&extra),
            word(&y),
            *rows,
            *inputs,
            columns,
            pattern.capacity,
            pattern.wide as usize,
            crate::common::epilogue(epilogue),
            *height,
            *width,
        ];
        let scratch = if *width == 1 && *height > 8 {
            65_536.max(8 * inputs)
        } else {
            let lines = inputs.next_multiple_of(*width);
            let fit = 65_536 / lines / 32 * 32;
            let tile = fit.min(256).min(columns.next_multiple_of(32)).max(32);
            tile / 8 * (8 * lines + 16)
        };
        call("block_spmm", &words, threads, scratch);
        written(&y, rows * columns)
    });
    let connections = matrix.connections();
    let products = connections.iter().flat_map(|&(at, row, input)| {
        let x = &x;
        (0..columns).map(move |column| {
            let product = f64::from(values[at]) * f64::from(x[input * columns + column]);
            (row * columns + column, product)
        })
    });
    for (at, sum) in sums(rows * columns, products).into_iter().enumerate() {
        let extra = extra[if epilogue == 3 { at } else { at / columns }];
        let what = format!("y[{at}], epilogue {epilogue}, {}", matrix.describe(columns));
        let (sum, absolute) = finish(epilogue, sum, f64::from(extra)).unwrap_or((0.0, 0.0));
        check(y[at], sum, absolute, inputs + 1, &what);
    }
}

fn gradient(source: &mut Source, matrix: &Matrix, columns: usize) {
    let Matrix { rows, inputs, height, width, pattern, .. } = matrix;
    let (dy, x) = (source.floats(rows * columns), source.floats(inputs * columns));
    let length = pattern.capacity * height * width;
    let gradient = same_on_threads(|threads| {
        let gradient = poisoned(length);
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(&dy),
            word(&x),
            word(&gradient),
            *rows,
            *inputs,
            columns,
            pattern.capacity,
            pattern.wide as usize,
            *height,
            *width,
        ];
        let lines = if *width > 1 && *height >= 8 { inputs.next_multiple_of(*width) } else { 0 };
        let run = if lines > 0 { (262_144 / lines / 32 * 32).clamp(32, 256) } else { 256 };
        let scratch = columns.next_multiple_of(4).min(run) * (height + lines.max(4));
        call("block_sddmm", &words, threads, scratch);
        written(&gradient, length)
    });
    let connections = matrix.connections();
    let products = connections.iter().flat_map(|&(at, row, input)| {
        let (dy, x) = (&dy, &x);
        (0..columns).map(move |column| {
            let dy = f64::from(dy[row * columns + column]);
            (at, dy * f64::from(x[input * columns + column]))
        })
    });
    for (at, (sum, absolute)) in sums(length, products).into_iter().enumerate() {
        let what = format!("gradient[{at}], {}", matrix.describe(columns));
        check(gradient[at], sum, absolute, columns, &what);
    }
}

fn transposed(source: &mut Source, matrix: &Matrix, columns: usize, epilogue: usize) {
    let Matrix { rows, inputs, height, pattern, values, .. } = matrix;
    let x = source.floats(rows * columns);
    let extra = source.floats(inputs * columns);
    let y = same_on_threads(|threads| {
        let y = poisoned(inputs * columns);
        let words = [
            word(&pattern.span),
            word(&pattern.index),
            word(values),
            word(&x),
            word(&extra),
            word(&y),
            *rows,
            *inputs,
            columns,
            pattern.capacity,
            pattern.wide as usize,
            crate::common::epilogue(epilogue),
            *height,
        ];
        call("group_spmm_transposed", &words, threads, 260 * height + 256);
        written(&y, inputs * columns)
    });
    let connections = matrix.connections();
    let products = connections.iter().flat_map(|&(at, row, input)| {
        let x = &x;
        (0..columns).map(move |column| {
            let product = f64::from(values[at]) * f64::from(x[row * columns + column]);
            (input * columns + column, product)
        })
    });
    for (at, sum) in sums(inputs * columns, products).into_iter().enumerate() {
        let what = format!("y[{at}], epilogue {epilogue}, {}", matrix.describe(columns));
        let (sum, absolute) = finish(epilogue, sum, f64::from(extra[at])).unwrap_or((0.0, 0.0));
        check(y[at], sum, absolute, rows + 1, &what);
    }
}

/// Sizes that units divide and sizes that they do not.
fn draw(source: &mut Source, size: [usize; 2]) -> Matrix {
    let rows = source.pick(&[1, 4, 15, 32, 64, 97]);
    let inputs = source.pick(&[1, 3, 16, 33, 64, 130]);
    let most = source.pick(&[1, 5, 130]);
    Matrix::draw(source, [rows, inputs], size, most)
}

const GROUPS: [[usize; 2]; 4] = [[4, 1], [8, 1], [16, 1], [32, 1]];
const BLOCKS: [[usize; 2]; 4] = [[4, 4], [8, 8], [16, 16], [32, 32]];
const COLUMNS: [usize; 8] = [32, 64, 256, 288, 1, 4, 13, 40];

#[test]
fn block_spmm_agrees_with_f64_over_groups_and_blocks() {
    let source = &mut Source::new();
    for round in 0..10 {
        for size in GROUPS.into_iter().chain(BLOCKS) {
            let (matrix, columns) = (draw(source, size), source.pick(&COLUMNS));
            forward(source, &matrix, columns, round % 4);
        }
    }
}

#[test]
fn block_sddmm_agrees_with_f64_over_groups_and_blocks() {
    let source = &mut Source::new();
    for _ in 0..8 {
        for size in GROUPS.into_iter().chain(BLOCKS) {
            let (matrix, columns) = (draw(source, size), source.pick(&COLUMNS));
            gradient(source, &matrix, columns);
        }
    }
}

#[test]
fn group_spmm_transposed_agrees_with_f64() {
    let source = &mut Source::new();
    for round in 0..20 {
        for size in GROUPS {
            let (matrix, columns) = (draw(source, size), source.pick(&COLUMNS));
            transposed(source, &matrix, columns, [0, 3][round % 2]);
        }
    }
}

#[test]
fn products_of_units_read_entries_up_to_the_last() {
    let source = &mut Source::new();
    for (inputs, size) in [(65_537, [8, 1]), (4 * 65_536 + 3, [4, 4]), (65_536, [16, 1])] {
        let mut matrix = Matrix::draw(source, [20, inputs], size, 9);
        let entries = inputs.div_ceil(size[1]);
        let lists = vec![vec![0, entries - 1]; matrix.pattern.lists.len()];
        matrix.pattern = Pattern::units(lists, entries, 0, if size[1] == 1 { 4 } else { 1 });
        matrix.values = vec![0.0; matrix.pattern.capacity * size[0] * size[1]];
        for (at, _, _) in matrix.connections() {
            matrix.values[at] = source.float();
        }
        forward(source, &matrix, 8, 1);
        gradient(source, &matrix, 8);
        if size[1] == 1 {
            transposed(source, &matrix, 8, 0);
        }
    }
}
