//! `codegen import`: reduces botocore's data to facts.
//!
//! The sentences of the documentation stay behind; names, types, constraints, paginators, waiters
//! and endpoints come along.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::changes::Changes;
use crate::model::{Model, Partition};
use crate::overlay::Overlay;
use crate::{Error, Fault, Folders, read_json, rules, services};

/// Files that were read, with their hashes.
type Sources = Vec<(String, String)>;

/// Imports every service that has an overlay; returns what changed for users.
pub(crate) fn run(folders: &Folders, data: &Path) -> Result<String, Error> {
    let version = version(data)?;
    let mut sources = Sources::new();
    let partitions = read(data, Path::new("partitions.json"), &mut sources)?;
    let partitions = partitions_of(&partitions)?;
    write(&folders.models().join("partitions.json"), &partitions)?;
    let mut changes = Changes::default();
    for name in services(folders)? {
        let overlay = Overlay::read(&folders.overlays(), &name)?;
        let source = Path::new(&overlay.service.source);
        let folder = source.join(newest(&data.join(source))?);
        let model = import(data, &folder, &partitions, &overlay, &mut sources)?;
        let path = folders.models().join(format!("{name}.json"));
        if path.exists() {
            changes.between(&model.metadata.service_id, &read_json(&path)?, &model);
        }
        write(&path, &model)?;
    }
    let mut text = format!(
        "# What the models were made from: botocore, from PyPI. Written by `codegen import`.\n\
         botocore = \"{version}\"\n\n[sha256]\n"
    );
    for (path, hash) in sources {
        text.push_str(&format!("\"{path}\" = \"{hash}\"\n"));
    }
    let path = folders.models().join("SOURCE.toml");
    fs::write(&path, text).map_err(|source| Error::file(&path, source))?;
    let changes = changes.to_string();
    let verdict = if changes.is_empty() {
        "nothing changes for users"
    } else {
        "for the changelog:"
    };
    Ok(format!(
        "models of botocore {version}; {verdict}\n{changes}"
    ))
}

fn import(
    data: &Path,
    folder: &Path,
    partitions: &[Partition],
    overlay: &Overlay,
    sources: &mut Sources,
) -> Result<Model, Error> {
    let service = read(data, &folder.join("service-2.json"), sources)?;
    let mut all = Map::new();
    for part in ["metadata", "operations", "shapes"] {
        all.insert(part.to_owned(), service[part].clone());
    }
    for (file, part) in [
        ("paginators-1.json", "pagination"),
        ("waiters-2.json", "waiters"),
    ] {
        if let Ok(value) = read(data, &folder.join(file), sources) {
            let name = if part == "pagination" {
                "paginators"
            } else {
                part
            };
            all.insert(name.to_owned(), value[part].clone());
        }
    }
    // Reading into the model's types drops what they do not have: the documentation.
    let mut model: Model = serde_json::from_value(Value::Object(all))
        .map_err(|source| Error::json(&data.join(folder), source))?;
    let rules = read(data, &folder.join("endpoint-rule-set-1.json"), sources)?;
    model.endpoints = rules::endpoints(&rules, partitions)?;
    if !overlay.service.operations.is_empty() {
        keep(&mut model, &overlay.service.operations)?;
    }
    model.check()?;
    Ok(model)
}

/// Keeps some operations and the shapes that they reach.
fn keep(model: &mut Model, operations: &[String]) -> Result<(), Fault> {
    model.operations.retain(|name, _| operations.contains(name));
    model.paginators.retain(|name, _| operations.contains(name));
    model
        .waiters
        .retain(|_, waiter| operations.contains(&waiter.operation));
    let mut wanted: Vec<String> = (model.operations.values())
        .flat_map(|o| o.input.iter().chain(&o.output).chain(&o.errors))
        .map(|reference| reference.shape.clone())
        .collect();
    let mut reached = std::collections::BTreeSet::new();
    while let Some(name) = wanted.pop() {
        if reached.insert(name.clone()) {
            let shape = model.shape(&name)?;
            let inner = [&shape.member, &shape.key, &shape.value];
            wanted.extend(
                shape
                    .members
                    .values()
                    .chain(inner.into_iter().flatten())
                    .map(|m| m.shape.clone()),
            );
        }
    }
    model.shapes.retain(|name, _| reached.contains(name));
    Ok(())
}

/// Reads a file, gzipped or not, and notes its hash.
fn read(data: &Path, file: &Path, sources: &mut Sources) -> Result<Value, Error> {
    let gzipped = PathBuf::from(format!("{}.gz", file.display()));
    let (path, packed) = if data.join(&gzipped).exists() {
        (gzipped, true)
    } else {
        (file.to_owned(), false)
    };
    let full = data.join(&path);
    let bytes = fs::read(&full).map_err(|source| Error::file(&full, source))?;
    let hash: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut text = Vec::new();
    if packed {
        flate2::read::GzDecoder::new(&bytes[..])
            .read_to_end(&mut text)
            .map_err(|source| Error::file(&full, source))?;
    } else {
        text = bytes;
    }
    sources.push((path.display().to_string(), hash));
    serde_json::from_slice(&text).map_err(|source| Error::json(&full, source))
}

fn write(path: &Path, value: &impl serde::Serialize) -> Result<(), Error> {
    let mut text =
        serde_json::to_string_pretty(&json!(value)).map_err(|source| Error::json(path, source))?;
    text.push('\n');
    fs::write(path, text).map_err(|source| Error::file(path, source))
}

/// The newest version of a service's model.
fn newest(folder: &Path) -> Result<String, Error> {
    let entries = fs::read_dir(folder).map_err(|source| Error::file(folder, source))?;
    let mut versions: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    versions.sort();
    versions
        .pop()
        .ok_or_else(|| Fault::new(&folder.display().to_string(), "is empty").into())
}

/// botocore's version, from the package around its data.
fn version(data: &Path) -> Result<String, Error> {
    let path = data.join("../__init__.py");
    let text = fs::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
    let version = text
        .lines()
        .find_map(|line| line.strip_prefix("__version__ = '")?.strip_suffix('\''));
    version.map(str::to_owned).ok_or_else(|| {
        Fault::new(
            &path.display().to_string(),
            "does not say botocore's version",
        )
        .into()
    })
}

fn partitions_of(data: &Value) -> Result<Vec<Partition>, Fault> {
    let partitions = data["partitions"].as_array().cloned().unwrap_or_default();
    partitions
        .iter()
        .map(|partition| {
            let outputs = &partition["outputs"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let name = text(&partition["id"]);
            if outputs["supportsFIPS"] != json!(true) || outputs["supportsDualStack"] != json!(true)
            {
                return Err(Fault::new(
                    &name,
                    "lacks FIPS or dual-stack, which every partition had so far",
                ));
            }
            let prefixes = prefixes(&text(&partition["regionRegex"]))
                .ok_or_else(|| Fault::new(&name, "has a region pattern of a new form"))?;
            let mut regions: Vec<String> = partition["regions"]
                .as_object()
                .into_iter()
                .flat_map(Map::keys)
                .cloned()
                .collect();
            regions.retain(|region| !prefixes.iter().any(|prefix| is_region(region, prefix)));
            Ok(Partition {
                name,
                dns_suffix: text(&outputs["dnsSuffix"]),
                dual_stack_dns_suffix: text(&outputs["dualStackDnsSuffix"]),
                prefixes,
                regions,
            })
        })
        .collect()
}

/// `^(us|eu)\-\w+\-\d+$` → us, eu; `^us\-iso\-\w+\-\d+$` → us-iso.
fn prefixes(pattern: &str) -> Option<Vec<String>> {
    let body = pattern
        .strip_prefix('^')?
        .strip_suffix(r"\-\w+\-\d+$")?
        .replace(r"\-", "-");
    let Some((before, rest)) = body.split_once('(') else {
        return Some(vec![body]);
    };
    let (choices, after) = rest.split_once(')')?;
    Some(
        choices
            .split('|')
            .map(|choice| format!("{before}{choice}{after}"))
            .collect(),
    )
}

fn is_region(region: &str, prefix: &str) -> bool {
    let rest = region
        .strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('-'));
    rest.and_then(|rest| rest.split_once('-'))
        .is_some_and(|(direction, number)| {
            !direction.contains('-') && number.chars().all(|c| c.is_ascii_digit())
        })
}
