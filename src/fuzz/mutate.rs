//! Broken input out of good input.

use fastrand::Rng;

/// What parsers stumble over.
const TOKENS: [&str; 38] = [
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "true",
    "-0",
    "1e999",
    "-1",
    "18446744073709551616",
    "99999999999999999999e-99",
    "NaN",
    "\0",
    "\r\n",
    "\n ",
    "\t",
    "=",
    "#",
    ";",
    "%00",
    "%",
    "@",
    "/../",
    "://",
    "<",
    "</a>",
    "&#0;",
    "&lt",
    "<!DOCTYPE a [",
    "\u{feff}",
    "\u{202e}",
    "9999-12-31T23:59:60.999999999Z",
];

pub(super) struct Mutator {
    random: Rng,
    seeds: &'static [&'static str],
}

impl Mutator {
    pub(super) fn new(seed: u64, seeds: &'static [&'static str]) -> Self {
        Self {
            random: Rng::with_seed(seed),
            seeds,
        }
    }

    fn seed(&mut self) -> &'static [u8] {
        self.seeds[self.random.usize(..self.seeds.len())].as_bytes()
    }

    /// The next input, of at most so many bytes.
    pub(super) fn next(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = self.seed().to_vec();
        for _ in 0..self.random.usize(1..8) {
            self.change(&mut bytes);
        }
        bytes.truncate(most);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let start = self.random.usize(..=bytes.len());
        let end = (start + self.random.usize(..40)).min(bytes.len());
        match self.random.u8(..9) {
            0 => bytes.truncate(start),
            1 => drop(bytes.drain(start..end)),
            2 => {
                if let Some(byte) = bytes.get_mut(start) {
                    *byte ^= 1 << self.random.u8(..8);
                }
            }
            3 => {
                if let Some(byte) = bytes.get_mut(start) {
                    *byte = self.random.u8(..);
                }
            }
            // A part again, a few times or many.
            4 => {
                let times = [1, 2, 100][self.random.usize(..3)];
                let part = bytes[start..end].repeat(times);
                drop(bytes.splice(start..start, part));
            }
            // A part of another seed.
            5 => {
                let other = self.seed();
                let from = self.random.usize(..=other.len());
                let to = (from + self.random.usize(..40)).min(other.len());
                drop(bytes.splice(start..end, other[from..to].iter().copied()));
            }
            // Noise.
            6 => {
                let noise: Vec<u8> = (0..self.random.usize(..8))
                    .map(|_| self.random.u8(..))
                    .collect();
                drop(bytes.splice(start..start, noise));
            }
            _ => {
                let token = TOKENS[self.random.usize(..TOKENS.len())].as_bytes();
                drop(bytes.splice(start..start, token.iter().copied()));
            }
        }
    }
}
