//! `max_pool`: the largest pixel of every region. See `src/ops/kernels/max_pool.ts`.
use super::pooling::Pooling;
use crate::args::{Args, Share};

/// `y` is the largest pixel of every region of `x`, NaN if one of them is.
///
/// # Safety
/// `args` must be the words that `src/ops/kernels/max_pool.ts` declares.
pub unsafe fn max_pool(args: Args, share: Share) {
    let (x, y) = (args.word(0) as *const f32, args.write::<f32>(1));
    let pooling = Pooling::read(args, 2);
    pooling.each_region(share, |channel, wy, wx| {
        let (down, across) = (pooling.down.pixels(wy), pooling.across.pixels(wx));
        let first = pooling.pixel(channel, down.start, across.start);
        let to = y.add(pooling.region(channel, wy, wx));
        pooling.each_vector(|column, lanes| {
            let mut largest = lanes.load(x.add(first + column));
            for py in down.clone() {
                for px in across.clone() {
                    let at = pooling.pixel(channel, py, px) + column;
                    largest = largest.maximum(lanes.load(x.add(at)));
                }
            }
            lanes.store(largest, to.add(column));
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::pooling::tests::CASES;
    use crate::kernels::testing::{call, numbers, Word};

    #[test]
    fn max_pool_finds_the_largest_pixel() {
        for case in CASES {
            let [channels, height, width, high, wide, down, across, padding, rows, places, columns] =
                case;
            for threads in [1, 3] {
                let mut x = numbers(channels * height * width * columns, 5);
                x[0] = f32::NAN;
                let mut y = vec![f32::INFINITY; channels * rows * places * columns];
                let mut words = vec![Word::F32(&mut x), Word::F32(&mut y)];
                words.extend(case.map(Word::Number));
                call(max_pool, threads, &mut words);
                for (i, &got) in y.iter().enumerate() {
                    let (place, column) = (i / columns, i % columns);
                    let (row, at) = (place / places % rows, place % places);
                    let mut pixels = Vec::new();
                    for py in 0..height {
                        for px in 0..width {
                            let (dy, dx) = (py + padding, px + padding);
                            if (row * down..row * down + high).contains(&dy)
                                && (at * across..at * across + wide).contains(&dx)
                            {
                                let line = (place / places / rows * height + py) * width + px;
                                pixels.push(x[line * columns + column]);
                            }
                        }
                    }
                    let expected = pixels.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let has_nan = pixels.iter().any(|v| v.is_nan());
                    assert!(if has_nan { got.is_nan() } else { got == expected }, "element {i}");
                }
            }
        }
    }
}
