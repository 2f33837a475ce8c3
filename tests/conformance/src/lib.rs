//! Runs longshore against the suites of the AWS JSON 1.1 protocol.
//!
//! The environment variable `LONGSHORE_CONFORMANCE` names the folder with the suites, from the root
//! of the workspace if it is relative; without it the one test says so and passes. The build script
//! has `codegen` make a client of each suite, as it does of a service, and a test of each case.

// Nothing calls these where there are no suites.
#[cfg(test)]
#[allow(dead_code)]
mod request;
#[cfg(test)]
#[allow(dead_code)]
mod response;

#[cfg(test)]
include!(concat!(env!("OUT_DIR"), "/suites.rs"));

/// A configuration with all that a client needs, for one attempt.
#[cfg(test)]
#[allow(dead_code)]
fn config(endpoint: &str) -> longshore::Config {
    longshore::Config::new()
        .region("us-east-1")
        .access_key("akid", "secret")
        .endpoint_url(endpoint)
        .max_attempts(1)
}

/// Prints a line even of a test that passes.
#[cfg(test)]
#[allow(dead_code)]
fn say(line: &str) {
    use std::io::Write as _;

    drop(writeln!(std::io::stdout(), "{line}"));
}

/// Compares the tests that were made with the cases of the file itself.
#[cfg(test)]
#[allow(dead_code)]
fn count(folder: &str, name: &str, tests: &[fn()]) {
    let file = format!("{folder}/{name}.json");
    let text = std::fs::read_to_string(&file).expect("the file of the suites");
    let suites: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of suites");
    let cases: usize = suites
        .iter()
        .map(|suite| suite["cases"].as_array().map_or(0, Vec::len))
        .sum();
    say(&format!("{name}: {} tests of {cases} cases", tests.len()));
    assert_eq!(tests.len(), cases, "tests and cases of {file}");
    let known = if name == "requests" { 54 } else { 58 };
    assert_eq!(cases, known, "the cases of {file}");
}
