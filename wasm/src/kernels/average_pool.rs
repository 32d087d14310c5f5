//! `average_pool`: the mean of the pixels of every region. See `src/ops/kernels/average_pool.ts`.
use super::pooling::Pooling;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `y` is the mean of the pixels of every region of `x` that lie inside the image.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/average_pool.ts` declares.
pub unsafe fn average_pool(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(1));
    let pooling = Pooling::read(args, 2);
    pooling.each_region(share, |channel, wy, wx| {
        let (down, across) = (pooling.down.pixels(wy), pooling.across.pixels(wx));
        let count = pooling.count(wy, wx);
        let to = y.add(pooling.region(channel, wy, wx));
        pooling.each_vector(|column, lanes| {
            let mut sum = F32x4::zero();
            for py in down.clone() {
                for px in across.clone() {
                    let at = pooling.pixel(channel, py, px) + column;
                    sum = sum + lanes.load(x.add(at));
                }
            }
            lanes.store(sum / count, to.add(column));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::pooling::tests::CASES;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn average_pool_leaves_the_padding_out() {
        for case in CASES {
            let [channels, height, width, high, wide, down, across, padding, rows, places, columns] =
                case;
            for threads in [1, 3] {
                let mut x = numbers(channels * height * width * columns, 5);
                let mut y = vec![f32::NAN; channels * rows * places * columns];
                let expected: Vec<f64> = (0..y.len())
                    .map(|i| {
                        let (place, column) = (i / columns, i % columns);
                        let (row, at) = (place / places % rows, place % places);
                        let (mut sum, mut count) = (0.0, 0.0);
                        for py in 0..height {
                            for px in 0..width {
                                if (row * down..row * down + high).contains(&(py + padding))
                                    && (at * across..at * across + wide).contains(&(px + padding))
                                {
                                    let line = (place / places / rows * height + py) * width + px;
                                    sum += f64::from(x[line * columns + column]);
                                    count += 1.0;
                                }
                            }
                        }
                        sum / count
                    })
                    .collect();
                let mut words = vec![Word::F32(&mut x), Word::F32(&mut y)];
                words.extend(case.map(Word::Number));
                call(average_pool, threads, &mut words);
                assert_close(&y, &expected, 1e-5);
            }
        }
    }
}
