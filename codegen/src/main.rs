//! Writes longshore's generated code.
//!
//! ```text
//! cargo run -p codegen -- import <botocore data folder>   models, reduced to facts
//! cargo run -p codegen -- generate [--check]              src/*/generated
//! ```

use std::io::Write as _;

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let folders = codegen::Folders::of_workspace();
    let done = match arguments[..] {
        ["import", data] => codegen::import(&folders, data.as_ref()),
        ["generate"] => codegen::generate(&folders),
        ["generate", "--check"] => codegen::check(&folders),
        _ => {
            eprintln!("usage: codegen import <botocore data folder> | generate [--check]");
            return std::process::ExitCode::from(2);
        }
    };
    match done {
        Ok(report) => {
            // A reader that has seen enough is no fault.
            drop(writeln!(std::io::stdout(), "{report}"));
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("codegen: {error}");
            std::process::ExitCode::FAILURE
        }
    }
}
