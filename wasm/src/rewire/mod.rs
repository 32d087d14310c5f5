//! Rewiring: selection, drawing, merging, the transposed view.
