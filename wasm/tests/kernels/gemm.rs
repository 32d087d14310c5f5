//! `gemm` against a loop in f64.
use crate::common::{call, check, poisoned, word, written, Source};
use filigree::kernels::panel::scratch_floats;

struct Case {
    m: usize,
    n: usize,
    k: usize,
    transpose_a: bool,
    transpose_b: bool,
    epilogue: usize,
}

fn run(source: &mut Source, case: &Case) {
    let &Case { m, n, k, transpose_a, transpose_b, epilogue } = case;
    let (a, b) = (source.floats(m * k), source.floats(k * n));
    let extra = source.floats(m * n);
    let results = [1, 2, 3, 8].map(|threads| {
        let c = poisoned(m * n);
        let words = [
            word(&a),
            word(&b),
            word(&extra),
            word(&c),
            m,
            n,
            k,
            transpose_a as usize,
            transpose_b as usize,
            crate::common::epilogue(epilogue),
        ];
        call("gemm", &words, threads, scratch_floats(m, n, k));
        written(&c, m * n)
    });
    for other in &results[1..] {
        assert!(
            results[0].iter().zip(other).all(|(x, y)| x.to_bits() == y.to_bits()),
            "threads differ"
        );
    }
    for i in 0..m {
        for j in 0..n {
            let (mut sum, mut absolute) = (0.0, 0.0);
            for p in 0..k {
                let left = a[if transpose_a { p * m + i } else { i * k + p }];
                let right = b[if transpose_b { j * k + p } else { p * n + j }];
                let product = f64::from(left) * f64::from(right);
                sum += product;
                absolute += product.abs();
            }
            if epilogue == 1 || epilogue == 2 {
                sum += f64::from(extra[i]);
                absolute += f64::from(extra[i]).abs();
            }
            if epilogue == 2 {
                sum = sum.max(0.0);
            }
            if epilogue == 3 && extra[i * n + j] <= 0.0 {
                (sum, absolute) = (0.0, 0.0);
            }
            check(results[0][i * n + j], sum, absolute, k + 1, &format!("{m}x{n}x{k} at {i},{j}"));
        }
    }
}

#[test]
fn gemm_agrees_with_f64_at_every_edge_of_its_tiles() {
    let source = &mut Source::new();
    for m in 1..14 {
        for n in [1, 3, 4, 7, 8, 9, 15, 17] {
            let k = 1 + source.below(12);
            let (transpose_a, transpose_b) = (source.below(2) == 1, source.below(2) == 1);
            run(source, &Case { m, n, k, transpose_a, transpose_b, epilogue: (m + n) % 4 });
        }
    }
}

#[test]
fn gemm_agrees_with_f64_across_blocks() {
    let source = &mut Source::new();
    for (transpose_a, transpose_b) in [(false, false), (true, false), (false, true), (true, true)] {
        let case = |m, n, k, epilogue| Case { m, n, k, transpose_a, transpose_b, epilogue };
        let small = source.below(8);
        run(source, &case(129 + small, 33, 257 + small, 1));
        run(source, &case(5, 513 + small, 300, 2));
        run(source, &case(64, 32 * (1 + small), 512, 3));
        run(source, &case(10, 32, 784, 0));
    }
}

#[test]
fn gemm_of_an_empty_sum_is_its_epilogue() {
    let source = &mut Source::new();
    for epilogue in 0..4 {
        run(source, &Case { m: 6, n: 32, k: 0, transpose_a: false, transpose_b: false, epilogue });
    }
}
