//! `average_pool_gradient`. See `src/ops/kernels/average_pool_gradient.ts`.
use super::pooling::Pooling;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `dx` is the sum of `dy`, divided by the pixels of the region, over the regions that it lies in.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/average_pool_gradient.ts` declares.
pub unsafe fn average_pool_gradient(args: Args, share: Share) {
    let (dy, dx) = (args.word(0) as *const f32, args.write::<f32>(1));
    let pooling = Pooling::read(args, 2);
    pooling.each_pixel(share, |channel, py, px| {
        let to = dx.add(pooling.pixel(channel, py, px));
        pooling.each_vector(|column, lanes| lanes.store(F32x4::zero(), to.add(column)));
        let across = pooling.across.regions(px);
        for wy in pooling.down.regions(py) {
            for wx in across.clone() {
                let count = pooling.count(wy, wx);
                let from = dy.add(pooling.region(channel, wy, wx));
                pooling.each_vector(|column, lanes| {
                    let gradient = lanes.load(from.add(column)) / count;
                    lanes.store(lanes.load(to.add(column)) + gradient, to.add(column));
                });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::average_pool::average_pool;
    use crate::kernels::pooling::tests::CASES;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn average_pool_gradient_is_the_adjoint_of_average_pool() {
        for case in CASES {
            let [channels, height, width, _, _, _, _, _, rows, places, columns] = case;
            for threads in [1, 3] {
                let mut x = numbers(channels * height * width * columns, 5);
                let mut dy = numbers(channels * rows * places * columns, 6);
                let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
                let mut words = vec![Word::F32(&mut x), Word::F32(&mut y)];
                words.extend(case.map(Word::Number));
                call(average_pool, threads, &mut words);
                let mut words = vec![Word::F32(&mut dy), Word::F32(&mut dx)];
                words.extend(case.map(Word::Number));
                call(average_pool_gradient, threads, &mut words);
                let dot = |a: &[f32], b: &[f32]| -> f64 {
                    a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
                };
                assert!((dot(&y, &dy) - dot(&x, &dx)).abs() < 1e-3, "{case:?}");
            }
        }
    }
}
