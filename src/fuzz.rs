//! Every parser of outside input against broken input: mutations of good input by a seeded
//! generator, so that a failure repeats.
//!
//! What must hold for any bytes: no panic, no long computation, no heap of memory, and an error
//! of one line of bounded length. `LONGSHORE_FUZZ` sets the number of inputs for each parser,
//! `LONGSHORE_FUZZ_SEED` the seed.

mod mutate;
mod parsers;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Reads bytes; answers with the error's text if they have no meaning.
type Parser = fn(&[u8]) -> Result<(), String>;

/// A parser, with good input to begin with.
struct Target {
    name: &'static str,
    seeds: &'static [&'static str],
    parse: Parser,
}

/// Input of at most this many bytes takes less than [`LONGEST`].
const MOST: usize = 100_000;
/// Generous, for machines that have much else to do.
const LONGEST: Duration = Duration::from_secs(5);
/// The longest error text, in characters.
const LONGEST_TEXT: usize = 2000;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect(variable))
}

fn check(target: &Target, input: &[u8]) {
    let shown = || {
        let beginning = &input[..input.len().min(3000)];
        format!("{}: {:?}", target.name, String::from_utf8_lossy(beginning))
    };
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(|| (target.parse)(input)));
    let result = result.unwrap_or_else(|_| panic!("a panic at {}", shown()));
    assert!(
        start.elapsed() < LONGEST,
        "{:?} for {}",
        start.elapsed(),
        shown()
    );
    if let Err(text) = result {
        assert!(!text.is_empty(), "no sentence on {}", shown());
        let length = text.chars().count();
        assert!(length <= LONGEST_TEXT, "{length} characters on {}", shown());
        assert!(!text.contains(char::is_control), "{text:?} on {}", shown());
    }
}

/// The seeds are good, and nothing that is made of them does harm.
fn run(target: &Target) {
    for seed in target.seeds {
        let read = (target.parse)(seed.as_bytes());
        assert_eq!(read, Ok(()), "{}: {seed}", target.name);
    }
    let seed = number("LONGSHORE_FUZZ_SEED", 0);
    let mut mutator = mutate::Mutator::new(seed, target.seeds);
    for _ in 0..number("LONGSHORE_FUZZ", 20_000) {
        check(target, &mutator.next(MOST));
    }
    // Deep, long and wide, whatever the parser.
    for part in [
        "[", "{\"a\":", "<a>", "[a]\n", "a=b\n", " a=b\n", "\"", "\\", "&amp;", "9", "\u{301}",
    ] {
        check(target, part.repeat(MOST / part.len()).as_bytes());
        for seed in target.seeds {
            let at = seed.len() / 2;
            let (before, after) = seed.as_bytes().split_at(at);
            let middle = part.repeat(MOST / part.len());
            check(target, &[before, middle.as_bytes(), after].concat());
        }
    }
}

/// The most memory that this process has had, in bytes, where that is known.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

#[test]
fn no_input_does_harm() {
    std::thread::scope(|scope| {
        for target in parsers::TARGETS {
            scope.spawn(|| run(target));
        }
    });
    if let Some(peak) = peak() {
        assert!(peak < 1 << 30, "{peak} bytes of memory");
    }
}
