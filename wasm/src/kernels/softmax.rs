//! The softmax of four columns of logits; `cross_entropy` and its gradient share it.
use super::elementwise::Lanes;
use crate::simd::F32x4;

/// Logits (classes, columns) at one place of four columns, of which `lanes` tells the valid ones.
pub struct Columns {
    /// Class 0 of the first column.
    pub logits: *const f32,
    /// Number of classes.
    pub classes: usize,
    /// Elements from one class to the next.
    pub stride: usize,
    /// Which of the four columns exist.
    pub lanes: Lanes,
}

impl Columns {
    /// The logits of one class.
    ///
    /// # Safety
    /// `class` must be below `classes`.
    #[inline(always)]
    pub unsafe fn logit(&self, class: usize) -> F32x4 {
        self.lanes.load(self.logits.add(class * self.stride))
    }

    /// The largest logit, and the sum over the classes of exp(logit - largest), which is at least 1.
    ///
    /// # Safety
    /// The logits must be readable.
    pub unsafe fn softmax(&self) -> (F32x4, F32x4) {
        let mut largest = self.logit(0);
        for class in 1..self.classes {
            largest = largest.max(self.logit(class));
        }
        let mut sum = F32x4::zero();
        for class in 0..self.classes {
            sum = sum + exp(self.logit(class) - largest);
        }
        (largest, sum)
    }
}

/// e to the power of each lane.
pub fn exp(x: F32x4) -> F32x4 {
    F32x4::from_array(x.to_array().map(f32::exp))
}
