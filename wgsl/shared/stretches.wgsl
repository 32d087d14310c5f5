// Long sums are added in stretches, a dispatch each: terms firstTerm to firstTerm + someTerms. See
// src/ops/kernels/stretches.ts.

/// Whether this is the first stretch: there is nothing yet to add to.
override FIRST: bool = true;
/// Whether this is the last one: the sum is complete.
override LAST: bool = true;
