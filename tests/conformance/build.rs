//! Has the generator make types and tests of the protocol suites.
//!
//! What is wrong with the suites becomes a test that fails, not a build that does.

use std::path::{Path, PathBuf};
use std::{env, fs};

const VARIABLE: &str = "LONGSHORE_CONFORMANCE";

fn main() {
    println!("cargo:rerun-if-env-changed={VARIABLE}");
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let Some(folder) = env::var_os(VARIABLE) else {
        return write(&out, &unset());
    };
    // A relative folder is meant from the root of the workspace.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder)
        .join("awsjson-1.1");
    let folder = folder.canonicalize().unwrap_or(folder);
    for name in ["requests", "responses"] {
        println!("cargo:rerun-if-changed={}/{name}.json", folder.display());
    }
    if let Err(error) = codegen::suites(&folder, &out) {
        write(&out, &failing(&error.to_string()));
    }
}

fn write(out: &Path, text: &str) {
    fs::write(out.join("suites.rs"), text).expect("OUT_DIR can be written");
}

fn unset() -> String {
    let line = format!("{VARIABLE} is not set: the protocol suites are not run");
    format!("#[test]\nfn suites_are_not_run() {{\n    crate::say({line:?});\n}}\n")
}

fn failing(problem: &str) -> String {
    let line = format!("{VARIABLE} names no suites that can be run: {problem}");
    format!("#[test]\nfn suites_can_be_run() {{\n    panic!(\"{{}}\", {line:?});\n}}\n")
}
