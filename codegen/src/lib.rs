//! From service models to Rust.
//!
//! [`import`] reduces botocore's data to facts in `codegen/models`; [`generate`] writes the
//! library's generated modules from these and from the overlays in `codegen/overlays`;
//! [`check`] says whether what stands in the tree is what would be written. [`suites`] makes tests
//! of the protocol suites with the same generator.

mod changes;
mod conformance;
mod docs;
mod emit;
mod error;
mod format;
mod import;
mod jmespath;
mod model;
mod names;
mod overlay;
mod plan;
mod rules;
mod types;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub use conformance::suites;
pub use error::{Error, Fault};

use model::Model;
use overlay::Overlay;
use plan::{Plan, Target};

/// Where the generator reads and writes.
#[derive(Debug, Clone)]
pub struct Folders {
    root: PathBuf,
}

impl Folders {
    /// The workspace that this package is a member of.
    #[must_use]
    pub fn of_workspace() -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: here.parent().unwrap_or(here).to_owned(),
        }
    }

    /// A workspace elsewhere.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn models(&self) -> PathBuf {
        self.root.join("codegen/models")
    }

    fn overlays(&self) -> PathBuf {
        self.root.join("codegen/overlays")
    }
}

/// Files of the library, by their path below the workspace's root.
type Files = BTreeMap<String, String>;

/// Makes the models anew from botocore's data folder; returns what changed, in the form of the
/// changelog.
///
/// # Errors
///
/// A file that cannot be read or written, or data of a form that the generator does not know.
pub fn import(folders: &Folders, data: &Path) -> Result<String, Error> {
    import::run(folders, data)
}

/// Writes the generated files; returns a line that counts them.
///
/// # Errors
///
/// A model or an overlay that is not whole, naming file and shape.
pub fn generate(folders: &Folders) -> Result<String, Error> {
    let files = render(folders)?;
    for path in stale(folders, &files)? {
        fs::remove_file(&path).map_err(|source| Error::file(&path, source))?;
    }
    let mut changed = 0;
    for (path, text) in &files {
        let path = folders.root.join(path);
        if fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            continue;
        }
        changed += 1;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| Error::file(folder, source))?;
        }
        fs::write(&path, text).map_err(|source| Error::file(&path, source))?;
    }
    Ok(format!(
        "{} files generated, {changed} changed",
        files.len()
    ))
}

/// Compares the generated files with those in the tree; returns a line that counts them.
///
/// # Errors
///
/// The files that differ, are missing or are left over.
pub fn check(folders: &Folders) -> Result<String, Error> {
    let files = render(folders)?;
    let mut differing: Vec<PathBuf> = stale(folders, &files)?;
    for (path, text) in &files {
        let path = folders.root.join(path);
        if !fs::read_to_string(&path).is_ok_and(|old| old == *text) {
            differing.push(path);
        }
    }
    if differing.is_empty() {
        return Ok(format!(
            "{} generated files are as the models say",
            files.len()
        ));
    }
    Err(Error::Differs(differing))
}

/// The names of all services, from their overlays.
fn services(folders: &Folders) -> Result<Vec<String>, Error> {
    let folder = folders.overlays();
    let entries = fs::read_dir(&folder).map_err(|source| Error::file(&folder, source))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = name.strip_suffix(".toml")?;
            (!name.ends_with("-docs")).then(|| name.to_owned())
        })
        .collect();
    names.sort();
    Ok(names)
}

/// Every generated file, formatted.
fn render(folders: &Folders) -> Result<Files, Error> {
    let mut files = Files::new();
    let mut plans = Vec::new();
    for name in services(folders)? {
        let path = folders.models().join(format!("{name}.json"));
        let mut model: Model = read_json(&path)?;
        let overlay = Overlay::read(&folders.overlays(), &name)?;
        let within = |fault: Fault| Error::Model {
            path: path.clone(),
            fault,
        };
        overlay.apply(&mut model).map_err(within)?;
        model.check().map_err(within)?;
        let plan = Plan::new(Target::library(&name), model, overlay).map_err(within)?;
        files.extend(emit::service(&plan).map_err(within)?);
        plans.push(plan);
    }
    files.insert("src/error/generated.rs".to_owned(), emit::errors(&plans)?);
    let partitions: Vec<model::Partition> = read_json(&folders.models().join("partitions.json"))?;
    files.insert(
        "src/endpoint/generated.rs".to_owned(),
        emit::partitions(&partitions),
    );
    format::all(&mut files)?;
    Ok(files)
}

/// Files in generated folders that are not generated any more.
fn stale(folders: &Folders, files: &Files) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = (files.keys())
        .filter_map(|path| {
            Some(
                folders
                    .root
                    .join(path.split_once("/generated/")?.0)
                    .join("generated"),
            )
        })
        .collect();
    waiting.dedup();
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(relative) = path.strip_prefix(&folders.root)
                && !files.contains_key(&relative.display().to_string())
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
    serde_json::from_str(&text).map_err(|source| Error::json(path, source))
}
