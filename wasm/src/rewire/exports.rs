//! What the host calls: the functions of this folder over pointers and lengths.
//!
//! # Safety
//! Of every function: a pointer is aligned to 4 and lies at the start of as many elements as its
//! doc says, and what is written does not overlap what is read. A set of `n` elements has
//! `ceil(n / 32)` words. Cells (`cells.rs`) are given by `span[2 * cells]`, `per_list`, `segment` and
//! `entries`. Results that name an element give `NONE` if there is none.

// The conditions are the same for all functions, see above; an array is two arguments.
#![allow(clippy::missing_safety_doc, clippy::too_many_arguments)]

mod growth;
mod pattern;
mod scores;
mod sets;
