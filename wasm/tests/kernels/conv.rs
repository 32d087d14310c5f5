//! The kernels of convolutions against loops in f64 over an explicit matrix of windows.
use crate::common::{call, check, poisoned, word, written, Pattern, Source};
use crate::units::Matrix;
use filigree::kernels::{growth_candidates, panel};

/// A convolution, as the first parameters of its kernels.
#[derive(Clone, Copy, Debug)]
struct Shape {
    rows: usize,
    channels: usize,
    size: [usize; 2],
    kernel: [usize; 2],
    stride: usize,
    padding: usize,
    columns: usize,
}

impl Shape {
    fn random(source: &mut Source) -> Self {
        loop {
            let shape = Self {
                rows: source.pick(&[1, 2, 5, 16]),
                channels: source.pick(&[1, 3, 8]),
                size: [1 + source.below(9), 1 + source.below(9)],
                kernel: [source.pick(&[1, 2, 3, 5]), source.pick(&[1, 3, 4])],
                stride: source.pick(&[1, 1, 2, 3]),
                padding: source.below(3),
                columns: source.pick(&[32, 64, 160]),
            };
            if (0..2).all(|i| shape.size[i] + 2 * shape.padding >= shape.kernel[i]) {
                return shape;
            }
        }
    }

    fn out(&self, i: usize) -> usize {
        (self.size[i] + 2 * self.padding - self.kernel[i]) / self.stride + 1
    }

    fn inputs(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    fn out_elements(&self) -> usize {
        self.out(0) * self.out(1) * self.columns
    }

    fn image_elements(&self) -> usize {
        self.size[0] * self.size[1] * self.columns
    }

    fn words(&self) -> [usize; 11] {
        let ([height, width], [kernel_height, kernel_width]) = (self.size, self.kernel);
        [
            self.rows,
            self.channels,
            height,
            width,
            kernel_height,
            kernel_width,
            self.stride,
            self.padding,
            self.out(0),
            self.out(1),
            self.columns,
        ]
    }

    /// For every input and element of the result, the element of the image, if there is one.
    fn windows(&self) -> Vec<Vec<Option<usize>>> {
        let mut windows = Vec::new();
        for channel in 0..self.channels {
            for down in 0..self.kernel[0] {
                for across in 0..self.kernel[1] {
                    let mut input = Vec::new();
                    for y in 0..self.out(0) {
                        for x in 0..self.out(1) {
                            let at = (y * self.stride + down).checked_sub(self.padding);
                            let to = (x * self.stride + across).checked_sub(self.padding);
                            let inside =
                                at.zip(to).filter(|&(y, x)| y < self.size[0] && x < self.size[1]);
                            for n in 0..self.columns {
                                input.push(inside.map(|(y, x)| {
                                    let pixel = (channel * self.size[0] + y) * self.size[1] + x;
                                    pixel * self.columns + n
                                }));
                            }
                        }
                    }
                    windows.push(input);
                }
            }
        }
        windows
    }
}

/// Calls a kernel with several numbers of threads; all must give the same bits.
fn same(
    name: &str,
    length: usize,
    scratch: usize,
    words: impl Fn(usize) -> Vec<usize>,
) -> Vec<f32> {
    let results = [1, 2, 3, 7].map(|threads| {
        let output = poisoned(length);
        call(name, &words(word(&output)), threads, scratch);
        written(&output, length)
    });
    for other in &results[1..] {
        let equal = results[0].iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits());
        assert!(equal, "{name}: threads differ");
    }
    results[0].clone()
}

/// Compares with the sums of the given products.
fn compare(got: &[f32], products: &[(usize, f64)], what: &str) {
    let mut sums = vec![(0.0, 0.0, 0); got.len()];
    for &(at, product) in products {
        sums[at].0 += product;
        sums[at].1 += product.abs();
        sums[at].2 += 1;
    }
    for (i, (&got, (sum, absolute, terms))) in got.iter().zip(sums).enumerate() {
        check(got, sum, absolute, terms, &format!("{what}, element {i}"));
    }
}

struct Products {
    y: Vec<(usize, f64)>,
    dx: Vec<(usize, f64)>,
    gradient: Vec<(usize, f64)>,
}

/// All products of the connections (slot, row, input) with values of `shape`.
fn products(
    shape: &Shape,
    connections: &[(usize, usize, usize)],
    values: &[f32],
    x: &[f32],
    dy: &[f32],
) -> Products {
    let windows = shape.windows();
    let size = shape.out_elements();
    let mut all = Products { y: vec![], dx: vec![], gradient: vec![] };
    for &(slot, row, input) in connections {
        for (i, from) in windows[input].iter().enumerate() {
            let Some(from) = *from else { continue };
            let (w, x) = (f64::from(values[slot]), f64::from(x[from]));
            let dy = f64::from(dy[row * size + i]);
            all.y.push((row * size + i, w * x));
            all.dx.push((from, w * dy));
            all.gradient.push((slot, dy * x));
        }
    }
    all
}

#[test]
fn dense_convolutions_agree_with_f64() {
    let source = &mut Source::new();
    for _ in 0..30 {
        let shape = Shape::random(source);
        let (rows, inputs) = (shape.rows, shape.inputs());
        let (to, from) = (shape.out_elements(), shape.image_elements());
        let weight = source.floats(rows * inputs);
        let x = source.floats(shape.channels * from);
        let dy = source.floats(rows * to);
        let connections: Vec<_> = (0..rows * inputs).map(|i| (i, i / inputs, i % inputs)).collect();
        let expected = products(&shape, &connections, &weight, &x, &dy);
        let what = format!("{shape:?}");
        let taps = shape.kernel[0] * shape.kernel[1];
        let with = |before: &[usize], after: &[usize]| [before, &shape.words()[..], after].concat();

        let scratch = panel::scratch_floats(rows, to, inputs);
        let y = same("conv", rows * to, scratch, |y| {
            with(&[word(&weight), word(&x), word(&x), y], &[0])
        });
        compare(&y, &expected.y, &what);
        let scratch = panel::scratch_floats(shape.channels, from, rows * taps);
        let dx = same("conv_transposed", shape.channels * from, scratch, |dx| {
            with(&[word(&weight), word(&dy), word(&x), dx], &[0])
        });
        compare(&dx, &expected.dx, &what);
        let scratch = panel::scratch_floats(rows, inputs, to);
        let gradient = same("conv_gradient", rows * inputs, scratch, |gradient| {
            with(&[word(&dy), word(&x), gradient], &[])
        });
        compare(&gradient, &expected.gradient, &what);
    }
}

#[test]
fn sparse_convolutions_agree_with_f64() {
    let source = &mut Source::new();
    for _ in 0..40 {
        let shape = Shape::random(source);
        let (rows, inputs) = (shape.rows, shape.inputs());
        let (to, from) = (shape.out_elements(), shape.image_elements());
        let pattern = source.pattern(rows, inputs, inputs);
        let values = pattern.values(source);
        let x = source.floats(shape.channels * from);
        let dy = source.floats(rows * to);
        let connections: Vec<_> = pattern.connections().collect();
        let expected = products(&shape, &connections, &values, &x, &dy);
        let what = format!("{shape:?}");
        let taps = shape.kernel[0] * shape.kernel[1];
        let lists = [word(&pattern.span), word(&pattern.index)];
        let bias = source.floats(rows);

        let scratch = 3 * inputs.next_multiple_of(4);
        let y = same("conv_spmm", rows * to, scratch, |y| {
            let bindings = [word(&values), word(&x), word(&bias), y];
            [&lists[..], &bindings, &shape.words(), &[pattern.capacity, 0, 1]].concat()
        });
        let biases = (0..rows * to).map(|i| (i, f64::from(bias[i / to])));
        compare(&y, &expected.y.iter().copied().chain(biases).collect::<Vec<_>>(), &what);

        let turned = turn(&pattern, inputs);
        let mut turned_values = vec![0.0; turned.capacity];
        for (slot, input, row) in turned.connections() {
            let (from, ..) = connections.iter().find(|&&(_, r, i)| (r, i) == (row, input)).unwrap();
            turned_values[slot] = values[*from];
        }
        let view = [word(&turned.span), word(&turned.index)];
        let scratch = 3 * (rows * taps).next_multiple_of(4);
        let gate = source.floats(shape.channels * from);
        let dx = same("conv_spmm_transposed", shape.channels * from, scratch, |dx| {
            let bindings = [word(&turned_values), word(&dy), word(&gate), dx];
            [&view[..], &bindings, &shape.words(), &[turned.capacity, 0, crate::common::epilogue(3)]]
                .concat()
        });
        let gated: Vec<_> = expected.dx.iter().copied().filter(|&(at, _)| gate[at] > 0.0).collect();
        compare(&dx, &gated, &what);

        let gradient = same("conv_sddmm", pattern.capacity, 0, |gradient| {
            let bindings = [word(&dy), word(&x), gradient];
            [&lists[..], &bindings, &shape.words(), &[pattern.capacity, 0]].concat()
        });
        compare(&gradient, &expected.gradient, &what);
    }
}

#[test]
fn convolutions_of_units_agree_with_f64() {
    let source = &mut Source::new();
    for unit in [[4, 1], [16, 1], [4, 4], [8, 8], [32, 32]].into_iter().cycle().take(25) {
        let mut shape = Shape::random(source);
        shape.rows = source.pick(&[1, 4, 7, 18, 33]);
        convolve_units(source, shape, unit);
    }
}

fn convolve_units(source: &mut Source, shape: Shape, unit: [usize; 2]) {
    let [height, width] = unit;
    let (rows, inputs) = (shape.rows, shape.inputs());
    let (to, from) = (shape.out_elements(), shape.image_elements());
    let entries = inputs.div_ceil(width);
    let matrix = Matrix::draw(source, [rows, inputs], unit, entries);
    let Matrix { pattern, values, .. } = &matrix;
    let (x, dy) = (source.floats(shape.channels * from), source.floats(rows * to));
    let expected = products(&shape, &matrix.connections(), values, &x, &dy);
    let what = format!("{shape:?} of {height}x{width}");
    let lists = [word(&pattern.span), word(&pattern.index)];
    let wide = usize::from(pattern.wide);
    let bias = source.floats(rows);

    let scratch = 34 * inputs.next_multiple_of(width.max(4));
    let y = same("conv_block_spmm", rows * to, scratch, |y| {
        let bindings = [word(values), word(&x), word(&bias), y];
        let params = [pattern.capacity, wide, 1];
        [&lists[..], &bindings, &shape.words(), &params, &unit].concat()
    });
    let biases = (0..rows * to).map(|i| (i, f64::from(bias[i / to])));
    compare(&y, &expected.y.iter().copied().chain(biases).collect::<Vec<_>>(), &what);

    let mut columns = vec![vec![]; entries];
    let mut slots = vec![vec![]; entries];
    for (slot, list, entry) in pattern.connections() {
        columns[entry].push(list);
        slots[entry].push(slot as u32);
    }
    let tile = if width == 1 { 4 } else { 1 };
    let turned = Pattern::units(columns, pattern.lists.len(), 0, tile);
    let mut slot_of = vec![u32::MAX; turned.capacity];
    for ((at, ..), slot) in turned.connections().zip(slots.into_iter().flatten()) {
        slot_of[at] = slot;
    }
    let view = [word(&turned.span), word(&turned.index), word(&slot_of)];
    let scratch = 3 * (rows * shape.kernel[0] * shape.kernel[1]).next_multiple_of(4);
    let dx = same("conv_block_spmm_transposed", shape.channels * from, scratch, |dx| {
        let bindings = [word(values), word(&dy), word(values), dx];
        let params = [turned.capacity, usize::from(turned.wide), 0];
        [&view[..], &bindings, &shape.words(), &params, &unit].concat()
    });
    compare(&dx, &expected.dx, &what);

    let gradient = same("conv_block_sddmm", values.len(), 0, |gradient| {
        let bindings = [word(&dy), word(&x), gradient];
        [&lists[..], &bindings, &shape.words(), &[pattern.capacity, wide], &unit].concat()
    });
    compare(&gradient, &expected.gradient, &what);
}

/// The lists of the other dimension.
fn turn(pattern: &Pattern, inputs: usize) -> Pattern {
    let mut lists = vec![vec![]; inputs];
    for (_, row, input) in pattern.connections() {
        lists[input].push(row);
    }
    Pattern::new(lists, pattern.lists.len(), 0)
}

#[test]
fn conv_growth_candidates_are_those_of_the_explicit_windows() {
    let source = &mut Source::new();
    for unit in [[1, 1], [4, 1], [16, 1], [4, 4], [8, 8]].into_iter().cycle().take(30) {
        let shape = Shape::random(source);
        let (rows, inputs, to) = (shape.rows, shape.inputs(), shape.out_elements());
        let [height, width] = unit;
        let entries = inputs.div_ceil(width);
        let count = 1 + source.below(entries);
        let Matrix { pattern, .. } = Matrix::draw(source, [rows, inputs], unit, entries);
        let segment = source.pick(&[entries, 1, 4]);
        let length = pattern.lists.len() * entries.div_ceil(segment) * count;
        let x = source.floats(shape.channels * shape.image_elements());
        let dy = source.floats(rows * to);
        let explicit: Vec<f32> =
            shape.windows().iter().flatten().map(|from| from.map_or(0.0, |from| x[from])).collect();
        let scratch = growth_candidates::scratch([inputs, to], unit, count);
        let run = |name: &str, x: &[f32], params: &[usize]| {
            let (input, score) = (poisoned(length), poisoned(length));
            let lists = [word(&pattern.span), word(&pattern.index)];
            let others = [word(&dy), word(x), word(&input), word(&score)];
            call(name, &[&lists[..], &others, params].concat(), 2, scratch);
            (input, score)
        };
        let (wide, norm) = (usize::from(pattern.wide), source.below(4));
        let plain = [rows, inputs, to, wide, count, height, width, segment, norm];
        let expected = run("growth_candidates", &explicit, &plain);
        let params = [&shape.words()[..], &[wide, count, height, width, segment, norm]].concat();
        assert!(run("conv_growth_candidates", &x, &params) == expected, "{shape:?}");
    }
}
