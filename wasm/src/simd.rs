//! Four f32 lanes, on WebAssembly SIMD or as plain arrays.
