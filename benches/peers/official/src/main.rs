//! See the library.

fn main() {
    official::run(&bench_kit::Job::from_args(None));
}
