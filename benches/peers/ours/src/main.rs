//! See the library.

fn main() {
    ours::run(&bench_kit::Job::from_args(None));
}
