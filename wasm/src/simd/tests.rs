//! Every operation against plain arrays.

use super::{F32x4, U16x8, U32x4};

fn vectors() -> [F32x4; 4] {
    core::array::from_fn(|i| F32x4::from_array(core::array::from_fn(|j| (10 * i + j) as f32 + 0.5)))
}

#[test]
fn transpose_swaps_rows_and_lanes() {
    let transposed = F32x4::transpose(vectors());
    for (i, row) in vectors().iter().enumerate() {
        for (j, value) in row.to_array().iter().enumerate() {
            assert_eq!(transposed[j].to_array()[i], *value);
        }
    }
}

#[test]
fn sums_equals_the_sum_of_each() {
    let expected: [f32; 4] = vectors().map(F32x4::sum);
    assert_eq!(F32x4::sums(vectors()).to_array(), expected);
}

#[test]
fn max_and_min_keep_a_nan_of_self() {
    let nan = F32x4::splat(f32::NAN);
    assert!(nan.max(F32x4::zero()).to_array().iter().all(|v| v.is_nan()));
    assert!(nan.min(F32x4::zero()).to_array().iter().all(|v| v.is_nan()));
}

#[test]
fn maximum_is_nan_where_either_is() {
    let (a, b) = ([f32::NAN, 1.0, -0.0, -3.0], [1.0, f32::NAN, 0.0, 2.0]);
    let (a, b) = (F32x4::from_array(a), F32x4::from_array(b));
    for result in [a.maximum(b).to_array(), b.maximum(a).to_array()] {
        assert!(result[0].is_nan() && result[1].is_nan());
        assert_eq!(result[2].to_bits(), 0);
        assert_eq!(result[3], 2.0);
    }
}

#[test]
fn where_equal_and_where_different_divide_the_lanes() {
    let a = F32x4::from_array([1.0, 0.0, 3.0, f32::NAN]);
    let b = F32x4::from_array([1.0, -0.0, 4.0, f32::NAN]);
    let value = F32x4::splat(5.0);
    assert_eq!(value.where_equal(a, b).to_array(), [5.0, 5.0, 0.0, 0.0]);
    assert_eq!(value.where_different(a, b).to_array(), [0.0, 0.0, 5.0, 5.0]);
}

#[test]
fn gate_lets_pass_where_the_gate_is_positive() {
    let gate = F32x4::from_array([1.0, 0.0, -1.0, f32::NAN]);
    assert_eq!(F32x4::splat(3.0).gate(gate).to_array(), [3.0, 0.0, 0.0, 0.0]);
}

#[test]
fn select_takes_the_first_where_the_gate_is_positive() {
    let gate = F32x4::from_array([1.0, 0.0, -1.0, f32::NAN]);
    let selected = F32x4::splat(3.0).select(F32x4::splat(5.0), gate);
    assert_eq!(selected.to_array(), [3.0, 5.0, 5.0, 5.0]);
}

#[test]
fn raised_is_exact() {
    let exponents = U32x4::from_array([-126i32, -1, 0, 127].map(|n| n as u32));
    let powers = F32x4::splat(1.0).raised(exponents);
    assert_eq!(powers.to_array(), [f32::MIN_POSITIVE, 0.5, 1.0, 2.0f32.powi(127)]);
}

#[test]
fn load_and_store_need_no_alignment() {
    let source: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
    let mut target = [9.0f32; 6];
    // SAFETY: four floats from index 1 lie inside both arrays.
    unsafe { F32x4::load(source.as_ptr().add(1)).store(target.as_mut_ptr().add(1)) };
    assert_eq!(target, [9.0, 1.0, 2.0, 3.0, 4.0, 9.0]);
}

#[test]
fn rotate_and_diagonal_take_the_lanes_they_name() {
    let [a, b, c, d] = vectors();
    assert_eq!(a.rotate::<0>().to_array(), a.to_array());
    assert_eq!(a.rotate::<1>().to_array(), [1.5, 2.5, 3.5, 0.5]);
    assert_eq!(a.rotate::<2>().to_array(), [2.5, 3.5, 0.5, 1.5]);
    assert_eq!(a.rotate::<3>().to_array(), [3.5, 0.5, 1.5, 2.5]);
    assert_eq!(F32x4::diagonal([a, b, c, d]).to_array(), [0.5, 11.5, 22.5, 33.5]);
}

#[test]
fn lanes_of_u16_take_bytes_multiply_shift_mask_and_add() {
    let source: [u16; 8] = [0x0201, 0x0403, 5, 6, 7, 8, 9, 0xff0a];
    let mut target = [0u16; 10];
    let numbers = |vector: U16x8| {
        let mut lanes = [0u16; 8];
        // SAFETY: eight numbers fit.
        unsafe { vector.store(lanes.as_mut_ptr()) };
        lanes
    };
    // SAFETY: both arrays hold what is read and written, one of them off its alignment.
    let lanes = unsafe {
        let lanes = U16x8::load(source.as_ptr());
        lanes.store(target.as_mut_ptr().add(1));
        lanes
    };
    assert_eq!(target[1..9], source);
    let at = U16x8::from_array([0x0001, 0x0f0e, 0x0303, 0, 0, 0, 0, 0x0100]);
    assert_eq!(numbers(lanes.bytes(at))[..3], [0x0102, 0xff0a, 0x0404]);
    assert_eq!(numbers(lanes.bytes(at))[7], 0x0201);
    let twice = lanes.times(U16x8::from_array([2; 8]));
    assert_eq!(numbers(twice)[7], 0xfe14);
    assert_eq!(numbers(twice.shift_right(1))[7], 0x7f0a);
    assert_eq!(numbers(lanes.and(U16x8::from_array([4; 8])))[2..4], [4, 4]);
    assert_eq!(numbers(lanes.plus(lanes)), numbers(twice));
}

#[test]
fn products_of_u32_are_whole() {
    let (a, b) = ([0, 3, 0x8000_0001, u32::MAX], [7, 5, 6, u32::MAX]);
    let (high, low) = U32x4::from_array(a).products(U32x4::from_array(b));
    for i in 0..4 {
        let product = u64::from(a[i]) * u64::from(b[i]);
        let halves = u64::from(high.to_array()[i]) << 32 | u64::from(low.to_array()[i]);
        assert_eq!(halves, product);
    }
}

#[test]
fn u32_lanes_add_and_differ_without_carry() {
    let (a, b) = (U32x4::from_array([1, 2, u32::MAX, 0x1234_5678]), U32x4::splat(3));
    assert_eq!(a.plus(b).to_array(), [4, 5, 2, 0x1234_567b]);
    assert_eq!(a.xor(b).to_array(), [2, 1, u32::MAX - 3, 0x1234_567b]);
    assert_eq!(a.low_half().to_array(), [1, 2, 0xffff, 0x5678]);
    assert_eq!(a.high_half().to_array(), [0, 0, 0xffff, 0x1234]);
}

#[test]
fn where_least_keeps_the_lanes_of_enough() {
    let draws = U32x4::from_array([0, 4, 5, 0xffff]);
    let value = F32x4::splat(2.0);
    assert_eq!(value.where_least(draws, U32x4::splat(5)).to_array(), [0.0, 0.0, 2.0, 2.0]);
}

#[test]
fn words_compare_and_choose_lane_by_lane() {
    let (a, b) = ([0, 5, 7, u32::MAX], [1, 5, 6, 0]);
    let (a, b) = (U32x4::from_array(a), U32x4::from_array(b));
    let above = a.above(b);
    // Lanes are taken as i32: the last one of `a` is -1.
    assert_eq!(above.to_array(), [0, 0, u32::MAX, 0]);
    assert_eq!(above.tops(), 0b100);
    assert_eq!(a.pick(b, above).to_array(), [1, 5, 7, 0]);
    assert_eq!(b.minus(a).to_array(), [1, 0, u32::MAX, 1]);
    assert_eq!(F32x4::splat(-1.5).words().floats().to_array(), [-1.5; 4]);
}

#[test]
fn words_compare_move_and_tell_their_tops() {
    let a = U32x4::from_array([1, u32::MAX, 0x8000_0000, 7]);
    let b = U32x4::from_array([2, 0, 5, 7]);
    assert_eq!(a.most(b).to_array(), [2, 0, 5, 7]);
    assert_eq!(a.and(b).to_array(), [0, 0, 0, 7]);
    assert_eq!(a.swapped().to_array(), [u32::MAX, 1, 7, 0x8000_0000]);
    assert_eq!(a.shift_right(1).to_array(), [0, 0x7fff_ffff, 0x4000_0000, 3]);
    let masks = [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1], [1, 1, 1, 1]];
    let masks = masks.map(|lanes| U32x4::from_array(lanes.map(|lane: u32| lane * u32::MAX)));
    assert_eq!(U32x4::tops_of(masks), 0b1111_1000_0110_0001);
}
