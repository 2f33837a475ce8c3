//! See the library.

fn main() {
    floor::run(&bench_kit::Job::from_args(None));
}
