//! `official` with an allocator that counts.

use bench_kit::{Allocator, INSTRUMENTED_SYSTEM, Job};

#[global_allocator]
static ALLOCATOR: &Allocator = &INSTRUMENTED_SYSTEM;

fn main() {
    official::run(&Job::from_args(Some(ALLOCATOR)));
}
