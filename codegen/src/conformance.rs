//! Tests of the protocol suites, with types from the same generator that writes the services.

mod cases;
mod suite;
mod value;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::model::{Model, Operation};
use crate::overlay::{Overlay, Service};
use crate::plan::{Plan, Target};
use crate::{Error, Fault, Files, emit};
use suite::Suite;

/// Which way the bodies of a file of suites go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Requests,
    Responses,
}

impl Direction {
    /// The file of the suites, and the module of their tests.
    fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Responses => "responses",
        }
    }
}

/// Makes types and tests of the suites in `requests.json` and `responses.json`; writes `suites.rs`
/// and the modules below it, for a test crate to include.
///
/// A suite becomes a module as a service of the library does, with its cases beside. The tests call
/// what the test crate has in `request`, `response` and `count`.
///
/// # Errors
///
/// A file that cannot be read or written, a suite without cases, and a case with something in it
/// that the tests would pass over.
pub fn suites(folder: &Path, out: &Path) -> Result<(), Error> {
    let mut files = Files::new();
    let mut all = format!(
        "static FOLDER: &str = {:?};\n\n",
        folder.display().to_string()
    );
    let mut counts = String::new();
    for direction in [Direction::Requests, Direction::Responses] {
        let name = direction.name();
        let path = folder.join(format!("{name}.json"));
        let suites: Vec<Suite> = crate::read_json(&path)?;
        let tests = one_file(direction, &suites, &mut files).map_err(|fault| Error::Model {
            path: path.clone(),
            fault,
        })?;
        // A suite uses little of its types.
        all.push_str(&format!(
            "#[allow(dead_code, unused_imports, clippy::all)]\nmod {name};\n\n"
        ));
        // The tests themselves, so that a case without a test is not counted.
        counts.push_str(&format!("    crate::count(FOLDER, {name:?}, &["));
        for test in tests {
            counts.push_str(&format!("\n        {test},"));
        }
        counts.push_str("\n    ]);\n");
    }
    all.push_str(&format!(
        "#[test]\nfn every_case_has_its_test() {{\n{counts}}}\n"
    ));
    files.insert("suites.rs".to_owned(), all);
    for (path, text) in &files {
        let path = out.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
        }
        fs::write(&path, text).map_err(|source| Error::file(&path, source))?;
    }
    Ok(())
}

/// The modules of one file's suites; returns the paths of their tests.
fn one_file(
    direction: Direction,
    suites: &[Suite],
    files: &mut Files,
) -> Result<Vec<String>, Fault> {
    let name = direction.name();
    if suites.is_empty() {
        return Err(Fault::new(name, "has no suites"));
    }
    let mut modules = String::new();
    let mut tests = Vec::new();
    for (index, suite) in suites.iter().enumerate() {
        let module = format!("suite_{index:02}");
        let plan = plan(direction, &module, suite)?;
        for (path, text) in emit::service(&plan)? {
            // The rest of the files are for the library's own tests.
            if let Some(path) = path.strip_prefix("src/") {
                files.insert(format!("{name}/{path}"), text);
            }
        }
        let cases = cases::module(direction, &plan, suite)?;
        tests.extend(
            cases
                .tests
                .iter()
                .map(|test| format!("{name}::{module}::cases::{test}")),
        );
        files.insert(
            format!("{name}/{module}.rs"),
            format!(
                "mod generated;\npub use generated::*;\n\npub(crate) mod cases {{\nuse super::*;\n{}}}\n",
                cases.text
            ),
        );
        modules.push_str(&format!("pub(crate) mod {module};\n"));
    }
    files.insert(format!("{name}.rs"), modules);
    Ok(tests)
}

/// A suite as a service of its own.
fn plan(direction: Direction, module: &str, suite: &Suite) -> Result<Plan, Fault> {
    let mut metadata = suite.metadata.clone();
    metadata.service_id = "Conformance".to_owned();
    metadata.endpoint_prefix = "conformance".to_owned();
    let model = Model {
        metadata,
        operations: operations(suite)?,
        shapes: suite.shapes.clone(),
        paginators: BTreeMap::new(),
        waiters: BTreeMap::new(),
        endpoints: Vec::new(),
    };
    model.check()?;
    let overlay = Overlay {
        service: Service {
            title: suite.description.clone(),
            env: "CONFORMANCE".to_owned(),
            ..Service::default()
        },
        ..Overlay::default()
    };
    let target = Target {
        name: module.to_owned(),
        root: "longshore".to_owned(),
        module: format!("crate::{}::{module}", direction.name()),
        errors: true,
    };
    Plan::new(target, model, overlay)
}

/// The operations that the cases name, each of which says anew what the operation is.
fn operations(suite: &Suite) -> Result<BTreeMap<String, Operation>, Fault> {
    if suite.cases.is_empty() {
        return Err(Fault::new(&suite.description, "has no cases"));
    }
    let mut operations = BTreeMap::new();
    let mut given = BTreeMap::new();
    for case in &suite.cases {
        let name = case.operation()?;
        if *given.entry(name).or_insert(&case.given) != &case.given {
            let why = format!("says something else of `{name}` than a case before it");
            return Err(Fault::new(&case.id, &why));
        }
        if case.given["http"] != serde_json::json!({ "method": "POST", "requestUri": "/" }) {
            return Err(Fault::new(
                &case.id,
                "is not sent by POST to /, as all of this protocol is",
            ));
        }
        let operation = serde_json::from_value(case.given.clone())
            .map_err(|error| Fault::new(&case.id, &error.to_string()))?;
        operations.insert(name.to_owned(), operation);
    }
    Ok(operations)
}
