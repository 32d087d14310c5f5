//! Executes lists of kernel calls.
