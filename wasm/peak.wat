;; The most multiply-adds per second that a core reaches through WebAssembly SIMD: nothing but registers.
;;
;; Both functions take a number of iterations and x = 1, and do 48 or 96 floating-point operations per iteration. The chains
;; are independent of each other, so that throughput decides and not latency; the multiplications of $plain do not feed its
;; additions for the same reason: a product over registers alone has as many of one as of the other.
(module
  (func (export "plain") (param $n i32) (param $x f32) (result f32)
    (local $a0 v128) (local $a1 v128) (local $a2 v128) (local $a3 v128) (local $a4 v128) (local $a5 v128)
    (local $p0 v128) (local $p1 v128) (local $p2 v128) (local $p3 v128) (local $p4 v128) (local $p5 v128)
    (local $m v128)
    (local.set $m (f32x4.splat (local.get $x)))
    (local.set $a0 (f32x4.splat (f32.const 0)))
    (local.set $p0 (f32x4.splat (f32.const 0)))
    (local.set $a1 (f32x4.splat (f32.const 1)))
    (local.set $p1 (f32x4.splat (f32.const 1)))
    (local.set $a2 (f32x4.splat (f32.const 2)))
    (local.set $p2 (f32x4.splat (f32.const 2)))
    (local.set $a3 (f32x4.splat (f32.const 3)))
    (local.set $p3 (f32x4.splat (f32.const 3)))
    (local.set $a4 (f32x4.splat (f32.const 4)))
    (local.set $p4 (f32x4.splat (f32.const 4)))
    (local.set $a5 (f32x4.splat (f32.const 5)))
    (local.set $p5 (f32x4.splat (f32.const 5)))
    (loop $again
      (local.set $a0 (f32x4.add (local.get $a0) (local.get $m)))
      (local.set $p0 (f32x4.mul (local.get $p0) (local.get $m)))
      (local.set $a1 (f32x4.add (local.get $a1) (local.get $m)))
      (local.set $p1 (f32x4.mul (local.get $p1) (local.get $m)))
      (local.set $a2 (f32x4.add (local.get $a2) (local.get $m)))
      (local.set $p2 (f32x4.mul (local.get $p2) (local.get $m)))
      (local.set $a3 (f32x4.add (local.get $a3) (local.get $m)))
      (local.set $p3 (f32x4.mul (local.get $p3) (local.get $m)))
      (local.set $a4 (f32x4.add (local.get $a4) (local.get $m)))
      (local.set $p4 (f32x4.mul (local.get $p4) (local.get $m)))
      (local.set $a5 (f32x4.add (local.get $a5) (local.get $m)))
      (local.set $p5 (f32x4.mul (local.get $p5) (local.get $m)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (f32x4.extract_lane 0 (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add (local.get $a0) (local.get $p0))
      (f32x4.add (local.get $a1) (local.get $p1)))
      (f32x4.add (local.get $a2) (local.get $p2)))
      (f32x4.add (local.get $a3) (local.get $p3)))
      (f32x4.add (local.get $a4) (local.get $p4)))
      (f32x4.add (local.get $a5) (local.get $p5)))))

  (func (export "relaxed") (param $n i32) (param $x f32) (result f32)
    (local $a0 v128) (local $a1 v128) (local $a2 v128) (local $a3 v128) (local $a4 v128) (local $a5 v128) (local $a6 v128) (local $a7 v128) (local $a8 v128) (local $a9 v128) (local $a10 v128) (local $a11 v128)
    (local $m v128)
    (local.set $m (f32x4.splat (local.get $x)))
    (local.set $a0 (f32x4.splat (f32.const 0)))
    (local.set $a1 (f32x4.splat (f32.const 1)))
    (local.set $a2 (f32x4.splat (f32.const 2)))
    (local.set $a3 (f32x4.splat (f32.const 3)))
    (local.set $a4 (f32x4.splat (f32.const 4)))
    (local.set $a5 (f32x4.splat (f32.const 5)))
    (local.set $a6 (f32x4.splat (f32.const 6)))
    (local.set $a7 (f32x4.splat (f32.const 7)))
    (local.set $a8 (f32x4.splat (f32.const 8)))
    (local.set $a9 (f32x4.splat (f32.const 9)))
    (local.set $a10 (f32x4.splat (f32.const 10)))
    (local.set $a11 (f32x4.splat (f32.const 11)))
    (loop $again
      (local.set $a0 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a0)))
      (local.set $a1 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a1)))
      (local.set $a2 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a2)))
      (local.set $a3 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a3)))
      (local.set $a4 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a4)))
      (local.set $a5 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a5)))
      (local.set $a6 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a6)))
      (local.set $a7 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a7)))
      (local.set $a8 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a8)))
      (local.set $a9 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a9)))
      (local.set $a10 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a10)))
      (local.set $a11 (f32x4.relaxed_madd (local.get $m) (local.get $m) (local.get $a11)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (f32x4.extract_lane 0 (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (f32x4.add
      (local.get $a0)
      (local.get $a1))
      (local.get $a2))
      (local.get $a3))
      (local.get $a4))
      (local.get $a5))
      (local.get $a6))
      (local.get $a7))
      (local.get $a8))
      (local.get $a9))
      (local.get $a10))
      (local.get $a11)))))
