//! `max_pool_gradient`. See `src/ops/kernels/max_pool_gradient.ts`.
use super::pooling::Pooling;
use crate::args::{Args, Share};
use crate::simd::F32x4;

/// `dx` is the sum of `dy` over the regions whose first largest pixel it is.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/max_pool_gradient.ts` declares.
pub unsafe fn max_pool_gradient(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.word(1) as *const f32);
    let (dy, dx) = (args.word(2) as *const f32, args.write::<f32>(3));
    let pooling = Pooling::read(args, 4);
    pooling.each_pixel(share, |channel, py, px| {
        let here = pooling.pixel(channel, py, px);
        let (x_here, to) = (x.add(here), dx.add(here));
        pooling.each_vector(|column, lanes| lanes.store(F32x4::zero(), to.add(column)));
        let across = pooling.across.regions(px);
        for wy in pooling.down.regions(py) {
            let top = pooling.down.pixels(wy).start;
            for wx in across.clone() {
                let columns = pooling.across.pixels(wx);
                let region = pooling.region(channel, wy, wx);
                pooling.each_vector(|column, lanes| {
                    let value = lanes.load(x_here.add(column));
                    let largest = lanes.load(y.add(region + column));
                    let mut gradient =
                        lanes.load(dy.add(region + column)).where_equal(value, largest);
                    // Pixels before this one that are as large.
                    for row in top..=py {
                        let end = if row == py { px } else { columns.end };
                        let before = x.add(pooling.pixel(channel, row, 0) + column);
                        for at in columns.start..end {
                            let other = lanes.load(before.add(at * pooling.columns));
                            gradient = gradient.where_different(value, other);
                        }
                    }
                    lanes.store(lanes.load(to.add(column)) + gradient, to.add(column));
                });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::max_pool::max_pool;
    use crate::kernels::pooling::tests::CASES;
    use crate::kernels::testing::{assert_close, call, numbers, Word};

    #[test]
    fn max_pool_gradient_goes_to_the_first_largest_pixel() {
        for case in CASES {
            let [channels, height, width, high, wide, down, across, padding, rows, places, columns] =
                case;
            for threads in [1, 3] {
                // Many ties.
                let mut x: Vec<f32> = numbers(channels * height * width * columns, 5);
                x.iter_mut().for_each(|v| *v = v.round());
                let mut dy = numbers(channels * rows * places * columns, 6);
                let mut y = vec![f32::NAN; dy.len()];
                let mut words = vec![Word::F32(&mut x), Word::F32(&mut y)];
                words.extend(case.map(Word::Number));
                call(max_pool, 1, &mut words);
                let mut expected = vec![0.0; x.len()];
                for (i, &gradient) in dy.iter().enumerate() {
                    let (place, column) = (i / columns, i % columns);
                    let (row, at) = (place / places % rows, place % places);
                    let mut pixels = Vec::new();
                    for py in 0..height {
                        for px in 0..width {
                            if (row * down..row * down + high).contains(&(py + padding))
                                && (at * across..at * across + wide).contains(&(px + padding))
                            {
                                let line = (place / places / rows * height + py) * width + px;
                                pixels.push(line * columns + column);
                            }
                        }
                    }
                    let winner = pixels.into_iter().find(|&pixel| x[pixel] == y[i]).unwrap();
                    expected[winner] += f64::from(gradient);
                }
                let mut dx = vec![f32::NAN; x.len()];
                let mut words = vec![
                    Word::F32(&mut x),
                    Word::F32(&mut y),
                    Word::F32(&mut dy),
                    Word::F32(&mut dx),
                ];
                words.extend(case.map(Word::Number));
                call(max_pool_gradient, threads, &mut words);
                assert_close(&dx, &expected, 1e-5);
            }
        }
    }
}
