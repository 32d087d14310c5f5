//! Every kernel, by name. `KERNELS` is the only list: TypeScript asks for the names at start.
use crate::args::Kernel;

/// Name and function of every kernel; the position is the kernel's number.
pub static KERNELS: &[(&str, Kernel)] = &[];
