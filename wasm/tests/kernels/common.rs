//! What the tests of the kernels share: random matrices and patterns, calls with poisoned outputs
//! and guarded scratch, and the error bound.
use filigree::args::{Args, Share};
use filigree::kernels::KERNELS;
use filigree::random::{Key, Random};

/// Fills what a kernel must write, and what it must not touch.
pub const POISON: u32 = 0x7fc0_dead;

/// A source of random numbers whose seed differs from run to run, and is printed.
pub struct Source {
    random: Random,
}

impl Source {
    /// Seeds from `FILIGREE_SEED` or the clock.
    pub fn new() -> Self {
        let seed = match std::env::var("FILIGREE_SEED") {
            Ok(seed) => seed.parse().expect("FILIGREE_SEED must be a number"),
            Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos(),
        };
        println!("FILIGREE_SEED={seed}");
        let key = Key { seed: [seed, 0], purpose: 9, stream: 0, step: 0 };
        Self { random: Random::new(key, 0) }
    }

    /// An integer below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u32) as usize
    }

    /// A float in [-1, 1), sometimes exactly 0.
    pub fn float(&mut self) -> f32 {
        match self.below(16) {
            0 => 0.0,
            _ => self.random.next_word() as i32 as f32 / 2_147_483_648.0,
        }
    }

    /// `length` floats.
    pub fn floats(&mut self, length: usize) -> Vec<f32> {
        (0..length).map(|_| self.float()).collect()
    }

    /// `length` floats of few values, so that sums tie.
    pub fn ties(&mut self, length: usize) -> Vec<f32> {
        (0..length).map(|_| self.below(3) as f32 - 1.0).collect()
    }

    /// One of `values`.
    pub fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// A pattern whose rows have a random number of connections, some none, some all.
    pub fn pattern(&mut self, rows: usize, inputs: usize, most: usize) -> Pattern {
        let lists = (0..rows)
            .map(|_| {
                let length = match self.below(8) {
                    0 => 0,
                    1 => inputs.min(most),
                    _ => 1 + self.below(inputs.min(most)),
                };
                let mut list: Vec<usize> = if 2 * length > inputs {
                    let mut all: Vec<usize> = (0..inputs).collect();
                    for i in 0..length {
                        let j = i + self.below(inputs - i);
                        all.swap(i, j);
                    }
                    all.truncate(length);
                    all
                } else {
                    let mut set = std::collections::BTreeSet::new();
                    while set.len() < length {
                        set.insert(self.below(inputs));
                    }
                    set.into_iter().collect()
                };
                list.sort_unstable();
                list
            })
            .collect();
        Pattern::new(lists, inputs, 4 * self.below(5))
    }
}

/// Lists of connections as the kernels take them.
pub struct Pattern {
    pub lists: Vec<Vec<usize>>,
    pub span: Vec<u32>,
    pub index: Vec<u32>,
    pub capacity: usize,
    pub wide: bool,
}

impl Pattern {
    /// Lays the lists out, with `tail` slots behind the last.
    pub fn new(lists: Vec<Vec<usize>>, inputs: usize, tail: usize) -> Self {
        Self::units(lists, inputs, tail, 4)
    }

    /// The same with lists padded to a multiple of `tile`.
    pub fn units(lists: Vec<Vec<usize>>, inputs: usize, tail: usize, tile: usize) -> Self {
        let (mut span, mut flat): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        for list in &lists {
            span.push(flat.len() as u32);
            span.push((flat.len() + list.len()) as u32);
            flat.extend(list.iter().map(|&i| i as u32));
            flat.resize(flat.len().next_multiple_of(tile), 0);
        }
        flat.resize(flat.len() + tail, 0);
        let capacity = flat.len();
        let wide = inputs > 65536;
        let index = if wide {
            flat
        } else {
            flat.chunks(2).map(|p| p[0] | p.get(1).unwrap_or(&0) << 16).collect()
        };
        Self { lists, span, index, capacity, wide }
    }

    /// Slots with their row and input.
    pub fn connections(&self) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        self.lists.iter().enumerate().flat_map(|(row, list)| {
            let begin = self.span[2 * row] as usize;
            list.iter().enumerate().map(move |(i, &input)| (begin + i, row, input))
        })
    }

    /// Random values, 0 on padding and tail.
    pub fn values(&self, source: &mut Source) -> Vec<f32> {
        let mut values = vec![0.0; self.capacity];
        for (slot, _, _) in self.connections() {
            values[slot] = source.float();
        }
        values
    }
}

/// The address of a slice, as the word of a binding.
pub fn word<T>(slice: &[T]) -> usize {
    slice.as_ptr() as usize
}

/// `length` poisoned elements, and a few more that must stay poisoned.
pub fn poisoned(length: usize) -> Vec<u32> {
    vec![POISON; length + 8]
}

/// The floats in a poisoned output of `length`.
pub fn written(output: &[u32], length: usize) -> Vec<f32> {
    assert!(output[length..].iter().all(|&w| w == POISON), "wrote behind the output");
    output[..length].iter().map(|&w| f32::from_bits(w)).collect()
}

/// Calls a kernel once for every thread, each with `scratch` floats of poisoned scratch.
pub fn call(name: &str, words: &[usize], threads: usize, scratch: usize) {
    let (_, kernel) = KERNELS.iter().find(|(n, _)| *n == name).expect("no such kernel");
    for thread in 0..threads {
        let mut memory = vec![[POISON; 16]; scratch.div_ceil(16) + 2];
        let start = memory.as_mut_ptr().cast::<u32>();
        let align = start.align_offset(64);
        // SAFETY: the words are those that the kernel declares, and the slices outlive the call.
        unsafe {
            kernel(Args(words), Share { thread, threads, scratch: start.add(align).cast() });
        }
        let flat = memory.as_flattened();
        assert!(flat[align + scratch..].iter().all(|&w| w == POISON), "wrote behind the scratch");
    }
}

/// Checks `got` against a sum of `terms` products: `|got - sum| <= (terms + 2) 2^-23 sum|products|`.
pub fn check(got: f32, sum: f64, absolute: f64, terms: usize, what: &str) {
    let bound = (terms as f64 + 2.0) * f64::from(f32::EPSILON) * absolute;
    let error = (f64::from(got) - sum).abs();
    assert!(error <= bound, "{what}: got {got}, expected {sum} +- {bound}");
}

/// The word of an epilogue: 0 is none, 1 a bias, 2 a bias and then max(., 0), 3 the gate that is the derivative of that.
pub fn epilogue(kind: usize) -> usize {
    let names = filigree::kernels::pointwise_operations::NAMES;
    let relu = 4 * names.iter().position(|&name| name == "relu").expect("there is a relu");
    [0, 1, 1 + relu, 2 + relu][kind]
}
